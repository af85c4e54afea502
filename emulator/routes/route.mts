import { notFound } from '../apiError.mts';
import type { Device, Site } from '../model.mts';
import type { RequestContext } from '../requestContext.mts';

/**
 * Processes a request and returns what its 200 holds, a TextResponse where that is not JSON; throws an ApiError for
 * any other status.
 */
export type Handler = (context: RequestContext) => object | Promise<object>;

export interface Route {
	path: string;
	handlers: Record<string, Handler>;
}

/** The site the path names. Throws 404. */
export function siteOf(context: RequestContext): Readonly<Site> {
	const site = context.fleet.sites.get(context.param('site_id'));
	if (!site) throw notFound('Site not found.');
	return site;
}

/** The device the path names, which must be of the site the path names, if it names one. Throws 404. */
export function deviceOf(context: RequestContext): Readonly<Device> {
	const device = context.fleet.get(context.param('device_id'));
	if (context.param('site_id') !== '' && device.site_id !== siteOf(context).id) {
		throw notFound('Device not found.');
	}
	return device;
}
