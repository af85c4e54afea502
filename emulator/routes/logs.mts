import { invalidQuery } from '../apiError.mts';
import { type LogEntry, type LogSeverity, logSeverities } from '../logs.mts';
import type { RequestContext } from '../requestContext.mts';
import { microseconds, timestamp } from '../time.mts';
import { timeText } from '../view.mts';
import { deviceOf, type Handler, type Route } from './route.mts';

/** Milliseconds from `timestamp`, the device's time, to `received_at`. */
const DELAY = 180;

/** Reads a query parameter that has one of `allowed` values, in any case. Throws 400 for any other value. */
function choice<T extends string>(
	context: RequestContext,
	name: string,
	allowed: readonly T[],
): T | undefined {
	const [text = ''] = context.query(name);
	if (text === '') return undefined;
	const found = allowed.find((value) => value.toLowerCase() === text.toLowerCase());
	if (found) return found;
	throw invalidQuery(name, `${name} must be one of ${allowed.join(', ')}`);
}

/** Reads a time in microseconds since 1970. Throws 400 for anything that is not a time. */
function time(context: RequestContext, name: string): number | undefined {
	const [text = ''] = context.query(name);
	if (text === '') return undefined;
	const found = microseconds(text);
	if (found !== undefined) return found;
	throw invalidQuery(name, `${name} must be a time of RFC 3339`);
}

function severityFilter(
	context: RequestContext,
	wanted: LogSeverity | undefined,
): (severity: LogSeverity) => boolean {
	if (wanted === undefined) return () => true;
	if (context.dialect.logSeverityFilter === 'exact') return (severity) => severity === wanted;
	return (severity) => logSeverities.indexOf(severity) >= logSeverities.indexOf(wanted);
}

function entryView({ dialect }: RequestContext, { receivedAt, severity, message }: LogEntry): object {
	const { logSeverity, logTimestamp } = dialect;
	const sentAt = receivedAt - DELAY;
	return {
		received_at: timeText(timestamp(receivedAt), dialect),
		timestamp:
			logTimestamp === 'unixSeconds'
				? String(Math.floor(sentAt / 1000))
				: timeText(timestamp(sentAt), dialect),
		severity: logSeverity === 'upper' ? severity.toUpperCase() : severity,
		message,
	};
}

/** The reference states no role. READONLY is inferred. */
const listLogs: Handler = (context) => {
	const device = deviceOf(context);
	const { logReceivedTo, logTotalCount } = context.dialect;
	const from = time(context, 'received_at_from') ?? -Infinity;
	const to = time(context, 'received_at_to') ?? Infinity;
	const order = choice(context, 'order', ['RECEIVED_AT_ASC', 'RECEIVED_AT_DESC']);
	const show = choice(context, 'show', ['ALL', 'PERSISTED_ONLY', 'TEMPORARY_ONLY']) ?? 'ALL';
	const isWanted = severityFilter(context, choice(context, 'severity', logSeverities));
	const found = context.fleet.logs.of(device).filter((entry) => {
		const receivedAt = microseconds(timestamp(entry.receivedAt)) ?? 0;
		return (
			receivedAt >= from &&
			(receivedAt < to || (receivedAt === to && logReceivedTo === 'inclusive')) &&
			(show === 'ALL' || entry.persisted === (show === 'PERSISTED_ONLY')) &&
			isWanted(entry.severity)
		);
	});
	return context.page(
		'logs',
		order === 'RECEIVED_AT_DESC' ? found.toReversed() : found,
		(entry) => entryView(context, entry),
		logTotalCount,
	);
};

/** Routes below one device. See deviceRoutes. */
export const logRoutes: Route[] = [{ path: '/:device_id/logs', handlers: { GET: listLogs } }];
