import type { IDataObject } from 'n8n-workflow';

/**
 * What the Enapter API sends, as far as this node relies on it. Enapter's "Device Management" specification names these
 * fields; every object may hold more, which passes through untouched.
 */
export interface Device extends IDataObject {
	id: string;
	blueprint_id?: string;
	name?: string;
	slug?: string;
	site_id?: string;
	type?: string;
}

/** `site`, `connectivity`, `communication` and `manifest` come only when asked for with `expand`. */
export interface ExpandedDevice extends Device {
	site?: { name?: string };
	connectivity?: { status?: string };
	communication?: { upstream_id?: string };
	manifest?: { display_name?: string; vendor?: string };
}

/** What a device needs to connect; the credentials differ by protocol. */
export interface DeviceConfig extends IDataObject {
	mqtt_credentials: IDataObject;
}

/** A site, as far as the pickers need it. */
export interface Site extends IDataObject {
	id: string;
	name?: string;
}

/** One page of a list. `totalCount` is what all pages hold together, when the API says it. */
export interface Page<T> {
	entries: T[];
	totalCount?: number;
}

/** What an answer has to look like to be one; `expected` completes the sentence "instead of …". */
export interface Shape<T> {
	expected: string;
	/** The part of the answer that matters, or nothing when it is not there. */
	read(body: unknown): T | undefined;
}

/** `{ device }`. */
export const DEVICE: Shape<ExpandedDevice> = {
	expected: 'a device',
	read: (body) => (isObject(body) && isDevice(body.device) ? body.device : undefined),
};

/** `{ config }`. */
export const DEVICE_CONFIG: Shape<DeviceConfig> = {
	expected: 'a device configuration',
	read: (body) => (isObject(body) && isDeviceConfig(body.config) ? body.config : undefined),
};

/** `{ devices, total_count }`. */
export const DEVICES_PAGE: Shape<Page<ExpandedDevice>> = {
	expected: 'a list of devices',
	read: (body) => page(body, 'devices', isDevice),
};

/** `{ sites, total_count }`. */
export const SITES_PAGE: Shape<Page<Site>> = {
	expected: 'a list of sites',
	read: (body) => page(body, 'sites', hasId),
};

/** A Gateway has exactly one site, under an endpoint of its own. */
export const SITE: Shape<Site> = {
	expected: 'a site',
	read: (body) => (isObject(body) && hasId(body.site) ? body.site : undefined),
};

/** For requests whose answer the specification does not show: anything the API itself may say, or nothing. */
export const ANYTHING: Shape<true> = {
	expected: 'a confirmation',
	read: (body) => (isWebPage(body) ? undefined : true),
};

/** What a proxy or a login page answers in the API's place. */
export function isWebPage(body: unknown): boolean {
	return typeof body === 'string' && body.trimStart().startsWith('<');
}

/** Whether a value is an object with fields, and no list. */
export function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasId(value: unknown): value is IDataObject & { id: string } {
	return isObject(value) && typeof value.id === 'string' && value.id !== '';
}

function isDevice(value: unknown): value is ExpandedDevice {
	return hasId(value);
}

function isDeviceConfig(value: unknown): value is DeviceConfig {
	return isObject(value) && isObject(value.mqtt_credentials);
}

function page<T>(body: unknown, key: string, isEntry: (value: unknown) => value is T): Page<T> | undefined {
	if (!isObject(body)) return undefined;
	const entries: unknown = body[key];
	if (!Array.isArray(entries) || !entries.every(isEntry)) return undefined;
	return typeof body.total_count === 'number' ? { entries, totalCount: body.total_count } : { entries };
}
