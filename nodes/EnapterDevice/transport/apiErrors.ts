import { isObject } from '../api';
import { shorten } from './text';

/** What the API says of one reason. */
export interface ApiErrorTexts {
	message: string;
	details: string[];
}

/** Enapter's error body: `{"errors": [{"code", "message", "details"?}]}`, one or more; `code` may be missing. */
export function apiErrors(body: unknown): ApiErrorTexts[] {
	if (!isObject(body) || !Array.isArray(body.errors)) return [];
	return body.errors.filter(isObject).flatMap(({ message, code, details }) => {
		const text = firstText(message, code);
		if (text === undefined) return [];
		return [
			{
				message: shorten(text, 500),
				details: [
					...(typeof code === 'string' && code !== '' ? [`Code ${shorten(code, 100)}`] : []),
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
