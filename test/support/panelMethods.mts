import type { INodePropertyOptions, ResourceMapperFields } from 'n8n-workflow';

import { panelContext, type Subject } from './engine.mts';

type PanelOptions = Subject & { parameters?: Record<string, unknown> };

/**
 * Calls what fills a drop-down of the node, as n8n's editor does when somebody opens it.
 *
 * @throws Error when the node has no such method
 */
export async function loadOptions(method: string, options: PanelOptions): Promise<INodePropertyOptions[]> {
	const { context, methods } = panelContext(options);
	const load = methods?.loadOptions?.[method];
	if (load === undefined) throw new Error(`The node has no method "${method}" for a drop-down`);
	return await load.call(context);
}

/**
 * Calls what makes a typed form of the node, as n8n's editor does when the form is shown.
 *
 * @throws Error when the node has no such method
 */
export async function resourceMapping(method: string, options: PanelOptions): Promise<ResourceMapperFields> {
	const { context, methods } = panelContext(options);
	const map = methods?.resourceMapping?.[method];
	if (map === undefined) throw new Error(`The node has no method "${method}" for a typed form`);
	return await map.call(context);
}
