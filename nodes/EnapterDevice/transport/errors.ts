import type { INode } from 'n8n-workflow';
import { NodeApiError, UserError } from 'n8n-workflow';

import type { Outcome } from './outcome';
import { redactText } from './redaction';
import { sentences, withoutTags } from './text';

/** Why a request failed, as the user reads it. */
export interface RequestFailure {
	/** What happened: the API's own words if it gave any. */
	reason: string;
	/** `reason` before the caller named what the request was about; undefined if it is the same. */
	cause?: string;
	/** What to do. */
	advice: string;
	/** What the failed request changed, or may have changed. */
	consequences?: string[];
	/** Code, status and other details. */
	details: string[];
	/** HTTP status; undefined if there was no response. */
	status?: number;
	/** The API's error code. */
	code?: string;
	/** Whether the response is the API's own, not that of a proxy. */
	isFromApi: boolean;
	/** Short name for the hint that counts retries, e.g. `status 429` or `ECONNRESET`. */
	label: string;
	outcome: Outcome;
	/** Whether the cause can be expected to pass. */
	isTransient: boolean;
	/** The API's `Retry-After`, in milliseconds. */
	retryAfter?: number;
	/** When the request was last sent, in milliseconds since 1970. */
	sentAt?: number;
}

/** A request that failed. */
export class EnapterApiError extends NodeApiError {
	// Private, so that n8n does not store it with the execution a second time.
	readonly #failure: RequestFailure;

	constructor(node: INode, failure: RequestFailure) {
		const message = sentences(failure.reason);
		const { advice, consequences = [], details, status } = failure;
		super(
			node,
			{},
			{
				message,
				// The editor shows a description as HTML: text of a server must not become a heading or a link.
				description: withoutTags(sentences(withCredentialName(advice, node), ...consequences, ...details)),
				...(status === undefined ? {} : { httpCode: String(status) }),
			},
		);
		// Set again: n8n replaces messages that contain EPERM, ENOENT and the like, which a device's name may contain.
		this.message = message;
		this.messages = [];
		// Only of errors with this name does the editor show the description beside a list that cannot be loaded.
		this.name = 'NodeApiError';
		this.#failure = failure;
	}

	get requestFailure(): Readonly<RequestFailure> {
		return this.#failure;
	}

	get status(): number | undefined {
		return this.#failure.status;
	}

	get outcome(): Outcome {
		return this.#failure.outcome;
	}

	/** Whether the API itself says that the requested thing does not exist. */
	get isNotFound(): boolean {
		return this.#failure.status === 404 && this.#failure.isFromApi;
	}

	/** Whether the API itself rejected the request, so that asking for less may succeed. */
	get isRefusal(): boolean {
		const { status = 0, isFromApi } = this.#failure;
		return isFromApi && status >= 400 && status < 500 && status !== 429;
	}

	/** Returns a copy with changes. Several items can share one error, so it is never changed in place. */
	with(change: Partial<RequestFailure>): EnapterApiError {
		return new EnapterApiError(this.node, { ...this.#failure, ...change });
	}

	/** Returns a copy with more consequences, placed first. */
	withConsequences(...consequences: string[]): EnapterApiError {
		return this.with({ consequences: [...consequences, ...(this.#failure.consequences ?? [])] });
	}
}

/** Names the credential in advice about it, because a workflow can use several. */
function withCredentialName(advice: string, node: INode): string {
	const name = node.credentials?.enapterApi?.name;
	return name === undefined ? advice : advice.replace('the credential', (text) => `${text} "${name}"`);
}

/** An item that failed for a reason other than a failed request. */
export class ItemFailure extends UserError {
	readonly outcome: Outcome;
	readonly consequences: string[];
	readonly #advice: string;

	/**
	 * @param message what happened
	 * @param advice what to do
	 * @param options `outcome` of the item's write; `consequences`: what the item changed, or may have changed
	 */
	constructor(
		message: string,
		advice: string,
		{ outcome = 'notDone', consequences = [] }: { outcome?: Outcome; consequences?: string[] } = {},
	) {
		super(sentences(message), { description: sentences(advice, ...consequences) });
		this.outcome = outcome;
		this.consequences = consequences;
		this.#advice = advice;
	}

	/** Returns a copy with another message. */
	withMessage(message: string): ItemFailure {
		return new ItemFailure(message, this.#advice, this);
	}

	/** Returns a copy with more consequences, placed first. */
	withConsequences(...consequences: string[]): ItemFailure {
		return new ItemFailure(this.message, this.#advice, {
			outcome: this.outcome,
			consequences: [...consequences, ...this.consequences],
		});
	}
}

/** A request that was not sent because the run was stopped or cancelled first. */
export class NotSentError extends Error {
	constructor() {
		// n8n shows an execution as canceled if its error contains this word.
		super('The execution was canceled');
	}
}

/**
 * Ignores why a request failed, for reads that the result does not depend on.
 *
 * @throws NotSentError if the run was stopped
 */
export function ignoreFailure(error: unknown): undefined {
	if (error instanceof NotSentError) throw error;
}

/** The outcome of the write behind an error. Errors from before a request mean that nothing was written. */
export function outcomeOfError(error: unknown): Outcome {
	return error instanceof EnapterApiError || error instanceof ItemFailure ? error.outcome : 'notDone';
}

/** What a failed item changed, or may have changed. If the outcome is unknown, its message may be all that says so. */
export function consequencesOf(error: unknown): string[] {
	if (error instanceof EnapterApiError) return error.requestFailure.consequences ?? [];
	if (!(error instanceof ItemFailure)) return [];
	const { consequences, outcome, message } = error;
	return consequences.length === 0 && outcome === 'unknown' ? [message] : consequences;
}

/** What happened, in the words of an error. */
export function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** What happened, in the words of an error that do not name what the request was about. */
export function causeOf(error: unknown): string {
	if (!(error instanceof EnapterApiError)) return reasonOf(error);
	const { reason, cause = reason } = error.requestFailure;
	return cause;
}

/** Whether the API itself says that the requested thing does not exist. */
export function isNotFound(error: unknown): boolean {
	return error instanceof EnapterApiError && error.isNotFound;
}

/** Redacts a secret in the texts of a failure. */
export function redactFailure(failure: RequestFailure, secret: string): RequestFailure {
	const { cause } = failure;
	return {
		...failure,
		reason: redactText(failure.reason, secret),
		...(cause === undefined ? {} : { cause: redactText(cause, secret) }),
		advice: redactText(failure.advice, secret),
		details: failure.details.map((detail) => redactText(detail, secret)),
		consequences: (failure.consequences ?? []).map((text) => redactText(text, secret)),
	};
}
