import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
	ResourceMapperFields,
} from 'n8n-workflow';

import type { OperationGroup } from '../execution/operation';

/** A list search, as n8n calls it for a Resource Locator. */
export type ListSearch = (
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
) => Promise<INodeListSearchResult>;

/** What n8n calls for the entries of a drop-down. */
export type LoadOptions = (this: ILoadOptionsFunctions) => Promise<INodePropertyOptions[]>;

/** What n8n calls for a form that is made at design time. */
export type ResourceMapping = (this: ILoadOptionsFunctions) => Promise<ResourceMapperFields>;

/** One resource of the node: its operations, and what its fields ask the API for while the panel is open. */
export interface Resource extends OperationGroup {
	/** The operation that is chosen at first. */
	defaultOperation: string;
	/** The methods that its fields name. */
	methods?: {
		listSearch?: Record<string, ListSearch>;
		loadOptions?: Record<string, LoadOptions>;
		resourceMapping?: Record<string, ResourceMapping>;
	};
}
