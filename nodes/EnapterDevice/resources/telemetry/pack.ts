/** Longest URL that is sent, in characters. Servers and proxies accept at least 8,000. */
const LONGEST_URL = 5_999;

/** An attribute of a device, given by its ID. */
export interface Wanted {
	device: string;
	attribute: string;
}

/** How many characters of a URL are left for devices and attributes. */
export function roomIn(root: string, relevanceInterval: number | undefined): number {
	const interval = relevanceInterval === undefined ? '' : `&relevance_interval=${relevanceInterval}s`;
	return LONGEST_URL - `${root}/v3/telemetry/latest?${interval}`.length;
}

/**
 * Puts attributes into as few requests as fit, in their order. A single attribute is always sent, even if it is too long.
 *
 * @param wanted the attributes of each device one after the other
 * @param room how many characters they may take in the URL of one request
 */
export function pack(wanted: Wanted[], room: number): Wanted[][] {
	const requests: Wanted[][] = [];
	let left = 0;
	for (const one of wanted) {
		const request = requests.at(-1);
		const size = sizeOf(one, request?.at(-1));
		if (request !== undefined && size <= left) {
			request.push(one);
			left -= size;
		} else {
			requests.push([one]);
			left = room - sizeOf(one);
		}
	}
	return requests;
}

/** Maximum characters of attributes in a URL. The real number may be lower, because n8n does not encode commas. */
export function totalSize(wanted: Wanted[]): number {
	return wanted.reduce((size, one, index) => size + sizeOf(one, wanted[index - 1]), 0);
}

/** The device is named once for all its attributes. */
function sizeOf({ device, attribute }: Wanted, previous?: Wanted): number {
	const name = previous?.device === device ? '' : `devices[${device}]`;
	return encodeURIComponent(`${name}${attribute},`).length + (name === '' ? 0 : '=&'.length);
}
