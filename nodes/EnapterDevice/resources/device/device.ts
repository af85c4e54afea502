import type { IDataObject } from 'n8n-workflow';

import { isObject } from '../../transport/json';
import type { Page } from '../../transport/pagination';
import { pageShape } from '../../transport/pagination';
import type { Explain, ResponseShape } from '../../transport/response';

/**
 * A device as the API sends it, as far as this node relies on it. Enapter's "Device Management" specification names these
 * fields; every object may hold more, which passes through untouched.
 */
export interface Device extends IDataObject {
	id: string;
	blueprint_id?: string;
	name?: string;
	slug?: string;
	site_id?: string;
	type?: string;
	authorized_role?: string;
}

/** `site`, `connectivity`, `communication`, … come only when asked for with `expand`. */
export interface ExpandedDevice extends Device {
	site?: { name?: string };
	connectivity?: { status?: string };
	communication?: { type?: string; upstream_id?: string };
	manifest?: { display_name?: string; vendor?: string };
	raised_alert_names?: string[] | null;
}

/**
 * `{ device }`, and where the device was named by its ID, that device.
 *
 * @param name the ID or slug that it was asked for by
 */
export function deviceShape(name: string): ResponseShape<ExpandedDevice> {
	return {
		expected: UUID.test(name) ? 'the device that was asked for' : 'a device',
		read(body) {
			if (!isObject(body) || !isDevice(body.device)) return undefined;
			return UUID.test(name) && !isSameId(body.device.id, name) ? undefined : body.device;
		},
	};
}

/** `{ devices, total_count }`. */
export const DEVICES_PAGE: ResponseShape<Page<ExpandedDevice>> = pageShape(
	'a list of devices',
	'devices',
	isDevice,
);

function isDevice(value: unknown): value is ExpandedDevice {
	return isObject(value) && typeof value.id === 'string' && value.id !== '';
}

/** What IDs of devices and sites look like in the specification; another text is a slug or a name. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether two IDs are the same; a UUID may be written in upper case. */
export function isSameId(one: string | undefined, other: string): boolean {
	return one?.toLowerCase() === other.toLowerCase();
}

/** A device as it is put out: what tells it apart comes first. */
export function deviceOutput({ id, name, slug, type, ...rest }: Device): IDataObject {
	return {
		id,
		...(name === undefined ? {} : { name }),
		...(slug === undefined ? {} : { slug }),
		...(type === undefined ? {} : { type }),
		...rest,
	};
}

/**
 * Says which device a failure is about, as the user named it.
 *
 * @param advice what to do by status, where it can be said better than in general
 */
export function aboutDevice(named: string, advice: Partial<Record<number, string>> = {}): Explain {
	return ({ status = 0, isFromApi, reason }) => {
		if (!isFromApi) return {};
		const special = advice[status];
		if (status === 404 && special === undefined) return notFound(named);
		return {
			reason: `Device "${named}": ${reason}`,
			...(special === undefined ? {} : { advice: special }),
		};
	};
}

/** That the device is not there, and how to mend it. */
function notFound(named: string) {
	const advice = UUID.test(named)
		? 'Check the ID, and that the API Token can see the device.'
		: /[\s\p{Lu}]/u.test(named)
			? 'A device goes by its ID or slug, not by its name. Choose it from the list, or look up its ID with Get Many, filter Name Contains.'
			: 'Check the ID or slug, and that the API Token can see the device. Get Many looks both up.';
	return { reason: `Device "${named}" was not found`, advice };
}

/** What to do when a device is gone that the run has just looked up. */
export const GONE_ADVICE = 'It was there a moment ago: someone may have deleted it meanwhile.';

/** A device in a sentence: by its name, else by its slug or ID. */
export function calledDevice({ id, name, slug }: Device): string {
	return String(name ?? '').trim() || (slug ?? id);
}
