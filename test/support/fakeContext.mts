import type { IDataObject, IExecuteFunctions, INode } from 'n8n-workflow';

import { FakeApi, json } from './fakeApi.mts';

/** What a fake execution of the node is made of. */
interface FakeExecution {
	api?: FakeApi;
	/** The node's parameters as the workflow contains them, with expressions. */
	parameters?: IDataObject;
	items?: IDataObject[];
	node?: Partial<INode>;
	signal?: AbortSignal;
	timezone?: string;
	/** More of n8n's functions. */
	more?: Partial<IExecuteFunctions>;
}

/** n8n's functions for one execution of the node, without n8n. */
export function fakeContext({
	api = new FakeApi(() => json({})),
	parameters = {},
	items = [{}],
	node = {},
	signal,
	timezone = 'Europe/Berlin',
	more = {},
}: FakeExecution = {}) {
	const hints: string[] = [];
	/** The names of the parameters that n8n had to evaluate, with the item. */
	const evaluated: string[] = [];
	const { helpers, ...client } = api.context;
	const shown: INode = { ...client.getNode(), onError: 'stopWorkflow', ...node };
	const context = {
		...client,
		helpers: { ...helpers, prepareBinaryData: () => 'binary' },
		getNode: () => shown,
		getTimezone: () => timezone,
		getInputData: () => items.map((item) => ({ json: item })),
		getExecutionCancelSignal: () => signal,
		continueOnFail: () => shown.onError !== 'stopWorkflow',
		addExecutionHints: ({ message }: { message: string }) => hints.push(message),
		getNodeParameter(
			name: string,
			item: number,
			fallback?: unknown,
			options: { rawExpressions?: boolean } = {},
		): unknown {
			const raw = name in parameters ? parameters[name] : fallback;
			if (options.rawExpressions === true) return raw;
			evaluated.push(`${name} ${item}`);
			return evaluate(raw, items[item] ?? {});
		},
		...more,
	} as unknown as IExecuteFunctions;
	return { context, hints, evaluated };
}

/** Evaluates the expressions in a value, such as `={{ $json.id + 1 }}`. */
function evaluate(raw: unknown, item: IDataObject): unknown {
	if (typeof raw === 'string' && raw.startsWith('=')) {
		const code = /^=\{\{(.*)\}\}$/s.exec(raw)?.[1] ?? '';
		return new Function('$json', `return (${code});`)(item) as unknown;
	}
	if (Array.isArray(raw)) return raw.map((value) => evaluate(value, item));
	if (typeof raw !== 'object' || raw === null) return raw;
	return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, evaluate(value, item)]));
}
