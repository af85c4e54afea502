import type { IDataObject } from 'n8n-workflow';

import { isObject } from '../../transport/json';
import type { Declaration, Manifest } from '../device/manifest';
import { declarations, displayNameOf, plainText, textsOf } from '../device/manifest';
import type { Parameter } from '../device/parameters';
import { parametersOf } from '../device/parameters';

/** A command that a manifest declares. Its texts can be shown as they are. */
export interface Command {
	/** Its own name in the manifest. */
	name: string;
	displayName: string;
	/** Display name of its group. */
	group?: string;
	description?: string;
	/** Other names that the API accepts for it. */
	aliases: string[];
	/** The role that it needs, in upper case. */
	accessLevel: string;
	/** What to ask before it is sent, possibly empty text; undefined if it needs no confirmation. */
	confirmation?: string;
	/** Name of the command that reads the current values of its arguments (`populate_values_command`). */
	readCommand?: string;
	arguments: Parameter[];
	/** Names of sensitive arguments: its own, and those whose current values it reads. */
	sensitiveNames: Set<string>;
}

/** Read once per manifest: many items share one, and it may be large. */
const byManifest = new WeakMap<Manifest, Map<string, Command>>();

/** The commands of a manifest by their own names; none if the section is missing or null. */
export function commandsOf(manifest: Manifest): Map<string, Command> {
	const known = byManifest.get(manifest);
	if (known !== undefined) return known;
	const groups = new Map(declarations(manifest, 'command_groups'));
	const commands = new Map(
		declarations(manifest, 'commands').map((declaration) => [
			declaration[0],
			commandOf(declaration, manifest, groups),
		]),
	);
	for (const { readCommand, sensitiveNames } of commands.values()) {
		const read = readCommand === undefined ? undefined : findCommand(commands, readCommand);
		for (const name of sensitiveNames) read?.sensitiveNames.add(name);
	}
	byManifest.set(manifest, commands);
	return commands;
}

/** Finds a command by name, then by alias. */
export function findCommand(commands: Map<string, Command>, name: string): Command | undefined {
	return commands.get(name) ?? [...commands.values()].find(({ aliases }) => aliases.includes(name));
}

function commandOf(
	declaration: Declaration,
	manifest: Manifest,
	groups: Map<string, Declaration[1]>,
): Command {
	const [name, declared] = declaration;
	const { group, populate_values_command: readCommand } = declared;
	const description = plainText(declared.description);
	const confirmation = confirmationOf(declared.confirmation);
	const parameters = parametersOf(declared, 'arguments', manifest);
	return {
		name,
		displayName: displayNameOf(declaration),
		...(typeof group === 'string' ? { group: displayNameOf([group, groups.get(group) ?? {}]) } : {}),
		...(description === undefined ? {} : { description }),
		aliases: textsOf(declared.aliases),
		accessLevel: (plainText(declared.access_level) ?? 'user').toUpperCase(),
		...(confirmation === undefined ? {} : { confirmation }),
		...(typeof readCommand === 'string' && readCommand !== '' ? { readCommand } : {}),
		arguments: parameters,
		sensitiveNames: new Set(parameters.filter(({ isSensitive }) => isSensitive).map(({ name: own }) => own)),
	};
}

/** Any value means that confirmation is required: `true`, a text, or an object with `title` and `description`. */
function confirmationOf(declared: unknown): string | undefined {
	if (declared === undefined || declared === null || declared === false) return undefined;
	const { title, description }: IDataObject = isObject(declared) ? declared : { title: declared as string };
	return [plainText(title), plainText(description)].filter((text) => text !== undefined).join(' ');
}
