import type { INode } from 'n8n-workflow';
import { NodeApiError, UserError } from 'n8n-workflow';

import { redactText } from './redaction';
import { sentences, withoutTags } from './text';

/** Why a request did not end in a usable response, in the words the user will read. */
export interface RequestFailure {
	/** What happened: the API's own words where it gave any. */
	reason: string;
	/** What to do about it. */
	advice: string;
	/** Code, details and what else helps. */
	details: string[];
	/** What is not as before although the request failed, or may not be. */
	aftermath?: string[];
	/** Status of the response; none when there was none. */
	status?: number;
	/** What the API calls its reason, where it does. */
	code?: string;
	/** Whether the response is the API's own. That of a proxy proves nothing. */
	isFromApi: boolean;
	/** Short name for the hint that counts retries, e.g. `status 429` or `ECONNRESET`. */
	label: string;
	/** Whether it is certain that the API did not carry the request out. */
	isOutcomeKnown: boolean;
	/** Whether it can be expected to go away by itself. */
	isTransient: boolean;
	/** How long the API asks to wait before the next request, in milliseconds. */
	retryAfter?: number;
}

/** A request that failed. The one place where failures are told apart. */
export class EnapterApiError extends NodeApiError {
	// Private, so that n8n does not store it with the execution a second time.
	readonly #failure: RequestFailure;

	constructor(node: INode, failure: RequestFailure) {
		const message = sentences(failure.reason);
		super(
			node,
			{},
			{
				message,
				// The editor shows a description as HTML: what a server wrote must not become a heading or a link there.
				description: withoutTags(sentences(failure.advice, ...(failure.aftermath ?? []), ...failure.details)),
				...(failure.status === undefined ? {} : { httpCode: String(failure.status) }),
			},
		);
		// n8n replaces messages that hold EPERM, ENOENT and the like, which a device's slug may well do.
		this.message = message;
		this.messages = [];
		this.#failure = failure;
	}

	/** Status of the response; none when there was none. */
	get status(): number | undefined {
		return this.#failure.status;
	}

	/** What the API calls its reason, where it does. */
	get code(): string | undefined {
		return this.#failure.code;
	}

	/** Whether the API itself says that what was asked for is not there. */
	get isNotFound(): boolean {
		return this.#failure.status === 404 && this.#failure.isFromApi;
	}

	/** Whether the API itself refused, so that asking for less may help. */
	get isRefusal(): boolean {
		const { status = 0, isFromApi } = this.#failure;
		return isFromApi && status >= 400 && status < 500 && status !== 429;
	}

	/** Whether the API may have carried the request out all the same. */
	get isOutcomeUnknown(): boolean {
		return !this.#failure.isOutcomeKnown;
	}

	/** What is not as before although the request failed, or may not be. */
	get aftermath(): string[] {
		return this.#failure.aftermath ?? [];
	}

	/** Whether a response that was as expected tells of it, as of a device's own failure. */
	get isReported(): boolean {
		return this.#failure.isFromApi && this.#failure.status === undefined;
	}

	/** The same failure in other words, as an error of its own: several items can share this one. */
	with(change: Partial<RequestFailure>): EnapterApiError {
		return new EnapterApiError(this.node, { ...this.#failure, ...change });
	}

	/** The same failure with more of what helps, as an error of its own. */
	withDetails(...details: string[]): EnapterApiError {
		return this.with({ details: [...details, ...this.#failure.details] });
	}

	/** The same failure with more that is not as before, as an error of its own. */
	withAftermath(...aftermath: string[]): EnapterApiError {
		return this.with({ aftermath: [...aftermath, ...this.aftermath] });
	}
}

/** An item that ended halfway, because the run was stopped. */
export class HalfwayError extends UserError {
	/** @param aftermath what is not as before */
	constructor(
		message: string,
		readonly aftermath: string[],
	) {
		super(sentences(message, ...aftermath));
	}
}

/** What is not as before although an item failed, or may not be. */
export function aftermathOf(error: unknown): string[] {
	return error instanceof EnapterApiError || error instanceof HalfwayError ? error.aftermath : [];
}

/** A request that did not leave, because the run was stopped before. */
export class NotSentError extends Error {
	constructor() {
		// Spelt as n8n looks for it, to show the run as canceled and not as failed.
		super('The execution was canceled');
	}
}

/** Whether the API itself says that what was asked for is not there. */
export function isNotFound(error: unknown): boolean {
	return error instanceof EnapterApiError && error.isNotFound;
}

/** Redacts a secret in the texts of a failure. */
export function redactFailure(failure: RequestFailure, secret: string): RequestFailure {
	return {
		...failure,
		reason: redactText(failure.reason, secret),
		advice: redactText(failure.advice, secret),
		details: failure.details.map((detail) => redactText(detail, secret)),
		aftermath: (failure.aftermath ?? []).map((text) => redactText(text, secret)),
	};
}
