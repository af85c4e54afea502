import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Given, ItemContext } from '../fields/field';
import { isObject } from '../transport/json';
import { containsExpression, readSimpleExpressions } from './simpleExpressions';

/** Returned by n8n for a parameter that the workflow does not contain. */
const NOT_HELD = {};

/** The parameters of one item. */
export interface ItemParameters {
	context: ItemContext;
	/** Gives the value of a parameter by its name. Values are shared between items and must not be changed. */
	give(name: string): Given;
}

/** A parameter as the workflow contains it. Without expressions it has the same value for all items. */
interface Held {
	raw: unknown;
	isFixed: boolean;
	value?: unknown;
}

/**
 * Reads the node's parameters. Parameters without expressions are read once per run, plain field references directly from the
 * item, and all others with n8n's expression engine.
 */
export class Parameters {
	private readonly held = new Map<string, Held>();
	private readonly isTool: boolean;
	private readonly timezone: string;
	private readonly items: INodeExecutionData[];

	constructor(private readonly context: IExecuteFunctions) {
		this.isTool = isToolNode(context);
		this.timezone = context.getTimezone();
		this.items = context.getInputData();
	}

	of(item: number): ItemParameters {
		const json: unknown = this.items[item]?.json;
		const context: ItemContext = {
			index: item,
			isTool: this.isTool,
			timezone: this.timezone,
			input: isObject(json) ? json : {},
		};
		return { context, give: (name) => this.read(name, item, json, context) };
	}

	private read(name: string, item: number, json: unknown, context: ItemContext): Given {
		const held = this.held.get(name) ?? this.hold(name);
		const { raw } = held;
		if (raw === undefined || held.isFixed) return { raw, value: held.value, item: context };
		return { raw, value: readSimpleExpressions(raw, json) ?? this.evaluate(name, item), item: context };
	}

	private hold(name: string): Held {
		const found: unknown = this.context.getNodeParameter(name, 0, NOT_HELD, { rawExpressions: true });
		const raw = found === NOT_HELD ? undefined : found;
		const isFixed = raw === undefined || !containsExpression(raw);
		const held: Held = {
			raw,
			isFixed,
			...(raw !== undefined && isFixed ? { value: this.evaluate(name, 0) } : {}),
		};
		this.held.set(name, held);
		return held;
	}

	/** Not validated by n8n, which reads empty text as the number 0 and quotes the values it refuses. */
	private evaluate(name: string, item: number): unknown {
		return this.context.getNodeParameter(name, item, undefined, { skipValidation: true });
	}
}

/**
 * Whether a language model calls the node. n8n makes a node whose type ends in `Tool` from a node that is usable as a tool.
 * `isToolExecution` is not enough: since n8n 2, agents let the engine run their tools, where it is false, and n8n 1 lacks it.
 */
export function isToolNode(context: IExecuteFunctions): boolean {
	if (context.getNode().type.endsWith('Tool')) return true;
	return 'isToolExecution' in context && context.isToolExecution();
}
