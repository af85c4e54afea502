import { ApiError } from './apiError.mts';
import type { Fleet } from './fleet.mts';
import type { Device, Site } from './model.mts';
import type { Role } from './roles.mts';

/** A site as the API shows it to a user of this role. Fields: the reference, and python-sdk. */
export function siteView(site: Readonly<Site>, role: Role): object {
	const { id, name, timezone, location, version } = site;
	return { id, name, timezone, location, authorized_role: role, version };
}

type Expansion = (device: Readonly<Device>, fleet: Fleet, role: Role) => unknown;

/** What `expand` can add. `manifest`, `connectivity` and `raised_alert_names` are known from python-sdk only. */
const expansions: Record<string, Expansion> = {
	site: ({ site_id }, fleet, role) => {
		const site = fleet.sites.get(site_id);
		return site && siteView(site, role);
	},
	manifest: ({ blueprint_id }, fleet) => fleet.blueprints.get(blueprint_id)?.manifest,
	properties: ({ id, blueprint_id, properties }, fleet) => {
		const declared = fleet.blueprints.get(blueprint_id)?.manifest.properties ?? {};
		const settings = Object.entries(fleet.settings(id)).filter(([name]) => Object.hasOwn(declared, name));
		return { ...properties, ...Object.fromEntries(settings) };
	},
	connectivity: ({ connectivity }) => connectivity,
	communication: ({ communication }) => communication,
	raised_alert_names: ({ raised_alert_names }) => raised_alert_names,
};

/**
 * The names in an `expand` query parameter (python-sdk sends an empty one). Throws 400 for an unknown name; what the API responds is unknown, and an error shows a client's mistake.
 */
export function parseExpand(names: string[]): string[] {
	const unknown = names.find((name) => !Object.hasOwn(expansions, name));
	if (unknown === undefined) return names;
	throw new ApiError(400, {
		code: 'invalid_argument',
		message: `expand: unknown value ${JSON.stringify(unknown)}`,
		details: { field: 'expand', allowed: Object.keys(expansions) },
	});
}

/**
 * A device as the API shows it: the fields of the reference's samples in their order, then what was asked for.
 * The reference lists `implemented_profiles` among the plain fields but its samples lack it: so it is left out of
 * a device that implements none.
 */
export function deviceView(
	device: Readonly<Device>,
	fleet: Fleet,
	role: Role,
	expand: string[] = [],
): object {
	const { id, blueprint_id, name, site_id, updated_at, slug, type } = device;
	const profiles = fleet.blueprints.get(blueprint_id)?.manifest.implements;
	return {
		id,
		blueprint_id,
		name,
		site_id,
		updated_at,
		slug,
		type,
		authorized_role: role,
		...(profiles && profiles.length > 0 && { implemented_profiles: profiles }),
		...Object.fromEntries(expand.map((field) => [field, expansions[field]?.(device, fleet, role)])),
	};
}
