import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';

import type { EnapterClient } from '../transport/client';

/** One operation of the node: what the panel shows for it, and what it does with an item. */
export interface Operation {
	/** Its entry in the Operation list. */
	option: INodePropertyOptions;
	/** Its parameters, in the order the panel shows them. */
	fields: INodeProperties[];
	/**
	 * Reads and checks one item's parameters. Sends nothing: in "Stop Workflow" all items are checked before the first
	 * request leaves.
	 *
	 * @throws UserError naming the parameter that cannot be used
	 */
	prepare(read: ReadParameter): ItemTask;
}

/** One item's value of a parameter; see `Parameters`. */
export type ReadParameter = (name: string, fallback: unknown) => unknown;

/**
 * Does what was prepared for an item.
 *
 * @throws NodeApiError when the API refuses
 */
export type ItemTask = (run: Run) => Promise<Output[]>;

/** What an operation puts out; the link to the input item is added for it. */
export interface Output {
	json: IDataObject;
	binary?: NonNullable<INodeExecutionData['binary']>;
}

/** What all items of one execution of the node share. */
export interface Run {
	client: EnapterClient;
	prepareBinaryData: IExecuteFunctions['helpers']['prepareBinaryData'];
	/** Does something once a run, however many items ask for it. */
	once<T>(key: string, work: () => Promise<T>): Promise<T>;
}
