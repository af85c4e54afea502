import type { IDataObject, INodeExecutionData, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { ItemParameters } from '../fields/itemParameters';
import type { Run } from './run';

/**
 * One operation of a resource: what the panel shows for it, and what it does with items.
 *
 * @typeParam T what an item's parameters come to once they are checked
 */
export interface Operation<T = unknown> {
	/** Its entry in the Operation list. */
	option: INodePropertyOptions;
	/** Its parameters, in the order the panel shows them. */
	fields: INodeProperties[];
	/**
	 * Reads and checks one item's parameters. Sends nothing.
	 *
	 * @throws UserError naming the parameter that cannot be used
	 */
	prepare(parameters: ItemParameters): T;
	/**
	 * Gives every item its task. Asks the API for what has to be known of all items before the first write, and writes
	 * nothing. The tasks are begun in item order, all at once: those that must follow each other see to it with a
	 * `Sequence`, and how many requests are in flight is the client's work.
	 *
	 * @returns for each item its task, or why it has none
	 */
	plan(items: T[], run: Run): Array<PlannedItem> | Promise<Array<PlannedItem>>;
}

/** Operations as the Resource list offers them. */
export interface OperationGroup {
	/** Its entry in the Resource list. */
	option: INodePropertyOptions;
	/** Its operations, in the order the panel lists them. */
	operations: Operation[];
}

/** Does what was prepared for an item. */
export type ItemTask = () => Promise<Output[]>;

/** An item's task, or why it cannot be carried out, found before the first write. */
export type PlannedItem = ItemTask | { error: unknown };

/** What an operation puts out; the link to the input item is added for it. */
export interface Output {
	json: IDataObject;
	binary?: NonNullable<INodeExecutionData['binary']>;
}

/** The plan of an operation whose items have nothing to do with each other. */
export function eachItem<T>(perform: (item: T, run: Run) => Promise<Output[]>): Operation<T>['plan'] {
	return (items, run) => items.map((item) => async () => await perform(item, run));
}
