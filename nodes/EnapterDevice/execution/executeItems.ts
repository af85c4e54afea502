import type { IExecuteFunctions, INode, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError, UserError } from 'n8n-workflow';

import { requestLimits } from '../fields/options';
import type { Operation, OperationGroup, PlannedItem } from './operation';
import { EnapterApiError } from '../transport/errors';
import { isObject } from '../transport/json';
import { sentences } from '../transport/text';
import type { ItemError } from './itemErrors';
import { isItemError, itemError, throwIfInvalid, throwIfStopped } from './itemErrors';
import { isToolNode, Parameters } from './parameters';
import type { Run } from './run';
import { openRun } from './run';
import { retryHint } from './retryHint';
import type { Outcome } from './tasks';
import { performTasks } from './tasks';

/**
 * The way of all items through the node: every item's parameters are read and checked, then the operation plans all items,
 * then the requests leave, then each item gets what became of it.
 *
 * @param resources what the node offers, of which the parameters Resource and Operation choose one
 * @throws NodeOperationError for an item that cannot be used, NodeApiError for one that the API refused, unless the node is
 * set to continue
 */
export async function executeItems(
	context: IExecuteFunctions,
	resources: OperationGroup[],
): Promise<INodeExecutionData[]> {
	const items = context.getInputData();
	if (items.length === 0) return [];
	const node = context.getNode();
	const continues = context.continueOnFail();
	try {
		return await runItems(context, node, chosenOperation(context, node, resources), items.length, continues);
	} catch (error) {
		if (!continues) throw forReader(context, isItemError(error) ? error : itemError(node, error, 0));
		// What fails all items, such as the credential, must not be thrown here: n8n would then pass the input on through the
		// main output, as if every item had gone well.
		return items.flatMap((_, item) => outputOf(node, { error }, item, undefined));
	}
}

/** To a language model n8n's engine shows nothing but the message. */
function forReader(context: IExecuteFunctions, error: ItemError): ItemError {
	if (!isToolNode(context)) return error;
	error.message = sentences(error.message, error.description ?? '');
	error.description = undefined;
	return error;
}

async function runItems(
	context: IExecuteFunctions,
	node: INode,
	operation: Operation,
	count: number,
	continues: boolean,
): Promise<INodeExecutionData[]> {
	const parameters = new Parameters(context);
	const limits = requestLimits(parameters.of(0), operation.fields);
	const prepared = Array.from({ length: count }, (_, item) => prepare(operation, parameters, item));
	if (!continues) throwIfInvalid(node, prepared, 'Nothing was sent');

	const run = await openRun(context, limits, !continues);
	const planned = await plan(operation, prepared, run).catch((error: unknown) => {
		throw error instanceof EnapterApiError ? error.withDetails('Nothing was changed') : error;
	});
	if (!continues) throwIfInvalid(node, planned, 'Nothing was changed');

	const outcomes = await performTasks(planned, run.itemFailed);
	const hint = retryHint(run.client);
	if (hint !== undefined) run.hint(hint);
	if (!continues) throwIfStopped(node, outcomes, run.firstFailed);
	return outcomes.flatMap((outcome, item) => outputOf(node, outcome, item, parameters));
}

function chosenOperation(context: IExecuteFunctions, node: INode, resources: OperationGroup[]): Operation {
	const resource = context.getNodeParameter('resource', 0);
	const name = context.getNodeParameter('operation', 0, '');
	const operation = resources
		.find(({ option }) => option.value === resource)
		?.operations.find(({ option }) => option.value === name);
	if (operation !== undefined) return operation;
	throw new NodeOperationError(
		node,
		`There is no operation "${String(name)}" of a resource "${String(resource)}". Open the node and choose from the lists.`,
	);
}

type Prepared = { parameters: unknown } | { error: unknown };

function prepare(operation: Operation, parameters: Parameters, item: number): Prepared {
	try {
		return { parameters: operation.prepare(parameters.of(item)) };
	} catch (error) {
		return { error };
	}
}

/** Plans the items that can be used; the others keep what is wrong with them. */
async function plan(operation: Operation, prepared: Prepared[], run: Run): Promise<PlannedItem[]> {
	const usable = prepared.flatMap((entry) => ('parameters' in entry ? [entry.parameters] : []));
	const planned = (await operation.plan(usable, run)).values();
	return prepared.map((entry) => {
		if ('error' in entry) return entry;
		const { value, done } = planned.next();
		return done === true ? { error: new UserError('The operation has no task for this item.') } : value;
	});
}

function outputOf(
	node: INode,
	outcome: Outcome,
	item: number,
	parameters: Parameters | undefined,
): INodeExecutionData[] {
	if (outcome === undefined) return [];
	if ('value' in outcome) return outcome.value.map((output) => ({ ...output, pairedItem: { item } }));
	const { message, description } = itemError(node, outcome.error, item);
	const more = description ? { message: description } : {};
	// With nothing but `error` and `message` every n8n, also 1.123, sends it to the error output and adds what the input item
	// held; with an `error` beside `json` it would leave that out.
	const device = node.onError === 'continueErrorOutput' ? {} : givenDevice(parameters, item);
	return [{ json: { error: message, ...more, ...device }, pairedItem: { item } }];
}

/** The device of a failed item as it was given, so that the next node knows which it was. */
function givenDevice(parameters: Parameters | undefined, item: number) {
	try {
		const given = parameters?.of(item).get('deviceId', undefined);
		const deviceId = isObject(given) ? given.value : given;
		return typeof deviceId === 'string' && deviceId !== '' ? { deviceId } : {};
	} catch {
		return {};
	}
}
