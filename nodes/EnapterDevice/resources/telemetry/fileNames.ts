/** Longest name of a device in a file name, in characters. */
const LONGEST_NAME = 100;

/** Names the CSV files of a run by device and dates, each name once. */
export class FileNames {
	private readonly used = new Set<string>();

	/**
	 * Returns a name that no other file of the run has, e.g. `example-power-meter 2026-11-25.csv`.
	 *
	 * @param device the device's slug, name or ID
	 * @param from first date of the time series, `YYYY-MM-DD`
	 * @param to its last date
	 */
	next(device: string, from: string, to: string): string {
		const name = [...device.replace(/[^\p{L}\p{M}\p{N} ._-]/gu, '_').replace(/^[. ]+/, '')]
			.slice(0, LONGEST_NAME)
			.join('');
		const base = `${name || 'device'} ${from === to ? from : `${from} to ${to}`}`;
		let [candidate, number] = [base, 1];
		while (this.used.has(comparable(candidate))) candidate = `${base} (${++number})`;
		this.used.add(comparable(candidate));
		return `${candidate}.csv`;
	}
}

/** File systems ignore case and Unicode form. */
function comparable(name: string): string {
	return name.normalize('NFC').toLowerCase();
}
