import { notFound } from '../apiError.mts';
import type { Device, Site } from '../model.mts';
import type { RequestContext } from '../requestContext.mts';

/**
 * Processes a request. Returns the JSON body of the 200, or a TextResponse. Throws an ApiError for a refusal.
 */
export type Handler = (context: RequestContext) => object | Promise<object>;

export interface Route {
	path: string;
	handlers: Record<string, Handler>;
}

/** The site in the path. Throws 404. */
export function siteOf(context: RequestContext): Readonly<Site> {
	const site = context.fleet.sites.get(context.param('site_id'));
	if (!site) throw notFound('Site not found.');
	return site;
}

/** The device in the path, which must belong to the site in the path, if there is one. Throws 404. */
export function deviceOf(context: RequestContext): Readonly<Device> {
	const device = context.fleet.lookUp(context.param('device_id'));
	if (context.param('site_id') !== '' && device.site_id !== siteOf(context).id) {
		throw notFound('Device not found.');
	}
	return device;
}
