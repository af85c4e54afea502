import type { EnapterClient } from '../transport/client';
import { getOrCreate } from '../transport/memo';
import { counted, listedNames } from '../transport/text';
import { itemNumbers } from './itemErrors';

/** Most hints of a run, so that they stay readable. */
const MOST_HINTS = 10;

/** What happened to some things, such as devices, that are named in one hint. */
type Wording = (names: string) => string;

/** The hints of the tasks of a run, shown beside the output. The same hint about several things names each of them once. */
export class Hints {
	private readonly named = new Map<string, { wording: Wording; names: Set<string> }>();

	/** @param wording the same for all things that one hint can name */
	add(name: string, wording: Wording): void {
		getOrCreate(this.named, wording(''), () => ({ wording, names: new Set() })).names.add(name);
	}

	get texts(): string[] {
		return [...this.named.values()].map(({ wording, names }) => wording(listedNames([...names], 50)));
	}
}

/** Describes the retries of a run, or returns undefined if there were none. */
export function retryHint({ retries, retriedRequests }: EnapterClient): string | undefined {
	if (retriedRequests === 0) return undefined;
	const total = [...retries.values()].reduce((sum, count) => sum + count, 0);
	const reasons = [...retries].map(([reason, count]) => `${count} × ${reason}`).join(', ');
	const requests = retriedRequests === 1 ? '1 request was' : `${retriedRequests} requests were`;
	const times = total === retriedRequests ? '' : `, ${total} times in total`;
	return `${requests} retried${times} (${reasons}).`;
}

/** In Continue, says which items failed, because the node looks successful. */
export function failureHint(failed: number[], total: number): string | undefined {
	if (failed.length === 0) return undefined;
	return `${failed.length} of ${counted(total, 'item')} failed: see "error" in ${itemNumbers(failed)} (counted from 0).`;
}

/** Shows each hint once, and not more than fit on the screen. */
export function showHints(hints: Array<string | undefined>, show: (message: string) => void): void {
	const distinct = [...new Set(hints.filter((hint) => hint !== undefined))];
	for (const hint of distinct.slice(0, MOST_HINTS)) show(hint);
	if (distinct.length > MOST_HINTS)
		show(`There are ${distinct.length - MOST_HINTS} more hints of this kind.`);
}
