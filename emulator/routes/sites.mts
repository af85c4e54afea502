import { notFound } from '../apiError.mts';
import { listSites } from './devices.mts';
import type { Handler, Route } from './route.mts';

/** No source says whether a Gateway has this endpoint. python-sdk uses it. */
const listGatewaySites: Handler = (context) => {
	if (context.dialect.gatewaySites === 'served') return listSites(context);
	throw notFound('Path not found: GET /api/v3/sites');
};

export const gatewaySiteRoutes: Route[] = [{ path: '/v3/sites', handlers: { GET: listGatewaySites } }];
