import { randomUUID } from 'node:crypto';
import { unprocessable } from './apiError.mts';
import { checkArguments } from './arguments.mts';
import type { CommandOutcome } from './behavior.mts';
import type { Fleet } from './fleet.mts';
import type { Device, ManifestCommand } from './model.mts';
import { latest } from './readings.mts';
import { requireRole, type Role } from './roles.mts';
import { timestamp } from './time.mts';

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
	/** `manifest_name` is the command's own where `name` is an alias too. Sensitive arguments are hidden. */
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
	/** The executions that are held. */
	readonly executions: ReadonlyArray<Readonly<Execution>>;
	/** Lets them end, with this outcome if one is given, and holds no more. */
	release(outcome?: CommandOutcome): void;
}

interface Match {
	/** ID or slug. */
	device?: string;
	/** The command's own name. */
	name?: string;
}

type End = (outcome?: CommandOutcome) => void;

/** The commands executed, in the order in which they came, and how long they take. */
export class Executions {
	/** Milliseconds that a plain command takes, and each step of a longer one. With 0 all end at once. */
	duration = 200;
	/** Milliseconds after which the platform stops waiting for a device. The real ones are undocumented. */
	timeout = 10_000;
	readonly #fleet: Fleet;
	readonly #executions = new Map<string, Execution>();
	readonly #waiting = new Map<string, Array<() => void>>();
	readonly #holds = new Set<{ match: Match; held: Map<Execution, End> }>();

	constructor(fleet: Fleet) {
		this.#fleet = fleet;
	}

	/** All of them, ephemeral ones included. */
	get all(): ReadonlyArray<Readonly<Execution>> {
		return [...this.#executions.values()];
	}

	find(id: string): Readonly<Execution> | undefined {
		return this.#executions.get(id);
	}

	/**
	 * Executions that match (all, if nothing is given) begin, and end only when they are released: neither does time
	 * pass for them.
	 */
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

	/** Lets go of what is held. */
	releaseAll(): void {
		const holds = [...this.#holds];
		this.#holds.clear();
		for (const { held } of holds) for (const end of held.values()) end();
	}

	/** Forgets all executions; those under way end unseen. */
	clear(): void {
		this.#executions.clear();
	}

	/**
	 * Begins to execute a command; what it changes shows when it has ended. Throws 422 if the blueprint has no such
	 * command (status inferred) and 403 if the role is below the command's.
	 */
	begin(device: Readonly<Device>, request: CommandRequest, role: Role): Readonly<Execution> {
		const [name, command] = this.#commandOf(device, request.name);
		requireRole(role, (command.access_level ?? 'user').toUpperCase() as Role);
		const execution: Execution = {
			id: randomUUID(),
			device_id: device.id,
			site_id: device.site_id,
			state: 'NEW',
			created_at: timestamp(this.#fleet.now()),
			request: {
				name: request.name,
				arguments: withoutSensitive(request.arguments, command),
				manifest_name: name,
			},
			log: [],
			ephemeral: request.ephemeral,
		};
		this.#executions.set(execution.id, execution);
		this.#run(execution, device, command, request.arguments);
		return execution;
	}

	/** Resolves when the execution has ended. */
	async ended(execution: Readonly<Execution>): Promise<void> {
		if (!isUnderWay(execution)) return;
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
		throw unprocessable(`Command ${JSON.stringify(name)} is not in the blueprint of the device.`);
	}

	/** A device that is not online gets nothing; what the API then responds is unknown. */
	#run(
		execution: Execution,
		device: Readonly<Device>,
		command: ManifestCommand,
		args: Record<string, unknown>,
	): void {
		const { status } = device.connectivity;
		if (status !== 'ONLINE') {
			const state = status === 'OFFLINE' ? 'TIMEOUT' : 'UNSYNC';
			this.#whenDue(execution, this.timeout, (given) => this.#end(execution, given ?? { state }));
			return;
		}
		this.#respond(execution, 'STARTED');
		execution.state = 'IN_PROGRESS';
		const outcome = this.#outcome(execution, device, command, args);
		if (outcome.state === 'TIMEOUT') {
			this.#whenDue(execution, this.timeout, (given) => this.#end(execution, given ?? outcome));
			return;
		}
		this.#step(execution, outcome, [...(outcome.progress ?? [])]);
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
		// An emulator that is closed has no process to keep alive for it.
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
		if (error) return { error };
		const time = this.#fleet.now() / 1000;
		const behavior = this.#fleet.blueprints.get(device.blueprint_id)?.behavior;
		const run = behavior?.commands[execution.request.manifest_name];
		return (
			run?.({
				arguments: args,
				settings: this.#fleet.settings(device.id),
				alerts: device.raised_alert_names,
				time,
				read: (attribute) => latest(this.#fleet, device, attribute, time)?.value,
			}) ?? {}
		);
	}

	#respond(execution: Execution, state: ExecutionResponse['state'], payload?: Record<string, unknown>): void {
		const received_at = timestamp(this.#fleet.now());
		execution.log.push({ state, ...(payload && { payload }), received_at });
	}

	#end(execution: Execution, outcome: CommandOutcome): void {
		const { error, payload, settings, alerts } = outcome;
		const lost = this.#fleet.find(execution.device_id)?.connectivity.status !== 'ONLINE';
		if (outcome.state) {
			execution.state = outcome.state;
		} else if (lost) {
			execution.state = 'UNSYNC';
		} else {
			if (!error && (settings || alerts)) {
				this.#fleet.simulate(execution.device_id, {
					...(settings && { settings }),
					...(alerts && { alerts }),
				});
			}
			this.#respond(execution, error ? 'ERROR' : 'SUCCEEDED', error ? { ...error } : payload);
			execution.state = error ? 'ERROR' : 'SUCCESS';
		}
		for (const resolve of this.#waiting.get(execution.id) ?? []) resolve();
		this.#waiting.delete(execution.id);
	}
}

function isUnderWay({ state }: Readonly<Execution>): boolean {
	return state === 'NEW' || state === 'IN_PROGRESS';
}

/** The reference says that sensitive arguments are hidden in command logs, and not how: three stars are inferred. */
function withoutSensitive(args: Record<string, unknown>, command: ManifestCommand): Record<string, unknown> {
	const declared = command.arguments ?? {};
	return Object.fromEntries(
		Object.entries(args).map(([name, value]) => [
			name,
			Object.hasOwn(declared, name) && declared[name]?.sensitive ? '***' : value,
		]),
	);
}

/** The execution as the API shows it; `log`, newest first, only when it was asked for. */
export function executionView(execution: Readonly<Execution>, withLog: boolean): object {
	const { id, device_id, state, created_at, request, log } = execution;
	const response = log.at(-1);
	return {
		id,
		device_id,
		state,
		created_at,
		request,
		...(response && { response }),
		...(withLog && { log: log.toReversed() }),
	};
}
