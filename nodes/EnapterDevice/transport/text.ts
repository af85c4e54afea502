/** Joins sentences, each ending in one full stop. Empty ones are left out. */
export function sentences(...texts: string[]): string {
	return texts
		.filter((text) => text !== '')
		.map((text) => (/[.!?…]$/.test(text) ? text : `${text}.`))
		.join(' ');
}

/** Cuts a text that is longer than so many characters. */
export function shorten(text: string, length: number): string {
	return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** Takes the tags out of a text that may be HTML, or begin as HTML and be cut off. */
export function withoutTags(text: string): string {
	return text.replace(/<[a-z/!?][^>]*(>|$)/gi, ' ');
}

/** A list as people write it: `a, b and c`. */
export function listed(texts: string[]): string {
	if (texts.length < 2) return texts.join('');
	return `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

/** A time span in words, rounded up: `90 seconds`, `2 minutes`, `3 hours`. */
export function duration(milliseconds: number): string {
	const seconds = Math.ceil(milliseconds / 1000);
	if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
	if (seconds < 7200) return `${Math.ceil(seconds / 60)} minutes`;
	return `${Math.ceil(seconds / 3600)} hours`;
}
