import { commandRoutes, siteCommandRoutes } from './commands.mts';
import { deviceRoutes, fleetRoutes, siteRoutes } from './devices.mts';
import type { Route } from './route.mts';
import { deviceTelemetryRoutes, telemetryRoutes } from './telemetry.mts';

const shared: Route[] = [
	...fleetRoutes,
	...['/v3/devices', '/v3/sites/:site_id/devices'].flatMap((base) =>
		[...deviceRoutes, ...commandRoutes, ...deviceTelemetryRoutes].map(({ path, handlers }) => ({
			path: base + path,
			handlers,
		})),
	),
	...siteCommandRoutes,
	...telemetryRoutes,
];

/** The endpoints of the Enapter Cloud and of a Gateway. */
export const routes: Record<'cloud' | 'gateway', Route[]> = {
	cloud: [...shared, siteRoutes.cloud],
	gateway: [...shared, siteRoutes.gateway],
};
