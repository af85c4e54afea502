import { commandRoutes, siteCommandRoutes } from './commands.mts';
import { configurationRoutes } from './configuration.mts';
import { deviceRoutes, fleetRoutes, siteRoutes } from './devices.mts';
import { logRoutes } from './logs.mts';
import { provisioningRoutes } from './provisioning.mts';
import type { Route } from './route.mts';
import { gatewaySiteRoutes } from './sites.mts';
import { deviceTelemetryRoutes, telemetryRoutes } from './telemetry.mts';

const shared: Route[] = [
	...fleetRoutes,
	...['/v3/devices', '/v3/sites/:site_id/devices'].flatMap((base) =>
		[...deviceRoutes, ...commandRoutes, ...configurationRoutes, ...logRoutes, ...deviceTelemetryRoutes].map(
			({ path, handlers }) => ({
				path: base + path,
				handlers,
			}),
		),
	),
	...siteCommandRoutes,
	...telemetryRoutes,
];

/** The endpoints of the Enapter Cloud and of a Gateway. */
export const routes: Record<'cloud' | 'gateway', Route[]> = {
	cloud: [...shared, ...provisioningRoutes('cloud'), siteRoutes.cloud],
	gateway: [...shared, ...provisioningRoutes('gateway'), siteRoutes.gateway, ...gatewaySiteRoutes],
};
