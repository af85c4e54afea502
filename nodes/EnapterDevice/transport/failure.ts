import type { INode } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

import { blottedText } from './secrets';
import { sentences, withoutTags } from './text';

/** Why a request did not end in a usable answer, in the words the user will read. */
export interface Failure {
	/** What happened: the API's own words where it gave any. */
	reason: string;
	/** What to do about it. */
	advice: string;
	/** Code, details and what else helps. */
	details: string[];
	/** Status of the answer; none when there was no answer. */
	status?: number;
	/** Short name for the hint that counts repeats, e.g. `status 429` or `ECONNRESET`. */
	label: string;
	/** What became of the request: the API certainly did not carry it out, or it may have. */
	carriedOut: 'no' | 'maybe';
	/** Whether it can be expected to go away by itself. */
	passing: boolean;
	/** What the API asked to wait before the next request, in milliseconds. */
	retryAfter?: number;
}

/** The error n8n shows for a failure. */
export function toNodeApiError(node: INode, { reason, advice, details, status }: Failure): NodeApiError {
	const httpCode = status === undefined ? null : String(status);
	return nodeApiError(node, sentences(reason, advice), details.join('. '), httpCode);
}

/** The same error with one more detail, as an error of its own: items may share the one that is given. */
export function withDetail(
	{ node, message, description, httpCode }: NodeApiError,
	detail: string,
): NodeApiError {
	return nodeApiError(node, message, [description, detail].filter(Boolean).join('. '), httpCode);
}

/**
 * An error of the API in plain words. Wrapping n8n's own error would keep that one's generic message, and its cause holds
 * the request with the token.
 */
export function nodeApiError(
	node: INode,
	message: string,
	description: string | null | undefined,
	httpCode: string | null,
): NodeApiError {
	const error = new NodeApiError(
		node,
		{},
		{
			message,
			// The editor shows a description as HTML: what a server wrote must not become a heading or a link there.
			description: withoutTags(description ?? ''),
			...(httpCode === null ? {} : { httpCode }),
		},
	);
	// n8n replaces messages that hold EPERM, ENOENT and the like, which a device's slug may well do.
	error.message = message;
	error.messages = [];
	return error;
}

/** Blots every occurrence of a secret out of the texts of a failure. */
export function withoutSecret(failure: Failure, secret: string): Failure {
	const blot = (text: string) => blottedText(text, secret);
	return {
		...failure,
		reason: blot(failure.reason),
		advice: blot(failure.advice),
		details: failure.details.map(blot),
	};
}
