/** What is known about a write after a request: it was not done, it was done, or that is unknown. */
export type Outcome = 'notDone' | 'done' | 'unknown';

/** The response to a request that failed, if there was one. */
export type Reply =
	/** The connection could not be made, so nothing was sent. */
	| 'neverSent'
	/** No response in time, a broken connection, or a response that ended early. */
	| 'noResponse'
	| { status: number; isFromApi: boolean };

/**
 * Decides the outcome of a failed request. It determines whether the request may be retried, whether the next task on
 * the device may start, and what the message says.
 *
 * | response | outcome |
 * |---|---|
 * | none, because the connection could not be made | not done |
 * | none, or only part of one | unknown |
 * | 429, from anybody: rate limits reject requests unseen | not done |
 * | 4xx or 503 with the API's own error body | not done |
 * | anything else: a redirect, a proxy's page, an unexpected body, any other 5xx | unknown |
 */
export function outcomeOf(reply: Reply): Outcome {
	if (reply === 'neverSent') return 'notDone';
	if (reply === 'noResponse') return 'unknown';
	const { status, isFromApi } = reply;
	if (status === 429) return 'notDone';
	const isRefusal = isFromApi && status >= 400 && (status < 500 || status === 503);
	return isRefusal ? 'notDone' : 'unknown';
}
