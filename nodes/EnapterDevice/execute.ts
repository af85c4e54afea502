import type { IExecuteFunctions, INode, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { Outcome } from './batch';
import { runBatch } from './batch';
import { collection, deliveryOf } from './fields/options';
import { isNodeError, itemError, throwIfRefused, throwIfStopped } from './itemErrors';
import { OPERATIONS } from './operations';
import type { ItemTask, Operation, Output, Run } from './operations/operation';
import { Parameters } from './parameters';
import { EnapterClient } from './transport/client';

/**
 * The way of all items through the node: every item's parameters are read and checked, then the requests leave, then each
 * item gets what became of it.
 *
 * @throws NodeOperationError for an item that cannot be used, NodeApiError for one that the API refused, unless the node is
 * set to continue
 */
export async function executeItems(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const items = context.getInputData();
	if (items.length === 0) return [];
	const node = context.getNode();
	const continues = context.continueOnFail();
	try {
		return await runItems(context, node, items, continues);
	} catch (error) {
		if (!continues) throw isNodeError(error) ? error : itemError(node, error, 0);
		// What fails all items, such as the credential, must not be thrown here: n8n would then pass the input on through the
		// main output, as if every item had gone well.
		return items.flatMap((_, item) => outputOf(node, { error }, item));
	}
}

async function runItems(
	context: IExecuteFunctions,
	node: INode,
	items: INodeExecutionData[],
	continues: boolean,
): Promise<INodeExecutionData[]> {
	const parameters = new Parameters(context);
	const operation = chosenOperation(context, node);
	const delivery = deliveryOf(collection(parameters.read('options', 0, {}), 'Options'));
	const prepared = items.map((_, item) => prepare(operation, parameters, item));
	if (!continues) throwIfRefused(node, prepared);

	const client = await EnapterClient.open(context, delivery);
	const run: Run = { client, prepareBinaryData: context.helpers.prepareBinaryData, once: onceARun() };
	const outcomes = await runBatch(
		prepared.map((entry) => async () => await perform(entry, run)),
		{
			atOnce: delivery.maxConcurrency,
			stopsAtFailure: !continues,
			signal: context.getExecutionCancelSignal(),
		},
	);
	tellRepeats(context, client);
	if (!continues) throwIfStopped(node, outcomes);
	return outcomes.flatMap((outcome, item) => outputOf(node, outcome, item));
}

type Prepared = { task: ItemTask } | { error: unknown };

function chosenOperation(context: IExecuteFunctions, node: INode): Operation {
	const name = context.getNodeParameter('operation', 0);
	const operation = OPERATIONS.find(({ option }) => option.value === name);
	if (operation !== undefined) return operation;
	throw new NodeOperationError(
		node,
		`There is no operation "${String(name)}". Open the node and choose one of the list.`,
	);
}

function prepare(operation: Operation, parameters: Parameters, item: number): Prepared {
	try {
		return { task: operation.prepare((name, fallback) => parameters.read(name, item, fallback)) };
	} catch (error) {
		return { error };
	}
}

async function perform(prepared: Prepared, run: Run): Promise<Output[]> {
	if ('task' in prepared) return await prepared.task(run);
	throw prepared.error;
}

function onceARun(): Run['once'] {
	const done = new Map<string, Promise<unknown>>();
	return async <T>(key: string, work: () => Promise<T>): Promise<T> => {
		const begun = (done.get(key) ?? work()) as Promise<T>;
		done.set(key, begun);
		return await begun;
	};
}

function outputOf(node: INode, outcome: Outcome<Output[]>, item: number): INodeExecutionData[] {
	if (outcome === undefined) return [];
	if ('value' in outcome) return outcome.value.map((output) => ({ ...output, pairedItem: { item } }));
	const { message, description } = itemError(node, outcome.error, item);
	// With nothing but `error` and `message` every n8n, also 1.123, sends it to the error output and adds what the
	// input item held; with an `error` beside `json` it would leave that out.
	const more = description ? { message: description } : {};
	return [{ json: { error: message, ...more }, pairedItem: { item } }];
}

/** A repeat is no failure, but whoever runs a fleet wants to know. */
function tellRepeats(context: IExecuteFunctions, { repeats }: EnapterClient): void {
	if (repeats.size === 0) return;
	const total = [...repeats.values()].reduce((sum, count) => sum + count, 0);
	const reasons = [...repeats].map(([reason, count]) => `${count} × ${reason}`).join(', ');
	context.addExecutionHints({
		message: `${total === 1 ? 'One request was' : `${total} requests were`} repeated: ${reasons}.`,
		location: 'outputPane',
	});
}
