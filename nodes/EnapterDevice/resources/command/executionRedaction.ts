import type { Run } from '../../execution/run';
import type { Ref } from '../../fields/locators';
import { ignoreFailure } from '../../transport/errors';
import { canonicalId } from '../device/device';
import { FEW, Fleet } from '../device/fleet';
import { Manifests } from '../device/manifest';
import type { Command } from './commands';
import { commandsOf, findCommand } from './commands';
import type { Execution } from './execution';
import { hasContents, hideContents, redactExecution, undeclaredArguments } from './redaction';

/**
 * Hides sensitive and undeclared arguments in executions that are read, also where a device repeats them. The documentation says that the API
 * hides them, but it may not. Only a manifest says which are sensitive, so the manifest of a device is read once if one of its
 * executions has contents. That takes one request for one device; for many, the list of devices and one request per blueprint. If
 * the manifest cannot be read, all contents are hidden, and a hint says so.
 */
export class ExecutionRedaction {
	private readonly fleet: Fleet;
	private readonly manifests: Manifests;
	private finding: Promise<unknown> | undefined;

	/** @param refs the devices of the items, as far as they are known */
	constructor(
		private readonly run: Run,
		private readonly refs: Ref[],
	) {
		const count = new Set(refs.map(({ id }) => canonicalId(id))).size;
		this.fleet = new Fleet(run.client, count > 0 && count <= FEW ? ['manifest'] : []);
		this.manifests = new Manifests(run.client);
	}

	/**
	 * Redacts executions.
	 *
	 * @param device the device of all of them; without it, each names its own
	 * @throws NotSentError if the run was stopped
	 */
	async redact(executions: Execution[], device?: Ref): Promise<Execution[]> {
		const refOf = ({ device_id: id }: Execution) => device ?? (id ? { id } : undefined);
		await this.find(executions.filter(hasContents).flatMap((execution) => refOf(execution) ?? []));
		return await Promise.all(
			executions.map(async (execution) =>
				hasContents(execution) ? await this.redactOne(execution, refOf(execution)) : execution,
			),
		);
	}

	/** Looks up devices together: those of all items, then those of a site's executions. */
	private async find(refs: Ref[]): Promise<void> {
		if (refs.length === 0) return;
		if (this.refs.length > FEW) await (this.finding ??= this.fleet.find(this.refs).catch(ignoreFailure));
		await this.fleet.find(refs).catch(ignoreFailure);
	}

	private async redactOne(execution: Execution, ref: Ref | undefined): Promise<Execution> {
		const { request } = execution;
		const name = request?.manifest_name ?? request?.name ?? 'unknown';
		const commands = ref === undefined ? undefined : await this.commandsOf(ref);
		const command = commands === undefined ? undefined : findCommand(commands, name);
		if (command !== undefined) {
			for (const argument of undeclaredArguments(execution, command)) {
				this.run.hints.add(
					`${argument} of ${name}`,
					(names) =>
						`Hidden because the blueprint of the device no longer declares it, so it may be sensitive: ${names}.`,
				);
			}
			return redactExecution(execution, command);
		}
		this.run.hints.add(
			name,
			(names) =>
				`The arguments and responses of ${names} are hidden, because the blueprint of the device does not declare the command or could not be read: any of them may be sensitive.`,
		);
		return hideContents(execution);
	}

	private async commandsOf(ref: Ref): Promise<Map<string, Command> | undefined> {
		return await this.fleet
			.get(ref)
			.then(async (device) => commandsOf(await this.manifests.of(device)))
			.catch(ignoreFailure);
	}
}
