import type { IDataObject, INodeExecutionData, INodePropertyOptions } from 'n8n-workflow';

import type { AnyField, ItemContext, ValuesOf } from '../fields/field';
import type { Run } from './run';

/**
 * An operation of a resource: its entry in the panel, its fields, and what it does with items.
 *
 * @typeParam F its fields, in the order of the panel
 * @typeParam T an item's checked parameters
 */
export interface OperationDefinition<F extends readonly AnyField[], T> {
	/** Its entry in the Operation list. */
	option: INodePropertyOptions;
	fields: F;
	/**
	 * Whether running it twice has the same effect as once. n8n's Retry On Fail runs all items again, so it is refused if not.
	 */
	isIdempotent: boolean;
	/**
	 * Says what a dry run of all items would change, e.g. "3 of 5 devices would be renamed". Operations that write have it.
	 *
	 * @param outputs the items' dry run outputs; without those of items that failed
	 */
	dryRunSummary?(outputs: IDataObject[]): string;
	/**
	 * Checks what one item's fields mean together. Sends nothing.
	 *
	 * @throws UserError naming the field that cannot be used
	 */
	prepare(values: ValuesOf<F>, item: ItemContext): T;
	/**
	 * Makes the tasks of all items. May read from the API what must be known before the first write, and writes nothing.
	 *
	 * @returns one entry per item, in order
	 */
	plan(items: T[], run: Run): Plan | Promise<Plan>;
}

/** An operation of any fields, as the node runs it. */
export type Operation = OperationDefinition<readonly AnyField[], unknown>;

/** Checks an operation's types: `prepare` gets the values of its fields, and `plan` what `prepare` returns. */
export function defineOperation<const F extends readonly AnyField[], T>(
	operation: OperationDefinition<F, T>,
): Operation {
	return operation as unknown as Operation;
}

/** The operations of an entry in the Resource list. */
export interface OperationGroup {
	/** Its entry in the Resource list. */
	option: INodePropertyOptions;
	/** Its operations, in the order of the panel. */
	operations: Operation[];
}

/** What to do for all items. */
export interface Plan {
	/** One entry per item: its task, or why the item cannot be processed. */
	items: Array<Task | { error: unknown }>;
	/** Hints to show when all tasks have ended. */
	hints?(): string[];
	/**
	 * Adds to the error of an item what can only be found out by reading. Called when all tasks have ended, so that it never delays
	 * a write. After a cancelled execution it cannot read.
	 */
	explain?(error: unknown): Promise<unknown>;
}

/** Work for an item, or a step that several items need. A task runs at most once, however many tasks need it. */
export interface Task {
	/** Tasks that share a key run one after the other, in the order of the items, also after one failed. */
	keys?: string[];
	/** Tasks that must succeed before this one starts. */
	after?: Task[];
	/** Whether it must not start after a task with the same key whose outcome is unknown. */
	needsKnownOutcome?: boolean;
	/**
	 * The error of this task if it was not started because of another one, which may itself not have been started (NotSentError).
	 * Default: the other task's error.
	 */
	blockedBy?(error: unknown): unknown;
	run(): Promise<Output[]>;
	/**
	 * Why the outcome is unknown although `run` succeeded, such as of a command that was not waited for; undefined if it is known.
	 */
	unclear?(outputs: Output[]): unknown;
	/** What `run` would do, for a dry run. Tasks that write have it. */
	preview?(): IDataObject | Promise<IDataObject>;
}

/** An output item; the link to its input item is added by the node. */
export interface Output {
	json: IDataObject;
	binary?: NonNullable<INodeExecutionData['binary']>;
}

/** Plans items that are independent of each other. */
export function eachItem<T>(run: (item: T, run: Run) => Promise<Output[]>): (items: T[], run: Run) => Plan {
	return (items, of) => ({ items: items.map((item) => ({ run: async () => await run(item, of) })) });
}
