import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
	ResourceMapperFields,
} from 'n8n-workflow';

import type { OperationGroup } from '../execution/operation';

/** Searches a list for a Resource Locator, as n8n calls it. */
export type ListSearch = (
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
) => Promise<INodeListSearchResult>;

/** Loads the entries of a drop-down list, as n8n calls it. */
export type LoadOptions = (this: ILoadOptionsFunctions) => Promise<INodePropertyOptions[]>;

/** Loads the fields of a typed form, as n8n calls it. */
export type ResourceMapping = (this: ILoadOptionsFunctions) => Promise<ResourceMapperFields>;

/** A resource of the node: its operations, and the methods that its fields call while the panel is open. */
export interface Resource extends OperationGroup {
	/** The operation that is selected at first. */
	defaultOperation: string;
	methods?: {
		listSearch?: Record<string, ListSearch>;
		loadOptions?: Record<string, LoadOptions>;
		resourceMapping?: Record<string, ResourceMapping>;
	};
}
