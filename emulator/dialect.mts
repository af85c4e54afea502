import { Random } from './random.mts';

/** One thing that the API reference leaves open. */
interface Question {
	question: string;
	/** Possible answers. The first is the default. */
	possibilities: readonly [string, ...string[]];
	/** Where the reference leaves it open: its section, and what it says there. */
	source: string;
}

/**
 * Every open question of the API reference that concerns an endpoint of the emulator. To add one, add an entry here,
 * read it where the response is made (`fleet.dialect`), and add its row to the README and its test.
 */
export const DIALECTS = {
	// Lists
	emptyList: {
		question: 'How does a list without entries, or past its end, look?',
		possibilities: ['list', 'missing', 'null'],
		source: '1.5: the list key can be missing when empty',
	},
	totalCount: {
		question: 'What is `total_count` of devices and sites?',
		possibilities: ['exact', 'missing', 'null', 'zero', 'tooLow', 'tooHigh', 'alternating'],
		source: '1.5: no client relies on it',
	},
	executionTotalCount: {
		question: 'Does a list of executions have a `total_count`?',
		possibilities: ['missing', 'exact', 'tooLow', 'zero'],
		source: '2.3: the answer is `{executions}`; 1.5: lists have one',
	},
	pageSize: {
		question: 'How many entries does a page have, by default and at most?',
		possibilities: ['50', '20', '100'],
		source: '1.5: server default and maximum unknown',
	},
	limitTooHigh: {
		question: 'What happens to a `limit` above the maximum? (At least 50 is always accepted.)',
		possibilities: ['capped', 'rejected'],
		source: '5: maximum `limit` unknown; 1.5: enapter-cli never asks for more than 50',
	},
	pageOverlap: {
		question: 'Does a page repeat the last entry of the page before?',
		possibilities: ['none', 'one'],
		source: '1.5: pages can overlap while devices change',
	},
	executionOrder: {
		question: 'In which order are executions listed without `order`?',
		possibilities: ['oldestFirst', 'newestFirst'],
		source: '2.3: CREATED_AT_ASC is the default of the SDK',
	},
	nameFilter: {
		question: 'Which name does `name.in` compare for a command that was sent by its alias?',
		possibilities: ['either', 'sentName', 'manifestName'],
		source: '2.3: "command names" (inferred)',
	},

	// Values
	enumCase: {
		question: 'In which case are types, roles, states and protocols?',
		possibilities: ['upper', 'lower'],
		source: '1.3: upper case in docs and SDK, lower case in the mock server',
	},
	timestamps: {
		question: 'How precise are times in RFC 3339? (`trimmed`: without trailing zeros, as Go writes them)',
		possibilities: ['microseconds', 'milliseconds', 'seconds', 'trimmed'],
		source: '1.3: up to microseconds',
	},
	updatedAt: {
		question: 'What is `updated_at` of a device?',
		possibilities: ['text', 'unixSeconds'],
		source: '2.1: integer epoch in old drafts',
	},
	coordinates: {
		question: 'What are the coordinates of a site?',
		possibilities: ['number', 'text', 'null', 'missing', 'noLocation'],
		source: '2.8, 5.4: string or float; section 4: null; `location` optional',
	},
	extraFields: {
		question:
			'Do devices, sites, executions and configurations have a field that the reference does not know?',
		possibilities: ['none', 'some'],
		source: '2.8: drafts add fields; section 4: new values with each SDK release',
	},
	clock: {
		question: "How far is the API's clock from the client's? (3 minutes)",
		possibilities: ['exact', 'ahead', 'behind'],
		source: '1.3: times are those of the server (inferred)',
	},
	dateHeader: {
		question:
			'Does a response have a `Date` header? (`wrong`: 5 minutes from the clock that dates executions)',
		possibilities: ['present', 'missing', 'wrong'],
		source: '1.3: no source mentions it (inferred)',
	},

	// Devices
	connectivity: {
		question: 'What is `connectivity` of a device whose connectivity is unknown?',
		possibilities: ['status', 'empty', 'missing', 'null'],
		source: '2.1: `{}` without `status` occurs',
	},
	slug: {
		question: 'What is `slug` of a device that was not given one? (Devices whose ID ends with an odd digit)',
		possibilities: ['text', 'null', 'missing', 'empty'],
		source: '2.1: required by the SDK; 2.7: optional when a device is created',
	},
	shownSlug: {
		question:
			'Does a response repeat the slug of a device? (`otherCase`: in upper case; slugs are found in any case)',
		possibilities: ['exact', 'missing', 'otherCase'],
		source: '2.1: required by the SDK; 1.7: whether case matters is unknown (inferred)',
	},
	blueprintId: {
		question: 'What is `blueprint_id` of a UCM? (With `null` and `missing` it has no manifest either)',
		possibilities: ['id', 'null', 'missing'],
		source: '2.1: required by the SDK; 2.7: absent when a UCM is created',
	},
	raisedAlertNames: {
		question: 'What is `raised_alert_names` without raised alerts?',
		possibilities: ['list', 'missing', 'null'],
		source: '2.1: may be missing or null',
	},
	expandRaisedAlertNames: {
		question: 'Is `expand=raised_alert_names` known? (`rejected`: 400)',
		possibilities: ['served', 'ignored', 'rejected'],
		source: '2.1: in the SDK since 2026-04, not in the docs',
	},
	upstreamId: {
		question: 'What is `upstream_id` of a device without upstream?',
		possibilities: ['missing', 'null', 'empty'],
		source: '2.1: optional',
	},
	implementedProfiles: {
		question: 'When does a device have `implemented_profiles`?',
		possibilities: ['ifAny', 'always', 'never'],
		source: '2.1: optional, absent from the samples',
	},
	properties: {
		question: 'What is in `properties`? (`undeclared`: also keys that the manifest does not have)',
		possibilities: ['declared', 'undeclared', 'null'],
		source: '2.1: can hold keys the manifest does not declare',
	},
	idCase: {
		question: 'Must the ID of a device be in its own case?',
		possibilities: ['exact', 'any'],
		source: '1.7: a UUID (inferred)',
	},
	changeExpand: {
		question: 'Do PATCH and assign_blueprint respond with the fields of `expand`?',
		possibilities: ['served', 'ignored'],
		source: '2.2: the answer is `{device}`',
	},
	unchangedUpdate: {
		question: 'Does a PATCH that changes nothing change `updated_at`?',
		possibilities: ['keepsTime', 'newTime'],
		source: '4: the SDK sends no empty update (inferred)',
	},
	slugInUse: {
		question: 'With which status is a slug in use refused?',
		possibilities: ['409', '422', '400'],
		source: '1.4, 2.7: 409 inferred',
	},
	deleteBody: {
		question: 'What is the body of a successful DELETE? (`204`: none, with status 204)',
		possibilities: ['object', 'empty', '204', 'result', 'null', 'device'],
		source: '2.2, 5: success body of DELETE unknown',
	},
	upstreamDelete: {
		question:
			'What happens when a device with dependents is deleted? (`orphans`: its dependents stay; `cascade`: they are deleted too)',
		possibilities: ['422', '409', '400', 'orphans', 'cascade'],
		source: '2.2: refused, the status is not stated',
	},
	configRefusal: {
		question: 'With which status is generate_config refused for UCM_LUA, UCM_EMBEDDED and LINK?',
		possibilities: ['422', '409', '400'],
		source: '2.2: refused, the status is not stated',
	},
	configPorts: {
		question: 'What are the ports of a configuration?',
		possibilities: ['number', 'text'],
		source: '2.2: may be strings',
	},
	timeSyncProtocol: {
		question: 'In which case is `time_sync_protocol`?',
		possibilities: ['upper', 'lower'],
		source: '2.2: lower or upper case',
	},
	assignableTypes: {
		question: 'Which devices can be assigned a blueprint? (The others: 422)',
		possibilities: ['all', 'luaAndStandalone'],
		source: '2.2: vscode offers it for LUA and STANDALONE devices only',
	},
	unknownBlueprint: {
		question: 'With which status is an unknown blueprint refused?',
		possibilities: ['400', '404', '422'],
		source: '2.2: not stated',
	},

	// Manifests
	manifestForm: {
		question: 'In which form are manifests? (`mixed`: some as their authors wrote them, some compiled)',
		possibilities: ['mixed', 'source', 'compiled'],
		source: '3.1: accept both forms',
	},
	emptySections: {
		question: 'How does a section of a manifest without entries look? (`mixed`: as its author wrote it)',
		possibilities: ['mixed', 'null', 'missing', 'empty'],
		source: '3.1: sections may be missing or null',
	},
	manifestEndpoint: {
		question: 'Does `GET /v3/devices/{id}/manifest` exist? (`missing`: 404)',
		possibilities: ['served', 'missing'],
		source: '1.9, 2.1: undocumented, on Gateways inferred',
	},

	// Commands
	offlineCommand: {
		question:
			'What happens to a command for a device that is not online? (`byStatus`: TIMEOUT if OFFLINE, UNSYNC if UNKNOWN; a number: refused)',
		possibilities: ['byStatus', 'timeout', 'unsync', 'error', '400', '409', '422'],
		source: '2.3: no source says; 5: meaning of UNSYNC unknown',
	},
	unknownCommand: {
		question: 'With which status is a command refused that the blueprint does not have?',
		possibilities: ['422', '400', '404'],
		source: '2.3: 400 or 422 inferred',
	},
	badArguments: {
		question:
			'What happens to arguments that do not fit the manifest? (`deviceError`: state ERROR; `accepted`: nobody checks)',
		possibilities: ['deviceError', '400', '422', 'accepted'],
		source: '3.4, 5: behaviour of `min`, `max` and `required` on the server unknown',
	},
	argumentEcho: {
		question:
			'What are `arguments` of an execution? (`withDefaults`: the server adds the defaults, and the device gets them)',
		possibilities: ['asSent', 'withDefaults', 'missing', 'null'],
		source: '3.4, 5: behaviour of `default` on the server unknown',
	},
	argumentOrder: {
		question: 'In which order are the arguments of an execution, at every level?',
		possibilities: ['asSent', 'sorted', 'reversed'],
		source: '2.3: an object (inferred)',
	},
	argumentNumbers: {
		question: 'How are whole numbers in the arguments of an execution written? (`decimals`: 5.0)',
		possibilities: ['asSent', 'decimals'],
		source: '2.3: JSON (inferred)',
	},
	sensitiveArguments: {
		question: 'What do executions show of sensitive arguments?',
		possibilities: ['stars', 'clear', 'removed', 'null'],
		source: '3.4: hidden in command logs, not how',
	},
	executionDeviceId: {
		question: 'Does an execution have a `device_id`?',
		possibilities: ['present', 'missing'],
		source: '2.3, 5.7: absent from the docs sample',
	},
	manifestName: {
		question: 'Does the request of an execution have a `manifest_name`?',
		possibilities: ['present', 'missing'],
		source: '2.3: optional',
	},
	emptyResponse: {
		question:
			'What is `response` of an execution that has none yet, and `payload` of a response without one?',
		possibilities: ['missing', 'null'],
		source: '2.3: absent; optional',
	},
	ephemeralField: {
		question: 'Does an execution have the field `ephemeral`?',
		possibilities: ['missing', 'present'],
		source: '2.3: draft only',
	},

	// Telemetry
	latestKeys: {
		question: 'Which keys do devices have in the latest telemetry?',
		possibilities: ['asAsked', 'id', 'slug'],
		source: '1.7, 5: whether slugs are echoed is unknown',
	},
	unknownDevice: {
		question:
			'What happens to an unknown device in the latest telemetry? (`404`: the whole request is refused)',
		possibilities: ['404', 'warning', 'leftOut', 'empty'],
		source: '2.4: not stated',
	},
	unknownAttribute: {
		question:
			'What happens to an unknown attribute in the latest telemetry? (A number: the whole request is refused)',
		possibilities: ['warning', 'leftOut', '400', '404'],
		source: '2.4: a warning, e.g. attribute not found',
	},
	unreadableAttribute: {
		question: 'What happens to an attribute above the role in the latest telemetry?',
		possibilities: ['warning', 'leftOut', '403'],
		source: '1.8: left out of time series; otherwise not stated',
	},
	missingValue: {
		question: 'How does an attribute without a recent value look in the latest telemetry?',
		possibilities: ['warning', 'leftOut', 'empty', 'null'],
		source: '2.4: counts as missing; the SDK treats no timestamp as no value',
	},
	latestDevices: {
		question: 'How many devices can one request for the latest telemetry name? (More: 400)',
		possibilities: ['any', '10'],
		source: '2.4: 10 in version 1, version 3 states none',
	},
	seriesKeys: {
		question: 'How does the header row of a time series name devices?',
		possibilities: ['asAsked', 'id', 'slug'],
		source: '1.7, 5: whether slugs are echoed is unknown',
	},
	seriesUnknownAttribute: {
		question: 'What does a time series with known and unknown attributes return?',
		possibilities: ['leftOut', 'emptyColumn', '404'],
		source: '2.4: an error; how many must be unknown is not stated',
	},
	seriesTypes: {
		question: 'How is `X-Enapter-Timeseries-Data-Types` sent?',
		possibilities: ['repeated', 'joined'],
		source: '2.4: repeated headers or one list with commas',
	},
	seriesLabels: {
		question: 'Which labels does the header row of a time series have?',
		possibilities: ['all', 'deviceAndTelemetry', 'reordered'],
		source: '2.4: one sample; only `device` and `telemetry` are relied on',
	},
	seriesColumns: {
		question: 'In which order are the columns of a time series?',
		possibilities: ['asAsked', 'reversed'],
		source: '2.4: each requested attribute gives one column (order inferred)',
	},
	seriesSteps: {
		question: 'Where do the steps of a time series start?',
		possibilities: ['multiples', 'from'],
		source: '2.4: start of the bucket (inferred)',
	},
	seriesEmptySteps: {
		question: 'Does a time series have rows for steps without any value?',
		possibilities: ['leftOut', 'rows'],
		source: '2.4: an empty field is no value (inferred)',
	},
	seriesNoData: {
		question: 'What is the body of a time series without any value?',
		possibilities: ['empty', 'headerRow'],
		source: '2.4: Content-Length 0, known from one client',
	},
	seriesBooleans: {
		question: 'How are booleans written in a time series?',
		possibilities: ['words', 'digits'],
		source: '2.4: true/false, also 1/0',
	},
	seriesLineEnds: {
		question: 'How do the lines of a time series end?',
		possibilities: ['lf', 'crlf'],
		source: '2.4: CSV (inferred)',
	},

	// Configuration
	configurationOffline: {
		question:
			'What happens to a configuration request for a device that is not online? (`hang`: no response; `accepted`: as if it were online)',
		possibilities: ['422', '504', 'hang', 'accepted'],
		source: '2.2, 5: unknown; a refusal or a timeout inferred',
	},
	configurationRefusal: {
		question:
			'With which status is an unknown parameter refused, or a value that does not fit its declaration?',
		possibilities: ['400', '422'],
		source: '2.2: not stated',
	},
	configurationAnswer: {
		question:
			'What do PATCH and reset_all of a configuration respond with? (`changed`: the changed parameters; `empty`: no body)',
		possibilities: ['group', 'changed', 'empty'],
		source: '2.2: `{configuration}` after the change',
	},
	sensitiveValues: {
		question: 'How are the values of sensitive parameters shown?',
		possibilities: ['stars', 'null', 'empty', 'missing'],
		source: '2.2: hidden, not how',
	},
	unsetParameters: {
		question: 'How does a parameter without a value and without a default look?',
		possibilities: ['missing', 'null'],
		source: '2.2: disappears after reset_all',
	},
	configurationNumbers: {
		question: 'How are whole numbers of float parameters written? (`decimals`: 5.0)',
		possibilities: ['plain', 'decimals'],
		source: '2.2: JSON (inferred)',
	},

	// Logs
	logSeverity: {
		question: 'In which case is the severity of a log entry?',
		possibilities: ['lower', 'upper'],
		source: '2.5: known from clients only',
	},
	logSeverityFilter: {
		question: 'Which log entries does `severity` find? (`minimum`: also those of higher severity)',
		possibilities: ['exact', 'minimum'],
		source: '2.5: not stated',
	},
	logTimestamp: {
		question: 'What is `timestamp` of a log entry, which is a string?',
		possibilities: ['rfc3339', 'unixSeconds'],
		source: '2.5: a string; 2.6: Unix seconds in the live stream',
	},
	logReceivedTo: {
		question: 'Does `received_at_to` include entries received exactly then?',
		possibilities: ['exclusive', 'inclusive'],
		source: '2.5: not stated',
	},
	logTotalCount: {
		question: 'Does a list of log entries have a `total_count`?',
		possibilities: ['missing', 'exact', 'tooLow', 'zero'],
		source: '2.5: the answer is `{logs}`; 1.5: lists have one',
	},

	// Provisioning and sites
	provisioningAnswer: {
		question:
			'What does provisioning respond with? (`more`: also name and slug; `device`: also the whole device)',
		possibilities: ['deviceId', 'more', 'device'],
		source: '2.7: `{device_id, …}`',
	},
	provisioningReference: {
		question: 'With which status is an unknown site, runtime or blueprint refused when a device is created?',
		possibilities: ['400', '404'],
		source: '2.7: not stated',
	},
	provisioningUcmSlug: {
		question: 'Is a `slug` used when a UCM is created?',
		possibilities: ['ignored', 'applied'],
		source: '2.7: not among the fields of `ucm` and `vucm`',
	},
	reprovisionedName: {
		question: 'Does a UCM that is provisioned again keep its name?',
		possibilities: ['kept', 'replaced'],
		source: '2.7: only new credentials are stated',
	},
	gatewaySites: {
		question: 'Does a Gateway have `GET /v3/sites`? (`missing`: 404)',
		possibilities: ['served', 'missing'],
		source: '1.9: not listed; the SDK uses it',
	},

	// Errors
	errorBody: {
		question: 'What is the body of an error?',
		possibilities: ['full', 'noCode', 'noMessage', 'several', 'emptyList', 'text', 'empty'],
		source: '1.4: code and message often absent; empty lists and other bodies occur',
	},
	missingToken: {
		question: 'What happens to a request without a token? (`emptyLists`: anonymous, sees no device)',
		possibilities: ['401', '403', '404', 'emptyLists'],
		source: '1.2, 5.13: 401, or an anonymous user',
	},
	gatewayHttp: {
		question: 'What does a Gateway do with http without `X-Enapter-Allow-HTTP`?',
		possibilities: ['redirect', 'served'],
		source: '1.1: redirect inferred',
	},
} as const satisfies Record<string, Question>;

type Key = keyof typeof DIALECTS;

/** How the API behaves where its reference leaves that open. */
export type Dialect = { [K in Key]: (typeof DIALECTS)[K]['possibilities'][number] };

const KEYS = Object.keys(DIALECTS) as Key[];

function build(choose: (possibilities: readonly string[]) => string | undefined): Dialect {
	const entries = KEYS.map((key) => [key, choose(DIALECTS[key].possibilities)]);
	return Object.fromEntries(entries) as Dialect;
}

/** Returns the first possibility of every question, except those in `chosen`. */
export function createDialect(chosen: Partial<Dialect> = {}): Dialect {
	return { ...build(([first]) => first), ...chosen };
}

/**
 * Draws one possibility for every question, except those in `chosen`. `random` is a seed, for the same dialect
 * every time, or a function that returns numbers from 0 up to, not including, 1.
 */
export function randomDialect(random: number | (() => number), chosen: Partial<Dialect> = {}): Dialect {
	const generator = new Random(typeof random === 'number' ? random : 0);
	const next = typeof random === 'number' ? () => generator.next() : random;
	return { ...build((possibilities) => possibilities[Math.floor(next() * possibilities.length)]), ...chosen };
}

/** Reads one `key=value`. Throws if there is no such question or possibility. */
export function parseDialect(text: string): Partial<Dialect> {
	const [name = '', value = ''] = text.split('=', 2);
	const key = KEYS.find((known) => known === name);
	if (!key) throw new Error(`Unknown dialect "${name}". Known: ${KEYS.join(', ')}`);
	const possibilities: readonly string[] = DIALECTS[key].possibilities;
	if (possibilities.includes(value)) return { [key]: value };
	throw new Error(`Dialect ${key} must be one of ${possibilities.join(', ')}`);
}
