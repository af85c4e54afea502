import type { Emulator } from '../../emulator/server.mts';
import { RESOURCES } from '../../nodes/EnapterDevice/resources/index.ts';
import type { Operation } from '../../nodes/EnapterDevice/execution/operation.ts';

/** A weather station, which every operation works on: nothing runs on it, and it connects by itself. */
export const DEVICE = 'weather-station-1';

/** What the tests that loop over operations have to know of one. */
interface Example {
	/** What it needs besides the device, valid for a weather station. Expressions read what {@link item} gives. */
	parameters: Record<string, unknown>;
	/** The request that does its work. `ID` stands for the device's ID, or for the site's where {@link ofSites}. */
	request: string;
	/** Whether carrying that request out twice is the same as once. */
	isIdempotent: boolean;
	/** Whether it changes something. */
	changesSomething?: boolean;
	/** Whether, instead of sending a request of unknown outcome again, it looks for what the request has done. */
	looksForOutcome?: boolean;
	/** Whether its items follow each other. */
	isSequential?: boolean;
	/** Whether its items are told apart by sites. */
	ofSites?: boolean;
	/** Whether it may put out several items for one, or none. */
	putsOutSeveral?: boolean;
	/** How many items have a request of their own, where more share one. */
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

const ARGUMENTS = { interval: 60 };

const SET_REPORTING = {
	commandName: 'set_reporting',
	argumentsMode: 'json',
	argumentsJson: JSON.stringify(ARGUMENTS),
};

const EXAMPLES: Record<string, Example> = {
	'command.execute': {
		parameters: SET_REPORTING,
		request: 'POST /v3/devices/ID/execute_command',
		changesSomething: true,
		isIdempotent: false,
		looksForOutcome: true,
	},
	'command.get': {
		parameters: { executionId: '={{ $json.executionId }}' },
		request: 'GET /v3/devices/ID/command_executions/',
		isIdempotent: true,
		item: (emulator, deviceId) => ({ executionId: executed(emulator, deviceId) }),
	},
	'command.getAll': {
		parameters: { limit: 1 },
		request: 'GET /v3/devices/ID/command_executions?',
		isIdempotent: true,
		putsOutSeveral: true,
		item: (emulator, deviceId) => ({ executionId: executed(emulator, deviceId) }),
	},
	'device.assignBlueprint': {
		parameters: { blueprintId: '2c6e8b57-9d1a-4e3f-b842-7a5d1c0f9b33' },
		request: 'POST /v3/devices/ID/assign_blueprint',
		changesSomething: true,
		isIdempotent: true,
	},
	'device.delete': {
		parameters: {},
		request: 'DELETE /v3/devices/ID',
		changesSomething: true,
		isIdempotent: true,
	},
	'device.generateConfig': {
		parameters: { protocol: 'MQTT' },
		request: 'POST /v3/devices/ID/generate_config',
		changesSomething: true,
		isIdempotent: false,
		isSequential: true,
	},
	'device.get': { parameters: {}, request: 'GET /v3/devices/ID', isIdempotent: true, fewItems: 2 },
	'device.getAll': {
		parameters: {
			limit: 1,
			filters: { siteId: '={{ $json.site ?? "a2f2c5e7-054a-43db-8402-3fe6006936b2" }}' },
		},
		request: 'GET /v3/sites/ID/devices?',
		isIdempotent: true,
		putsOutSeveral: true,
		ofSites: true,
	},
	'device.update': {
		parameters: { updateFields: { name: 'Renamed' } },
		request: 'PATCH /v3/devices/ID',
		changesSomething: true,
		isIdempotent: true,
	},
	'telemetry.getLatest': {
		parameters: { attributes: ['status'] },
		request: 'GET /v3/telemetry/latest',
		isIdempotent: true,
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
		putsOutSeveral: true,
		fewItems: 1,
	},
};

/** Every operation of the node. One without an example makes all tests that loop over them fail. */
export const OPERATIONS: OperationExample[] = RESOURCES.flatMap(({ option, operations }) =>
	operations.map((operation) => {
		const resource = String(option.value);
		const name = `${resource}.${String(operation.option.value)}`;
		const example = EXAMPLES[name];
		if (example === undefined) throw new Error(`test/support/operations.mts has no example of ${name}`);
		const takesDevice = operation.fields.some((field) => field.name === 'deviceId');
		return {
			...example,
			name,
			resource,
			operation,
			parametersFor: (deviceId) => ({
				resource,
				operation: operation.option.value,
				...(takesDevice ? { deviceId } : {}),
				...example.parameters,
			}),
		};
	}),
);

/** The operations that are about one device. */
export const DEVICE_OPERATIONS = OPERATIONS.filter(({ operation }) =>
	operation.fields.some(({ name }) => name === 'deviceId'),
);

/** The ID of an execution of a command on a device. */
function executed({ executions, fleet }: Emulator, deviceId: string): string {
	const [present] = executions.all.filter(({ device_id }) => device_id === deviceId);
	if (present !== undefined) return present.id;
	const request = { name: SET_REPORTING.commandName, arguments: ARGUMENTS, ephemeral: false };
	return executions.begin(fleet.get(deviceId), request, 'OWNER').id;
}
