import type { IDataObject } from 'n8n-workflow';

import type { Ref } from '../../fields/locators';
import { LABEL_SEPARATOR, nameOfRef } from '../../fields/locators';
import { isObject } from '../../transport/json';
import type { Page } from '../../transport/pagination';
import { pageShape } from '../../transport/pagination';
import type { Explain, ResponseShape } from '../../transport/response';
import { listedNames, quotedIfNeeded } from '../../transport/text';

/**
 * A device as the API sends it, as far as this node relies on it. Enapter's "Device Management" specification names these
 * fields. Any field but the ID may be missing or null. Other fields pass through unchanged.
 */
export interface Device {
	id: string;
	blueprint_id?: string | null;
	name?: string | null;
	slug?: string | null;
	site_id?: string | null;
	type?: string | null;
	authorized_role?: string | null;
	implemented_profiles?: string[] | null;
}

/** Waits before looking for a device whose creation or deletion may still be in progress, in milliseconds. */
export const LOOKUP_DELAYS = [0, 1_000, 3_000];

/** A device with fields that come only if requested with `expand`. */
export interface ExpandedDevice extends Device {
	site?: { name?: string } | null;
	connectivity?: { status?: string } | null;
	communication?: { type?: string; upstream_id?: string; hardware_id?: string } | null;
	manifest?: IDataObject | null;
	raised_alert_names?: string[] | null;
}

/**
 * `{ device }`: the requested device.
 *
 * @param ref the ID or slug it was requested by
 */
export function deviceShape(ref: string): ResponseShape<ExpandedDevice> {
	return {
		expected: 'the requested device',
		read: (body) =>
			isObject(body) && isDevice(body.device) && mayBe(body.device, ref) ? body.device : undefined,
	};
}

/** Whether a device can be the one with this ID or slug. A device may be shown without its slug. */
function mayBe({ id, slug }: Device, ref: string): boolean {
	const shownSlug = firstText(slug) ?? ref;
	return isSameId(id, ref) || (!UUID.test(ref) && shownSlug.toLowerCase() === ref.toLowerCase());
}

/** `{ devices, total_count }`. */
export const DEVICES_PAGE: ResponseShape<Page<ExpandedDevice>> = pageShape('devices', 'devices', isDevice);

function isDevice(value: unknown): value is ExpandedDevice {
	return isObject(value) && typeof value.id === 'string' && value.id !== '';
}

/** The form of device, site and blueprint IDs in the specification. Any other text is a slug or a name. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An ID in the form in which IDs are compared: UUIDs in lower case. Slugs stay as they are. */
export function canonicalId(id: string): string {
	return UUID.test(id) ? id.toLowerCase() : id;
}

/** Whether two IDs are the same, in any case. */
export function isSameId(one: string | null | undefined, other: string): boolean {
	return typeof one === 'string' && canonicalId(one) === canonicalId(other);
}

/** From low to high; each includes the lower ones (Enapter's MCP server). */
const ROLES = ['READONLY', 'USER', 'OWNER', 'INSTALLER', 'VENDOR', 'SYSTEM'];

/** Whether a role is known to be too low. Unknown roles get the benefit of the doubt. */
export function isBelow(role: unknown, needed: string): boolean {
	const rank = ROLES.indexOf(String(role).toUpperCase());
	return rank !== -1 && rank < ROLES.indexOf(needed);
}

/** A device for the output, with what identifies it first. */
export function deviceOutput({ id, name, slug, type, ...rest }: Device): IDataObject {
	return {
		id,
		...(name === undefined ? {} : { name }),
		...(slug === undefined ? {} : { slug }),
		...(type === undefined ? {} : { type }),
		...rest,
	};
}

/** What identifies a device in an output. */
export function identityOf({ id, name, slug }: Device): IDataObject {
	return { id, ...(name === undefined ? {} : { name }), ...(slug === undefined ? {} : { slug }) };
}

/** The name of a device in a sentence: its name, else its slug or ID. */
export function nameOfDevice({ id, name, slug }: Device): string {
	return quotedIfNeeded(firstText(name) ?? firstText(slug) ?? id);
}

/** Names the devices of dry run outputs, each once. Each output contains the identity of a device. */
export function namesIn(outputs: IDataObject[]): string {
	const names = new Map(outputs.map((output) => [output.id, nameOfDevice(output as IDataObject & Device)]));
	return listedNames([...names.values()]);
}

/**
 * Describes that a device is now called otherwise than in the list from which it was chosen. n8n keeps the name from then.
 *
 * @returns undefined if it is not
 */
export function renamed({ label }: Ref, device: Device): string | undefined {
	const name = firstText(device.name);
	if (label === undefined || name === undefined) return undefined;
	if (label === name || label.startsWith(`${name}${LABEL_SEPARATOR}`)) return undefined;
	return `The panel shows "${label}", but this device is now called ${nameOfDevice(device)}`;
}

function firstText(value: unknown): string | undefined {
	return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** What to do about a device that was looked up in this run and is gone. */
export const GONE_ADVICE = 'It existed a moment ago: someone may have deleted it.';

/**
 * Words failures of requests about a device: names the device, and says what to do.
 *
 * @param device the device, or the reference it was given by
 * @param advice what to do by status, if it can be said better than in general
 */
export function aboutDevice(
	device: Device | { ref: Ref },
	advice: Partial<Record<number, string>> = {},
): Explain {
	return ({ status = 0, isFromApi, outcome, reason }) => {
		// A connection that could not be made has nothing to do with the device.
		if (!isFromApi && outcome === 'notDone') return {};
		const special = isFromApi ? advice[status] : undefined;
		if ('ref' in device && isFromApi && status === 404 && special === undefined) return notFound(device.ref);
		const name = 'ref' in device ? nameOfRef(device.ref) : nameOfDevice(device);
		return {
			reason: `Device ${name}: ${reason}`,
			...(special === undefined ? {} : { advice: special }),
		};
	};
}

function notFound(ref: Ref) {
	const isName = !UUID.test(ref.id) && /[\s\p{Lu}]/u.test(ref.id);
	return {
		reason: `Device ${nameOfRef(ref)} was not found`,
		advice: isName
			? 'Use the ID or slug of the device, not its name. Choose it from the list, or look up its ID with Get Many, filter Name Contains.'
			: ref.name !== undefined
				? 'It may have been deleted. Choose the device from the list again.'
				: 'Check the ID or slug for typing mistakes. Device → Get Many lists all devices that this API Token can see.',
	};
}
