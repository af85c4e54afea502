import { randomUUID } from 'node:crypto';
import { refused } from './apiError.mts';
import { checkArguments } from './arguments.mts';
import type { CommandInput, CommandOutcome } from './behavior.mts';
import type { Dialect } from './dialect.mts';
import type { Fleet } from './fleet.mts';
import { JsonNumber, withDecimals } from './json.mts';
import type { ConnectivityStatus, Device, ManifestArgument, ManifestCommand } from './model.mts';
import { latest } from './readings.mts';
import { requireRole, type Role } from './roles.mts';
import { timestamp } from './time.mts';
import { enumText, extraFields, timeText } from './view.mts';

/** Source: Enapter's documentation; UNSYNC and `manifest_name`: python-sdk 0.24. */
export type ExecutionState = 'NEW' | 'IN_PROGRESS' | 'SUCCESS' | 'ERROR' | 'TIMEOUT' | 'UNSYNC';

export interface ExecutionResponse {
	state: 'STARTED' | 'IN_PROGRESS' | 'SUCCEEDED' | 'ERROR';
	payload?: Record<string, unknown>;
	received_at: string;
}

export interface Execution {
	id: string;
	device_id: string;
	site_id: string;
	state: ExecutionState;
	created_at: string;
	/** `manifest_name` is the command's own name, also if `name` is an alias. Sensitive arguments are hidden. */
	request: { name: string; arguments: Record<string, unknown>; manifest_name: string };
	/** Oldest first. */
	log: ExecutionResponse[];
	ephemeral: boolean;
}

export interface CommandRequest {
	name: string;
	arguments: Record<string, unknown>;
	ephemeral: boolean;
}

export interface Hold {
	/** The held executions. */
	readonly executions: ReadonlyArray<Readonly<Execution>>;
	/** Lets the held executions end, with this outcome if there is one, and stops holding. */
	release(outcome?: CommandOutcome): void;
}

interface Match {
	/** ID or slug. */
	device?: string;
	/** The command's own name. */
	name?: string;
}

type End = (outcome?: CommandOutcome) => void;

/** All executions in the order of creation, and how long commands take. */
export class Executions {
	/** Milliseconds that a simple command takes, and each step of a longer one. With 0 all commands end at once. */
	duration = 200;
	/** Milliseconds after which the platform stops waiting for a device. The real value is undocumented. */
	timeout = 10_000;
	readonly #fleet: Fleet;
	readonly #executions = new Map<string, Execution>();
	readonly #waiting = new Map<string, Array<() => void>>();
	readonly #holds = new Set<{ match: Match; held: Map<Execution, End> }>();

	constructor(fleet: Fleet) {
		this.#fleet = fleet;
	}

	/** All executions, including ephemeral ones. */
	get all(): ReadonlyArray<Readonly<Execution>> {
		return [...this.#executions.values()];
	}

	find(id: string): Readonly<Execution> | undefined {
		return this.#executions.get(id);
	}

	/** Holds new executions that match (all if `match` is empty): they start, and end only when they are released. */
	hold(match: Match = {}): Hold {
		const hold = { match, held: new Map<Execution, End>() };
		this.#holds.add(hold);
		return {
			get executions() {
				return [...hold.held.keys()];
			},
			release: (outcome) => {
				this.#holds.delete(hold);
				const held = [...hold.held.values()];
				hold.held.clear();
				for (const end of held) end(outcome);
			},
		};
	}

	/** Releases all held executions. */
	releaseAll(): void {
		const holds = [...this.#holds];
		this.#holds.clear();
		for (const { held } of holds) for (const end of held.values()) end();
	}

	/** Removes all executions, including running ones. */
	clear(): void {
		this.#executions.clear();
	}

	/**
	 * Starts a command. Its changes are visible when it has ended. Throws 403 if the role is below the command's. Refuses,
	 * as the dialect says, an unknown command, invalid arguments, and a device that is not online.
	 */
	begin(device: Readonly<Device>, request: CommandRequest, role: Role): Readonly<Execution> {
		const [name, command] = this.#commandOf(device, request.name);
		requireRole(role, (command.access_level ?? 'user').toUpperCase() as Role);
		const { dialect } = this.#fleet;
		const isOnline = device.connectivity.status === 'ONLINE';
		if (!isOnline && /^\d/.test(dialect.offlineCommand)) {
			throw refused(Number(dialect.offlineCommand), 'Device is offline.');
		}
		const declared = command.arguments ?? {};
		const args =
			dialect.argumentEcho === 'withDefaults'
				? { ...request.arguments, ...missingDefaults(declared, request.arguments) }
				: request.arguments;
		const error = checkArguments(declared, args);
		if (error && /^\d/.test(dialect.badArguments)) throw refused(Number(dialect.badArguments), error.reason);
		const execution: Execution = {
			id: randomUUID(),
			device_id: device.id,
			site_id: device.site_id,
			state: 'NEW',
			created_at: timestamp(this.#fleet.now()),
			request: {
				name: request.name,
				arguments: withoutSensitive(args, declared, dialect),
				manifest_name: name,
			},
			log: [],
			ephemeral: request.ephemeral,
		};
		this.#executions.set(execution.id, execution);
		this.#run(execution, device, command, args);
		return execution;
	}

	/** Resolves when the execution has ended. */
	async ended(execution: Readonly<Execution>): Promise<void> {
		if (!isRunning(execution)) return;
		await new Promise<void>((resolve) => {
			this.#waiting.set(execution.id, [...(this.#waiting.get(execution.id) ?? []), resolve]);
		});
	}

	#commandOf(device: Readonly<Device>, name: string): [string, ManifestCommand] {
		const commands = this.#fleet.blueprints.get(device.blueprint_id)?.manifest.commands ?? {};
		const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
		if (command) return [name, command];
		const found = Object.entries(commands).find(([, { aliases }]) => aliases?.includes(name));
		if (found) return found;
		const status = Number(this.#fleet.dialect.unknownCommand);
		throw refused(status, `Command ${JSON.stringify(name)} is not in the blueprint of the device.`);
	}

	/** Sends the command to the device, if it is online. */
	#run(
		execution: Execution,
		device: Readonly<Device>,
		command: ManifestCommand,
		args: Record<string, unknown>,
	): void {
		const { status } = device.connectivity;
		if (status !== 'ONLINE') {
			const outcome = this.#outcomeOffline(status);
			this.#whenDue(execution, this.timeout, (given) => this.#end(execution, given ?? outcome, false));
			return;
		}
		this.#respond(execution, 'STARTED');
		this.#fleet.logs.add(device, 'debug', `Command ${execution.request.manifest_name} started.`, false);
		execution.state = 'IN_PROGRESS';
		const outcome = this.#outcome(execution, device, command, args);
		if (outcome.state === 'TIMEOUT') {
			this.#whenDue(execution, this.timeout, (given) => this.#end(execution, given ?? outcome));
			return;
		}
		this.#step(execution, outcome, [...(outcome.progress ?? [])]);
	}

	/** No source says how a command ends for a device that is not online. */
	#outcomeOffline(status: ConnectivityStatus): CommandOutcome {
		const { offlineCommand } = this.#fleet.dialect;
		if (offlineCommand === 'error') return { error: { code: 'offline', reason: 'The device is offline.' } };
		const isTimeout = offlineCommand === 'byStatus' ? status === 'OFFLINE' : offlineCommand === 'timeout';
		return { state: isTimeout ? 'TIMEOUT' : 'UNSYNC' };
	}

	#step(execution: Execution, outcome: CommandOutcome, left: Array<Record<string, unknown>>): void {
		this.#whenDue(execution, this.duration, (given) => {
			const payload = left.shift();
			if (given || !payload) return this.#end(execution, given ?? outcome);
			this.#respond(execution, 'IN_PROGRESS', payload);
			this.#step(execution, outcome, left);
		});
	}

	#whenDue(execution: Execution, ms: number, end: End): void {
		for (const { match, held } of this.#holds) {
			const { device, name = execution.request.manifest_name } = match;
			const isDevice = device === undefined || this.#fleet.find(device)?.id === execution.device_id;
			if (!isDevice || name !== execution.request.manifest_name) continue;
			held.set(execution, end);
			return;
		}
		// The timer must not keep the process alive after the emulator is closed.
		if (ms > 0) setTimeout(end, ms).unref();
		else end();
	}

	#outcome(
		execution: Execution,
		device: Readonly<Device>,
		command: ManifestCommand,
		args: Record<string, unknown>,
	): CommandOutcome {
		const error = checkArguments(command.arguments ?? {}, args);
		const isAccepted = this.#fleet.dialect.badArguments === 'accepted';
		if (error && !isAccepted) return { error };
		const time = this.#fleet.now() / 1000;
		const behavior = this.#fleet.blueprints.get(device.blueprint_id)?.behavior;
		const run = behavior?.commands[execution.request.manifest_name];
		const input: CommandInput = {
			arguments: args,
			settings: this.#fleet.settings(device.id),
			alerts: device.raised_alert_names,
			time,
			read: (attribute) => latest(this.#fleet, device, attribute, time)?.value,
		};
		try {
			return run?.(input) ?? {};
		} catch (reason) {
			if (!error) throw reason;
			return { error: { code: 'script_error', reason: String(reason) } };
		}
	}

	#respond(execution: Execution, state: ExecutionResponse['state'], payload?: Record<string, unknown>): void {
		const received_at = timestamp(this.#fleet.now());
		execution.log.push({ state, ...(payload && { payload }), received_at });
	}

	#logEnd({ device_id, request }: Execution, error: CommandOutcome['error']): void {
		const command = `Command ${request.manifest_name}`;
		const device = this.#fleet.get(device_id);
		if (error) this.#fleet.logs.add(device, 'error', `${command} failed: ${error.code}.`);
		else this.#fleet.logs.add(device, 'info', `${command} succeeded.`);
	}

	/** Ends an execution. One that needs the device ends in UNSYNC if the device is not online any more. */
	#end(execution: Execution, outcome: CommandOutcome, needsDevice = true): void {
		const { error, payload, settings, alerts } = outcome;
		const isOnline = this.#fleet.find(execution.device_id)?.connectivity.status === 'ONLINE';
		if (outcome.state) {
			execution.state = outcome.state;
		} else if (!isOnline && (needsDevice || !error)) {
			execution.state = 'UNSYNC';
		} else {
			if (!error && (settings || alerts)) {
				this.#fleet.simulate(execution.device_id, {
					...(settings && { settings }),
					...(alerts && { alerts }),
				});
			}
			this.#respond(execution, error ? 'ERROR' : 'SUCCEEDED', error ? { ...error } : payload);
			if (needsDevice) this.#logEnd(execution, error);
			execution.state = error ? 'ERROR' : 'SUCCESS';
		}
		for (const resolve of this.#waiting.get(execution.id) ?? []) resolve();
		this.#waiting.delete(execution.id);
	}
}

function isRunning({ state }: Readonly<Execution>): boolean {
	return state === 'NEW' || state === 'IN_PROGRESS';
}

function missingDefaults(
	declared: Record<string, ManifestArgument>,
	given: Record<string, unknown>,
): Record<string, unknown> {
	const missing = Object.entries(declared).filter(
		([name, argument]) => argument.default !== undefined && !Object.hasOwn(given, name),
	);
	return Object.fromEntries(missing.map(([name, argument]) => [name, argument.default]));
}

/** The reference says that sensitive arguments are hidden in command logs, but not how. */
function withoutSensitive(
	args: Record<string, unknown>,
	declared: Record<string, ManifestArgument>,
	{ sensitiveArguments }: Dialect,
): Record<string, unknown> {
	const isSensitive = (name: string) => Object.hasOwn(declared, name) && declared[name]?.sensitive === true;
	if (sensitiveArguments === 'clear') return args;
	const hidden = { stars: '***', removed: undefined, null: null }[sensitiveArguments];
	return Object.fromEntries(
		Object.entries(args).map(([name, value]) => [name, isSensitive(name) ? hidden : value]),
	);
}

/** A value inside `arguments`, with keys and numbers as the dialect writes them. */
function argumentView(value: unknown, dialect: Dialect): unknown {
	if (value instanceof JsonNumber || typeof value === 'number') {
		return dialect.argumentNumbers === 'decimals' ? withDecimals(value) : value;
	}
	if (Array.isArray(value)) return value.map((entry) => argumentView(entry, dialect));
	if (typeof value !== 'object' || value === null) return value;
	const entries = Object.entries(value);
	if (dialect.argumentOrder === 'sorted') entries.sort(([one], [other]) => (one < other ? -1 : 1));
	if (dialect.argumentOrder === 'reversed') entries.reverse();
	return Object.fromEntries(entries.map(([name, entry]) => [name, argumentView(entry, dialect)]));
}

function requestView({ request }: Readonly<Execution>, dialect: Dialect): object {
	const { argumentEcho, manifestName } = dialect;
	const shown = { missing: undefined, null: null };
	return {
		name: request.name,
		arguments:
			argumentEcho === 'missing' || argumentEcho === 'null'
				? shown[argumentEcho]
				: argumentView(request.arguments, dialect),
		manifest_name: manifestName === 'present' ? request.manifest_name : undefined,
	};
}

function responseView(response: ExecutionResponse, dialect: Dialect): object {
	return {
		state: enumText(response.state, dialect),
		payload: response.payload ?? emptyView(dialect),
		received_at: timeText(response.received_at, dialect),
	};
}

function emptyView({ emptyResponse }: Dialect): null | undefined {
	return emptyResponse === 'null' ? null : undefined;
}

/** An execution as the API shows it. `log`, newest first, is included on request. */
export function executionView(execution: Readonly<Execution>, withLog: boolean, dialect: Dialect): object {
	const { id, device_id, state, created_at, log, ephemeral } = execution;
	const responses = log.map((response) => responseView(response, dialect));
	return {
		id,
		device_id: dialect.executionDeviceId === 'present' ? device_id : undefined,
		state: enumText(state, dialect),
		created_at: timeText(created_at, dialect),
		request: requestView(execution, dialect),
		response: responses.at(-1) ?? emptyView(dialect),
		log: withLog ? responses.toReversed() : undefined,
		ephemeral: dialect.ephemeralField === 'present' ? ephemeral : undefined,
		...extraFields(dialect),
	};
}
