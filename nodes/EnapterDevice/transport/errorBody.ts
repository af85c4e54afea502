import { isObject } from './json';
import { shorten } from './text';

/** One entry of the API's error body. */
export interface ReportedError {
	message: string;
	code?: string;
	details: string[];
}

/** Whether a body is the API's own error body, even if it gives no reason. A proxy's page is not. */
export function isErrorBody(body: unknown): boolean {
	return isObject(body) && Array.isArray(body.errors);
}

/** Enapter's error body: `{"errors": [{"code", "message", "details"?}]}`, one or more; `code` may be missing. */
export function reportedErrors(body: unknown): ReportedError[] {
	if (!isObject(body) || !Array.isArray(body.errors)) return [];
	return body.errors.filter(isObject).flatMap(({ message, code, details }) => {
		const text = firstText(message, code);
		if (text === undefined) return [];
		const named = typeof code === 'string' && code !== '' ? shorten(code, 100) : undefined;
		return [
			{
				message: shorten(text, 500),
				...(named === undefined ? {} : { code: named }),
				details: [
					...(named === undefined ? [] : [`Code ${named}`]),
					...(details === undefined || details === null
						? []
						: [`Details ${shorten(JSON.stringify(details), 500)}`]),
				],
			},
		];
	});
}

function firstText(...values: unknown[]): string | undefined {
	return values.find((value): value is string => typeof value === 'string' && value.trim() !== '')?.trim();
}
