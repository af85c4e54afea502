/** Joins texts into sentences that each end in a full stop. Empty texts are left out. */
export function sentences(...texts: string[]): string {
	return texts
		.filter((text) => text !== '')
		.map((text) => (/[.!?…]$/.test(text) ? text : `${text}.`))
		.join(' ');
}

/** Cuts a text that is longer than `length` characters. */
export function shorten(text: string, length: number): string {
	return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** Removes tags from a text that may be HTML, also if it is cut off inside a tag. */
export function withoutTags(text: string): string {
	return text.replace(/<[a-z/!?][^>]*(>|$)/gi, ' ');
}

/** Writes a list: `a, b and c`. */
export function listed(texts: string[]): string {
	if (texts.length < 2) return texts.join('');
	return `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

/** Writes a time span in words, rounded up: `90 seconds`, `2 minutes`, `3 hours`. */
export function duration(milliseconds: number): string {
	const seconds = Math.ceil(milliseconds / 1000);
	if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
	if (seconds < 7200) return `${Math.ceil(seconds / 60)} minutes`;
	return `${Math.ceil(seconds / 3600)} hours`;
}

/** Writes a list of names, quoting names that contain a comma and cutting after `most`: `a, "b, c" and 7 more`. */
export function listedNames(names: string[], most = 10): string {
	const shown = names.slice(0, most).map(quotedIfNeeded);
	return listed(names.length > most ? [...shown, `${names.length - most} more`] : shown);
}

/** Quotes a name that could be misread in a sentence, once. */
export function quotedIfNeeded(name: string): string {
	return name.includes(',') && !/^".*"$/s.test(name) ? `"${name}"` : name;
}

/** Writes a number of things: `1 device`, `3 devices`. */
export function counted(count: number, noun: string): string {
	return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
