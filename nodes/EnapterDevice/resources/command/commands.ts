import { isObject } from '../../transport/json';
import { shorten, withoutTags } from '../../transport/text';
import type { Declaration, Manifest } from '../device/manifest';
import { declarations, displayNameOf } from '../device/manifest';

/** A command as a manifest declares it. Its texts can be shown as they are. */
export interface Command {
	/** Its own name in the manifest. */
	name: string;
	displayName: string;
	group?: string;
	description?: string;
	/** Other names that the API takes for it. */
	aliases: string[];
	/** The role that it needs, in upper case. */
	accessLevel: string;
	/** What to ask before it is executed; none when it asks nothing. */
	confirmation?: string;
	arguments: Declaration[];
}

/** Low to high, each includes those before it (Enapter's MCP server). */
const ROLES = ['READONLY', 'USER', 'OWNER', 'INSTALLER', 'VENDOR', 'SYSTEM'];

/** Whether a role is certainly lower than what is needed. One that is not known may be anything. */
export function isBelow(role: string | undefined, needed: string): boolean {
	const rank = ROLES.indexOf(String(role).toUpperCase());
	return rank !== -1 && rank < ROLES.indexOf(needed);
}

/** Read once a manifest: many items share one, and one may be large. */
const read = new WeakMap<Manifest, Map<string, Command>>();

/** The commands of a manifest by their own names; none when the section is missing or null. */
export function commandsOf(manifest: Manifest): Map<string, Command> {
	const known = read.get(manifest);
	if (known !== undefined) return known;
	const groups = new Map(declarations(manifest, 'command_groups'));
	const commands = new Map(
		declarations(manifest, 'commands').map(([name, declared]) => [
			name,
			commandOf(
				[name, declared],
				typeof declared.group === 'string' ? groups.get(declared.group) : undefined,
			),
		]),
	);
	read.set(manifest, commands);
	return commands;
}

/** The command that goes by a name, its own before an alias. */
export function findCommand(commands: Map<string, Command>, name: string): Command | undefined {
	return commands.get(name) ?? [...commands.values()].find(({ aliases }) => aliases.includes(name));
}

function commandOf(declaration: Declaration, group: Declaration[1] | undefined): Command {
	const [name, declared] = declaration;
	const { aliases, access_level: accessLevel, confirmation } = declared;
	const asks = isObject(confirmation) ? confirmation : undefined;
	const groupName = readable(
		typeof declared.group === 'string' ? displayNameOf([declared.group, group ?? {}]) : undefined,
	);
	const description = readable(declared.description);
	return {
		name,
		displayName: readable(displayNameOf(declaration)) ?? name,
		...(groupName === undefined ? {} : { group: groupName }),
		...(description === undefined ? {} : { description }),
		aliases: [aliases].flat().filter((alias) => typeof alias === 'string'),
		accessLevel: (readable(accessLevel) ?? 'user').toUpperCase(),
		...(asks === undefined
			? {}
			: { confirmation: [readable(asks.title), readable(asks.description)].filter(Boolean).join(' ') }),
		arguments: declarations(declared, 'arguments'),
	};
}

/**
 * A text of a manifest as it can be shown and stored: n8n takes a text that begins with `=` for an expression, and shows
 * some as HTML.
 */
export function readable(text: unknown): string | undefined {
	if (typeof text !== 'string') return undefined;
	const shown = withoutTags(text)
		.replace(/\s+/g, ' ')
		.replace(/^[\s=]+/, '')
		.trim();
	return shown === '' ? undefined : shorten(shown, 200);
}
