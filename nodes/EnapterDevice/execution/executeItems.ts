import type { IDataObject, IExecuteFunctions, INode, INodeExecutionData } from 'n8n-workflow';
import { deepCopy, NodeOperationError, UserError } from 'n8n-workflow';

import { isBlank, readFields } from '../fields/field';
import { requestLimits } from '../fields/options';
import { EnapterApiError, NotSentError } from '../transport/errors';
import { isObject } from '../transport/json';
import { sentences } from '../transport/text';
import { failureHint, retryHint, showHints } from './hints';
import type { ItemError, ItemResult } from './itemErrors';
import { failedItems, isItemError, itemError, throwIfInvalid, throwIfStopped } from './itemErrors';
import type { Operation, OperationGroup, Output, Plan, Task } from './operation';
import { isToolNode, Parameters } from './parameters';
import type { Run } from './run';
import { openRun } from './run';
import { Scheduler } from './scheduler';

/**
 * Runs all items through the node: read and check every item's parameters, plan, run the tasks, output.
 *
 * @param resources what the node offers; the parameters Resource and Operation choose one
 * @throws NodeOperationError for an item that cannot be used, NodeApiError for one that the API refused, unless the node is
 * set to continue
 */
export async function executeItems(
	context: IExecuteFunctions,
	resources: OperationGroup[],
): Promise<INodeExecutionData[]> {
	const total = context.getInputData().length;
	if (total === 0) return [];
	const node = context.getNode();
	const continues = context.continueOnFail();
	try {
		const operation = chosenOperation(context, node, resources);
		return await runItems(context, node, operation, total, continues);
	} catch (error) {
		if (!continues) throw forReader(context, isItemError(error) ? error : itemError(node, error, 0, 1));
		// Throwing here would make n8n pass the input on through the main output, as if every item had succeeded.
		return Array.from({ length: total }, (_, item) => failedOutput(node, error, item, total, {}));
	}
}

/** n8n passes only `message` to a language model, so the description is merged in. */
function forReader(context: IExecuteFunctions, error: ItemError): ItemError {
	if (!isToolNode(context)) return error;
	error.message = sentences(error.message, error.description ?? '');
	error.description = undefined;
	return error;
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
		`There is no operation "${String(name)}" for the resource "${String(resource)}". Open the node and choose from the lists.`,
	);
}

/** An item whose parameters were read. */
type Prepared = { parameters: unknown; isDryRun: boolean } | { error: unknown };

async function runItems(
	context: IExecuteFunctions,
	node: INode,
	operation: Operation,
	total: number,
	continues: boolean,
): Promise<INodeExecutionData[]> {
	const parameters = new Parameters(context);
	const limits = requestLimits(operation.fields, parameters.of(0).give);
	const prepared = Array.from({ length: total }, (_, item) => prepare(operation, parameters, item));
	const isDryRun = isDryRunOf(prepared);
	if (!operation.isIdempotent && !isDryRun) refuseRetryOnFail(node, operation);
	if (!continues) throwIfInvalid(node, prepared, 'Nothing was sent');

	const run = await openRun(context, limits, {
		stopsAtFailure: !continues,
		isDryRun,
		isTool: isToolNode(context),
	});
	const plan = await planItems(operation, prepared, run);
	if (!continues) throwIfInvalid(node, plan.items, ...unchanged(operation));

	const { results, firstFailed } = isDryRun
		? await previewAll(plan)
		: await explained(plan, run, await runAll(plan, run));
	const failed = failedItems(results).map(({ item }) => item);
	const shown: string[] = [];
	showHints(
		[
			...(isDryRun ? [dryRunHint(operation, results)] : []),
			...run.hints.texts,
			...(plan.hints?.() ?? []),
			...run.client.warnings,
			retryHint(run.client),
			...(node.onError === 'continueRegularOutput' ? [failureHint(failed, total)] : []),
		],
		(message) => {
			shown.push(message);
			context.addExecutionHints({ message, location: 'outputPane' });
		},
	);
	if (!continues) throwIfStopped(node, results, firstFailed);
	const seen = new Set<object>();
	const outputs = results.flatMap((result, item): INodeExecutionData[] => {
		if (result === undefined) return [];
		if ('value' in result)
			return result.value.map((output) => ({ ...ownCopy(output, seen), pairedItem: { item } }));
		return [failedOutput(node, result.error, item, total, givenDevice(parameters, item))];
	});
	return run.isTool ? withHints(outputs, shown) : outputs;
}

/** A language model sees only the output, so the first item contains the hints. */
function withHints(outputs: INodeExecutionData[], hints: string[]): INodeExecutionData[] {
	const [first, ...others] = outputs;
	if (first === undefined || hints.length === 0) return outputs;
	return [{ ...first, json: { ...first.json, hints } }, ...others];
}

function prepare(operation: Operation, parameters: Parameters, item: number): Prepared {
	try {
		const { give, context } = parameters.of(item);
		const values: Record<string, unknown> = readFields(operation.fields, give);
		const { options } = values;
		return {
			isDryRun: isObject(options) && options.dryRun === true,
			parameters: operation.prepare(values, context),
		};
	} catch (error) {
		return { error };
	}
}

/**
 * Whether the run is a dry run.
 *
 * @throws UserError if only some items want one, because their combined effect could not be shown
 */
function isDryRunOf(prepared: Prepared[]): boolean {
	const wishes = new Set(prepared.flatMap((entry) => ('isDryRun' in entry ? [entry.isDryRun] : [])));
	if (wishes.size < 2) return wishes.has(true);
	throw new UserError('Dry Run is on for some items and off for others. Nothing was sent.', {
		description: 'Set Dry Run to the same value for all items.',
	});
}

/** n8n's Retry On Fail runs the whole node again, including the items that succeeded. */
function refuseRetryOnFail(node: INode, { option }: Operation): void {
	if (node.retryOnFail !== true) return;
	throw new UserError(`${option.name} does not work with Retry On Fail. Nothing was sent.`, {
		description:
			"Turn off Retry On Fail in this node's settings: it would repeat all items, including those that succeeded. The node retries by itself where that is safe (Options → Max Retries).",
	});
}

/** What to say about all items before the first write. Operations that only read change nothing anyway. */
function unchanged({ dryRunSummary }: Operation): string[] {
	return dryRunSummary === undefined ? [] : ['Nothing was changed'];
}

/** Plans the items whose parameters are usable; the others keep their errors. */
async function planItems(operation: Operation, prepared: Prepared[], run: Run): Promise<Plan> {
	const usable = prepared.flatMap((entry) => ('parameters' in entry ? [entry.parameters] : []));
	try {
		const { items, ...rest } = await operation.plan(usable, run);
		const planned = items.values();
		return {
			...rest,
			items: prepared.map((entry) => {
				if ('error' in entry) return entry;
				const { value, done } = planned.next();
				return done === true ? { error: new UserError('The operation has no task for this item.') } : value;
			}),
		};
	} catch (error) {
		throw error instanceof EnapterApiError ? error.withConsequences(...unchanged(operation)) : error;
	}
}

interface Results {
	results: Array<ItemResult<Output[]>>;
	/** The item that failed first. In Stop Workflow, others may have failed because of it. */
	firstFailed: number | undefined;
}

/** Starts all tasks in item order and waits for all of them. In Stop Workflow the first failure stops the run. */
async function runAll({ items }: Plan, { stop, stopsAtFailure }: Run): Promise<Results> {
	const scheduler = new Scheduler(stop, stopsAtFailure);
	let firstFailed: number | undefined;
	const results = await Promise.all(
		items.map(async (task, item): Promise<ItemResult<Output[]>> => {
			const result = 'error' in task ? task : await resultOf(async () => await scheduler.run(task));
			if (result === undefined || 'value' in result) return result;
			firstFailed ??= item;
			if (stopsAtFailure) stop.stop();
			return result;
		}),
	);
	return { results, firstFailed };
}

/** Lets the plan explain the errors of items. Nothing is waiting to be sent any more, so it may read, unless the run was cancelled. */
async function explained({ explain }: Plan, run: Run, { results, firstFailed }: Results): Promise<Results> {
	if (explain === undefined || firstFailed === undefined) return { results, firstFailed };
	if (!run.isCancelled()) run.stop.resume();
	const shown = await Promise.all(
		results.map(async (result) =>
			result !== undefined && 'error' in result ? { error: await explain(result.error) } : result,
		),
	);
	return { results: shown, firstFailed };
}

/** Outputs what the tasks would do. */
async function previewAll({ items }: Plan): Promise<Results> {
	const results: Array<ItemResult<Output[]>> = [];
	for (const task of items) {
		results.push('error' in task ? task : await resultOf(async () => [await previewOf(task)]));
	}
	return { results, firstFailed: failedItems(results)[0]?.item };
}

/** Says in one sentence what all tasks would do. */
function dryRunHint({ dryRunSummary }: Operation, results: Results['results']): string | undefined {
	const outputs = results.flatMap((result): IDataObject[] =>
		result !== undefined && 'value' in result ? result.value.map(({ json }) => json) : [],
	);
	if (dryRunSummary === undefined) return undefined;
	return `Dry run: ${sentences(dryRunSummary(outputs), 'Nothing was changed')}`;
}

async function previewOf({ preview }: Task): Promise<Output> {
	return { json: { dry_run: true, ...(await preview?.()) } };
}

async function resultOf(run: () => Promise<Output[]>): Promise<ItemResult<Output[]>> {
	try {
		return { value: await run() };
	} catch (error) {
		return error instanceof NotSentError ? undefined : { error };
	}
}

/**
 * Copies an output of which an earlier one has a part, because a later node may change either.
 *
 * @param seen the objects in earlier outputs, at any depth; those of this one are added
 */
function ownCopy(output: Output, seen: Set<object>): Output {
	const parts: unknown[] = [output.json, output.binary];
	let isShared = false;
	// The loop also reaches the parts that are added in it.
	for (const part of parts) {
		if (typeof part !== 'object' || part === null) continue;
		if (seen.has(part)) {
			isShared = true;
			continue;
		}
		seen.add(part);
		for (const value of Object.values(part)) if (typeof value === 'object') parts.push(value);
	}
	return isShared ? deepCopy(output) : output;
}

function failedOutput(
	node: INode,
	failure: unknown,
	item: number,
	total: number,
	device: IDataObject,
): INodeExecutionData {
	const { message, description } = itemError(node, failure, item, total);
	const more = description ? { message: description } : {};
	// If `json` has no other keys than `error` and `message`, every n8n, also 1.123, sends the item to the error output and
	// adds the fields of the input item.
	const shown = node.onError === 'continueErrorOutput' ? {} : device;
	return { json: { error: message, ...more, ...shown }, pairedItem: { item } };
}

/** The device of a failed item as given, so that the next node knows it. */
function givenDevice(parameters: Parameters, item: number): IDataObject {
	try {
		const { value } = parameters.of(item).give('deviceId');
		const deviceId = isObject(value) ? value.value : value;
		return isBlank(deviceId) ? {} : { deviceId: String(deviceId) };
	} catch {
		return {};
	}
}
