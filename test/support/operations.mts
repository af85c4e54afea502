import { readConfiguration } from '../../emulator/configuration.mts';
import { executionView } from '../../emulator/executions.mts';
import type { Emulator } from '../../emulator/server.mts';
import { deviceView } from '../../emulator/view.mts';
import { RESOURCES } from '../../nodes/EnapterDevice/resources/index.ts';
import type { Operation } from '../../nodes/EnapterDevice/execution/operation.ts';

/** A weather station, which every operation works on: it has no dependents, and connects by itself. */
export const DEVICE = 'weather-station-1';

/** What the tests that loop over operations must know of one. */
interface Example {
	/** What it needs besides the device, valid for a weather station. Expressions read the fields of {@link item}. */
	parameters: Record<string, unknown>;
	/**
	 * The request that does its work: method, space, and how its path starts. `ID` stands for the device's ID, or for the site's with
	 * {@link ofSites}.
	 */
	request: string;
	/** Whether sending that request twice has the same effect as once. */
	isIdempotent: boolean;
	/**
	 * The fields that the first output item of an input item must have: all that the schema names, except those of
	 * {@link Example.added}. Called after the run.
	 *
	 * @param item the fields of the input item
	 */
	output(emulator: Emulator, deviceId: string, item: Record<string, unknown>): Record<string, unknown>;
	/** Options that add fields to the output, and these fields, which the schema names, too. */
	added?: { options: Record<string, unknown>; output: Record<string, unknown> };
	/** Whether it changes something. */
	changesSomething?: boolean;
	/** Whether it reads something first, without which it changes nothing. */
	readsFirst?: boolean;
	/** Its message if it looked for the result of a request of unknown outcome, instead of sending it again, and found none. */
	looksForOutcome?: RegExp;
	/** Whether a request that takes long leaves its slot to others. */
	leavesSlot?: boolean;
	/** Whether its items differ by site. */
	ofSites?: boolean;
	/** Whether it may output several items for one, or none. */
	outputsSeveral?: boolean;
	/** How many items have a request of their own, if more share one. */
	fewItems?: number;
	/** More fields of the item for a device. */
	item?(emulator: Emulator, deviceId: string): Record<string, unknown>;
}

/** One operation of the node, with its example. */
export interface OperationExample extends Example {
	/** `resource.operation` */
	name: string;
	resource: string;
	operation: Operation;
	/** Parameters of the node for one device, by ID, slug or expression. */
	parametersFor(deviceId: unknown): Record<string, unknown>;
}

/** The site of the weather stations, and their blueprint. */
const SITE = 'a2f2c5e7-054a-43db-8402-3fe6006936b2';
const BLUEPRINT = '9c0e7a91-3f2b-4d8e-80b9-4b2e8d7a6caa';

const ARGUMENTS = { interval: 60 };

const SET_REPORTING = {
	commandName: 'set_reporting',
	argumentsMode: 'json',
	argumentsJson: JSON.stringify(ARGUMENTS),
};

const anyText = expect.stringMatching(/./) as string;

type Fields = Record<string, unknown>;

/** What the API shows, as JSON. */
const asJson = (view: object) => JSON.parse(JSON.stringify(view)) as Fields;

/** A device as the API shows it, without expanded fields. */
const deviceOf = ({ fleet }: Emulator, id: string) => asJson(deviceView(fleet.get(id), fleet, 'OWNER'));

/** The last execution of a command on a device, as the API shows it. */
function executionOf({ executions, dialect }: Emulator, id: string): Fields {
	const last = executions.all.filter(({ device_id }) => device_id === id).at(-1);
	return last === undefined ? { id: 'no execution' } : asJson(executionView(last, false, dialect));
}

/** The configuration that the examples read and change. */
const configurationOf = ({ fleet }: Emulator, id: string) => ({
	device_id: id,
	group: 'reporting',
	configuration: readConfiguration(fleet, fleet.get(id), 'reporting'),
});

const EXAMPLES: Record<string, Example> = {
	'command.execute': {
		parameters: SET_REPORTING,
		request: 'POST /v3/devices/ID/execute_command',
		changesSomething: true,
		isIdempotent: false,
		output: (emulator, id) => ({
			...executionOf(emulator, id),
			state: 'SUCCESS',
			device_name: emulator.fleet.get(id).name,
			command_display_name: 'Set Reporting',
		}),
		looksForOutcome: /is unknown|No execution of this command was found/,
		leavesSlot: true,
		readsFirst: true,
	},
	'command.get': {
		parameters: { executionId: '={{ $json.executionId }}' },
		request: 'GET /v3/devices/ID/command_executions/',
		isIdempotent: true,
		output: (emulator, id, { executionId }) => ({ ...executionOf(emulator, id), id: executionId }),
		item: (emulator, deviceId) => ({ executionId: executed(emulator, deviceId) }),
	},
	'command.getAll': {
		parameters: { limit: 1 },
		request: 'GET /v3/devices/ID/command_executions?',
		isIdempotent: true,
		output: (emulator, id, { executionId }) => ({ ...executionOf(emulator, id), id: executionId }),
		outputsSeveral: true,
		item: (emulator, deviceId) => ({ executionId: executed(emulator, deviceId) }),
	},
	'configuration.get': {
		parameters: { group: 'reporting' },
		request: 'GET /v3/devices/ID/configuration/reporting',
		isIdempotent: true,
		leavesSlot: true,
		output: configurationOf,
	},
	'configuration.reset': {
		parameters: { group: 'reporting' },
		request: 'POST /v3/devices/ID/configuration/reporting/reset_all',
		changesSomething: true,
		readsFirst: true,
		leavesSlot: true,
		isIdempotent: true,
		output: configurationOf,
	},
	'configuration.update': {
		parameters: {
			group: 'reporting',
			parametersMode: 'json',
			parametersJson: JSON.stringify(ARGUMENTS),
		},
		request: 'PATCH /v3/devices/ID/configuration/reporting',
		changesSomething: true,
		readsFirst: true,
		leavesSlot: true,
		isIdempotent: true,
		output: (emulator, id) => ({
			...configurationOf(emulator, id),
			configuration: expect.objectContaining(ARGUMENTS),
		}),
		added: {
			options: { skipIfUnchanged: true },
			output: { changed: true, previous: expect.objectContaining({}) },
		},
	},
	'device.assignBlueprint': {
		parameters: { blueprintId: BLUEPRINT },
		request: 'POST /v3/devices/ID/assign_blueprint',
		changesSomething: true,
		readsFirst: true,
		isIdempotent: true,
		output: (emulator, id) => ({
			...deviceOf(emulator, id),
			blueprint_id: BLUEPRINT,
			previous_blueprint_id: BLUEPRINT,
		}),
		added: { options: { skipIfAssigned: true }, output: { changed: false } },
	},
	'device.create': {
		parameters: {
			deviceType: 'standalone',
			name: 'New station',
			siteId: SITE,
			additionalFields: { slug: '={{ $json.slug ?? "new-" + $json.id }}' },
		},
		// The same for all devices.
		request: 'POST /v3/provisioning/standalone',
		changesSomething: true,
		isIdempotent: false,
		output: (emulator, _id, { slug }) => ({ ...deviceOf(emulator, String(slug)), name: 'New station' }),
		added: { options: { skipIfExists: true }, output: { created: true } },
		looksForOutcome: /It is unknown whether .* was created/,
		readsFirst: true,
		fewItems: 1,
		item: (_emulator, deviceId) => ({ slug: `new-${deviceId}` }),
	},
	'device.delete': {
		parameters: {},
		request: 'DELETE /v3/devices/ID',
		changesSomething: true,
		readsFirst: true,
		isIdempotent: true,
		output: (_emulator, id) => ({ id, deleted: true, name: anyText }),
		added: { options: { deleteDependents: true }, output: { deleted_devices: expect.any(Array) } },
	},
	'device.generateConfig': {
		parameters: { protocol: 'MQTT' },
		request: 'POST /v3/devices/ID/generate_config',
		changesSomething: true,
		readsFirst: true,
		isIdempotent: false,
		output: ({ fleet }, id) => ({ device_id: id, config: fleet.configs.get(id) }),
	},
	'device.get': {
		parameters: {},
		request: 'GET /v3/devices/ID',
		isIdempotent: true,
		output: deviceOf,
		fewItems: 2,
	},
	'device.getAll': {
		parameters: {
			limit: 1,
			filters: { siteId: `={{ $json.site ?? "${SITE}" }}` },
		},
		request: 'GET /v3/sites/ID/devices?',
		isIdempotent: true,
		output: (emulator, _id, { site }) =>
			deviceOf(emulator, emulator.fleet.list(String(site ?? SITE))[0]?.id ?? ''),
		outputsSeveral: true,
		ofSites: true,
	},
	'device.update': {
		parameters: { updateFields: { name: 'Renamed' } },
		request: 'PATCH /v3/devices/ID',
		changesSomething: true,
		isIdempotent: true,
		output: (emulator, id) => ({ ...deviceOf(emulator, id), name: 'Renamed' }),
		added: {
			options: { skipIfUnchanged: true },
			output: { changed: true, previous: expect.objectContaining({ name: anyText }) },
		},
	},
	'log.getAll': {
		parameters: { limit: 1 },
		request: 'GET /v3/devices/ID/logs?',
		isIdempotent: true,
		output: (_emulator, id) => ({
			device_id: id,
			received_at: anyText,
			timestamp: anyText,
			severity: anyText,
			message: anyText,
		}),
		outputsSeveral: true,
	},
	'telemetry.getLatest': {
		parameters: { attributes: ['heater'] },
		request: 'GET /v3/telemetry/latest',
		isIdempotent: true,
		output: ({ fleet }, id) => ({ device_id: id, heater: fleet.settings(id)['heater'] }),
		fewItems: 1,
	},
	'telemetry.getTimeSeries': {
		parameters: {
			attributes: ['status'],
			from: '2025-08-04T00:00:00Z',
			to: '2025-08-04T06:00:00Z',
			granularity: 3600,
		},
		request: 'POST /v3/telemetry/query_timeseries',
		isIdempotent: true,
		output: (_emulator, id) => ({
			device_id: id,
			timestamp: expect.stringMatching(/^2025-08-0[34]T\d\d:00:00[+-]/),
			status: anyText,
		}),
		outputsSeveral: true,
		fewItems: 1,
	},
};

/** The operations of the node with their names, `resource.operation`. */
export const NAMED_OPERATIONS = RESOURCES.flatMap(({ option, operations }) =>
	operations.map((operation) => ({
		name: `${String(option.value)}.${String(operation.option.value)}`,
		resource: String(option.value),
		resourceName: option.name,
		operation,
	})),
);

/** The operations that have an example. completeness.test.mts fails for any other. */
export const OPERATIONS: OperationExample[] = NAMED_OPERATIONS.flatMap(({ name, resource, operation }) => {
	const example = EXAMPLES[name];
	if (example === undefined) return [];
	const takesDevice = operation.fields.some(({ property }) => property.name === 'deviceId');
	return {
		...example,
		name,
		resource,
		operation,
		parametersFor: (deviceId: unknown) => ({
			resource,
			operation: operation.option.value,
			...(takesDevice ? { deviceId } : {}),
			...example.parameters,
		}),
	};
});

/** The path of the file that describes the output of an operation. */
export function schemaPath(name: string): string {
	return `nodes/EnapterDevice/__schema__/v1.0.0/${name.replace('.', '/')}.json`;
}

/** The operations that are about one device. */
export const DEVICE_OPERATIONS = OPERATIONS.filter(({ operation }) =>
	operation.fields.some(({ property }) => property.name === 'deviceId'),
);

/** The ID of an execution of a command on a device. */
function executed({ executions, fleet }: Emulator, deviceId: string): string {
	const [present] = executions.all.filter(({ device_id }) => device_id === deviceId);
	if (present !== undefined) return present.id;
	const request = { name: SET_REPORTING.commandName, arguments: ARGUMENTS, ephemeral: false };
	return executions.begin(fleet.get(deviceId), request, 'OWNER').id;
}
