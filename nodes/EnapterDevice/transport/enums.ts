/** An enumeration value in upper case, or empty text. Enapter's clients compare without case. */
export function upperCase(value: unknown): string {
	return typeof value === 'string' ? value.trim().toUpperCase() : '';
}
