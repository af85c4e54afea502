import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Fleet } from './fleet.mts';
import type { Device, Site } from './model.mts';
import { invalid, notFound } from './refusal.mts';
import { authenticate, requireRole, type Role } from './roles.mts';

const LARGEST_PAGE = 50;

const EXPANDABLE = [
	'site',
	'manifest',
	'properties',
	'connectivity',
	'communication',
	'raised_alert_names',
] as const;

type Expandable = (typeof EXPANDABLE)[number];

/** The endpoints under one base path. `kind` decides how sites are reached: a Gateway has exactly one. */
export function addRoutes(app: FastifyInstance, fleet: Fleet, kind: 'cloud' | 'gateway'): void {
	const answer = (device: Readonly<Device>, request: FastifyRequest, role: Role) => ({
		device: present(fleet, device, expandOf(request), role),
	});
	const listing = (devices: ReadonlyArray<Readonly<Device>>, request: FastifyRequest, role: Role) => {
		const { entries, total } = page(devices, request);
		const expand = expandOf(request);
		return { devices: entries.map((device) => present(fleet, device, expand, role)), total_count: total };
	};

	app.get('/v3/devices', async (request) => listing(fleet.list(), request, roleOf(request)));

	app.get('/v3/sites/:site/devices', async (request) => {
		const role = roleOf(request);
		return listing(fleet.list(siteOf(fleet, request).id), request, role);
	});

	app.get('/v3/devices/:id', async (request) => answer(fleet.get(idOf(request)), request, roleOf(request)));

	app.patch('/v3/devices/:id', async (request) => {
		const role = owner(request);
		const { name, slug } = objectOf(request);
		const change = { name: textOrNull(name, 'name'), slug: textOrNull(slug, 'slug') };
		return answer(fleet.update(idOf(request), change), request, role);
	});

	// The body of a successful DELETE is unknown: an empty object is a guess.
	const remove = async (request: FastifyRequest) => {
		owner(request);
		fleet.delete(idOf(request));
		return {};
	};
	app.delete('/v3/devices/:id', remove);
	app.delete('/v3/sites/:site/devices/:id', remove);

	// The reference names no access level for the next two; that they need OWNER too is inferred.
	app.post('/v3/devices/:id/generate_config', async (request) => {
		owner(request);
		const { protocol } = objectOf(request);
		if (protocol !== 'MQTT' && protocol !== 'MQTTS')
			throw invalid('protocol', 'protocol must be MQTT or MQTTS');
		return { config: await fleet.generateConfig(idOf(request), protocol) };
	});

	app.post('/v3/devices/:id/assign_blueprint', async (request) => {
		const role = owner(request);
		const { blueprint_id: blueprint } = objectOf(request);
		if (typeof blueprint !== 'string') throw invalid('blueprint_id', 'blueprint_id must be a string');
		return answer(fleet.assignBlueprint(idOf(request), blueprint), request, role);
	});

	app.get('/v3/blueprints/:id', async (request) => {
		roleOf(request);
		const blueprint = fleet.blueprints.get(idOf(request));
		if (!blueprint) throw notFound('Blueprint not found.');
		return { blueprint: { id: blueprint.id, created_at: blueprint.created_at } };
	});

	if (kind === 'gateway') {
		app.get('/v3/site', async (request) => {
			const [site] = fleet.sites.values();
			const role = roleOf(request);
			if (!site) throw notFound('Site not found.');
			return { site: { ...site, authorized_role: role } };
		});
	} else {
		app.get('/v3/sites', async (request) => {
			const role = roleOf(request);
			const { name = '' } = queryOf(request);
			const wanted = [...fleet.sites.values()].filter((site) =>
				site.name.toLowerCase().includes(name.toLowerCase()),
			);
			const { entries, total } = page(wanted, request);
			return { sites: entries.map((site) => ({ ...site, authorized_role: role })), total_count: total };
		});
	}
}

function roleOf(request: FastifyRequest): Role {
	return authenticate(request.headers['x-enapter-auth-token']);
}

function owner(request: FastifyRequest): Role {
	const role = roleOf(request);
	requireRole(role, 'OWNER');
	return role;
}

function idOf(request: FastifyRequest): string {
	return (request.params as { id: string }).id;
}

function siteOf(fleet: Fleet, request: FastifyRequest): Readonly<Site> {
	const site = fleet.sites.get((request.params as { site: string }).site);
	if (!site) throw notFound('Site not found.');
	return site;
}

function queryOf(request: FastifyRequest): Record<string, string | undefined> {
	return request.query as Record<string, string | undefined>;
}

/** JSON whatever the content type says: the reference's curl examples send it as a form. */
function objectOf(request: FastifyRequest): Record<string, unknown> {
	let body: unknown;
	try {
		body = JSON.parse(typeof request.body === 'string' ? request.body : '');
	} catch {
		throw invalid('body', 'the request body is not valid JSON');
	}
	if (typeof body !== 'object' || body === null || Array.isArray(body)) {
		throw invalid('body', 'the request body must be an object');
	}
	return body as Record<string, unknown>;
}

function textOrNull(value: unknown, field: string): string | null | undefined {
	if (value === undefined || value === null || typeof value === 'string') return value;
	throw invalid(field, `${field} must be a string`);
}

/** Pages of at most 50, which is also the default (inferred: Enapter's clients never ask for more). */
function page<T>(entries: readonly T[], request: FastifyRequest): { entries: readonly T[]; total: number } {
	const { offset, limit } = queryOf(request);
	const start = wholeNumber(offset, 'offset', 0);
	const size = Math.min(wholeNumber(limit, 'limit', LARGEST_PAGE), LARGEST_PAGE);
	return { entries: entries.slice(start, start + size), total: entries.length };
}

function wholeNumber(value: string | undefined, field: string, fallback: number): number {
	if (value === undefined) return fallback;
	if (!/^\d{1,9}$/.test(value)) throw invalid(field, `${field} must be a whole number`);
	return Number(value);
}

/** Values that the API does not know are passed over (inferred). */
function expandOf(request: FastifyRequest): ReadonlySet<Expandable> {
	const asked = (queryOf(request).expand ?? '').split(',');
	return new Set(EXPANDABLE.filter((value) => asked.includes(value)));
}

/** A device as the reference shows it, with what was asked for in `expand`. */
function present(fleet: Fleet, device: Readonly<Device>, expand: ReadonlySet<Expandable>, role: Role) {
	const { properties, connectivity, communication, raised_alert_names, ...core } = device;
	const manifest = fleet.blueprints.get(device.blueprint_id)?.manifest;
	const site = fleet.sites.get(device.site_id);
	const expanded = {
		properties,
		connectivity,
		communication,
		raised_alert_names,
		manifest,
		site: site && { ...site, authorized_role: role },
	};
	return {
		...core,
		authorized_role: role,
		...(manifest?.implements ? { implemented_profiles: manifest.implements } : {}),
		...Object.fromEntries(Object.entries(expanded).filter(([key]) => expand.has(key as Expandable))),
	};
}
