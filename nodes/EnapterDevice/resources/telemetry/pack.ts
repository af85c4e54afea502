/** Longest URL that is sent, in characters. Servers and proxies accept at least 8,000. */
const LONGEST_URL = 5_999;

/** A device and its attributes that a request asks for. */
export interface Selection {
	/** Its ID. */
	device: string;
	attributes: string[];
}

/** How many characters of a URL are left for devices. */
export function roomIn(root: string, relevanceInterval: number | undefined): number {
	const interval = relevanceInterval === undefined ? '' : `&relevance_interval=${relevanceInterval}s`;
	return LONGEST_URL - `${root}/v3/telemetry/latest?${interval}`.length;
}

/**
 * Puts selections into as few requests as fit, in their order. Attributes of a device that do not fit into one request are
 * divided among several; a single attribute is always sent, even if it is too long.
 *
 * @param room how many characters the devices of one request may take in its URL
 */
export function pack(selections: Selection[], room: number): Selection[][] {
	const requests: Selection[][] = [];
	let left = 0;
	for (const selection of selections.flatMap((whole) => fitting(whole, room))) {
		const size = sizeOf(selection);
		const request = size > left ? undefined : requests.at(-1);
		if (request === undefined) {
			requests.push([selection]);
			left = room - size;
		} else {
			request.push(selection);
			left -= size;
		}
	}
	return requests;
}

function fitting({ device, attributes }: Selection, room: number): Selection[] {
	const parts: Selection[] = [];
	let left = 0;
	for (const attribute of attributes) {
		const size = encodedLength(`${attribute},`);
		const part = size > left ? undefined : parts.at(-1);
		if (part === undefined) {
			const fresh = { device, attributes: [attribute] };
			parts.push(fresh);
			left = room - sizeOf(fresh);
		} else {
			part.attributes.push(attribute);
			left -= size;
		}
	}
	return parts;
}

/** Maximum characters of a selection in a URL. The real number may be lower, because n8n does not encode commas. */
export function sizeOf({ device, attributes }: Selection): number {
	return encodedLength(`devices[${device}]`) + encodedLength(attributes.join(',')) + '=&'.length;
}

function encodedLength(text: string): number {
	return encodeURIComponent(text).length;
}

/** Divides a list into two. */
export function halves<T>(entries: T[]): T[][] {
	const middle = Math.ceil(entries.length / 2);
	return [entries.slice(0, middle), entries.slice(middle)];
}
