import { RESOURCES } from '../../nodes/EnapterDevice/resources/index.ts';
import type { Operation } from '../../nodes/EnapterDevice/execution/operation.ts';

/** What the tests that loop over operations have to know of one. */
interface Example {
	/** What it needs besides a device, none of which needs anything of the emulator but its first fleet. */
	parameters: Record<string, unknown>;
	/** The request that does its work, as a pattern of method and path; `ID` stands for the device's. */
	request: string;
	/** Whether carrying that request out twice is the same as once. */
	isIdempotent: boolean;
}

/** One operation of the node, with its example. */
export interface OperationExample extends Example {
	/** `resource.operation` */
	name: string;
	resource: string;
	operation: Operation;
	/** Parameters of the node for one device, by ID or slug. */
	parametersFor(deviceId: unknown): Record<string, unknown>;
}

const EXAMPLES: Record<string, Example> = {
	'device.assignBlueprint': {
		parameters: { blueprintId: '2c6e8b57-9d1a-4e3f-b842-7a5d1c0f9b33' },
		request: 'POST /v3/devices/ID/assign_blueprint',
		isIdempotent: true,
	},
	'device.delete': { parameters: {}, request: 'DELETE /v3/devices/ID', isIdempotent: true },
	'device.generateConfig': {
		parameters: { protocol: 'MQTT' },
		request: 'POST /v3/devices/ID/generate_config',
		isIdempotent: false,
	},
	'device.get': { parameters: {}, request: 'GET /v3/devices/ID', isIdempotent: true },
	'device.getAll': { parameters: { limit: 5 }, request: 'GET /v3/devices', isIdempotent: true },
	'device.update': {
		parameters: { updateFields: { name: 'Renamed' } },
		request: 'PATCH /v3/devices/ID',
		isIdempotent: true,
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
