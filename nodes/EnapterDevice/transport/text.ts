/** Joins sentences, each ending in one full stop. */
export function sentences(...texts: string[]): string {
	return texts.map((text) => (/[.!?…]$/.test(text) ? text : `${text}.`)).join(' ');
}

/** Cuts a text that is longer than so many characters. */
export function shorten(text: string, length: number): string {
	return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** Takes the tags out of a text that may be HTML, or begin as HTML and be cut off. */
export function withoutTags(text: string): string {
	return text.replace(/<[a-z/!?][^>]*(>|$)/gi, ' ');
}
