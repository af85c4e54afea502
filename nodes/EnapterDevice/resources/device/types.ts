import { upperCase } from '../../transport/enums';

/** Device types and how they are named. Sources: the Device Management specification; CHILD: Enapter's SDK. */
export const DEVICE_TYPES = [
	{ name: 'Child', value: 'CHILD' },
	{
		name: 'Embedded UCM',
		value: 'EMBEDDED_UCM',
		description: 'Communication module inside an Enapter device',
	},
	{ name: 'Gateway', value: 'GATEWAY', description: 'Connects energy systems to Enapter Cloud' },
	{ name: 'Hardware UCM', value: 'HARDWARE_UCM', description: 'Universal Communication Module' },
	{ name: 'LINK Master UCM', value: 'LINK_MASTER_UCM' },
	{ name: 'LINK Slave UCM', value: 'LINK_SLAVE_UCM' },
	{
		name: 'Lua',
		value: 'LUA',
		description: 'Device of another maker, controlled by a Lua script on a UCM',
	},
	{ name: 'Native', value: 'NATIVE', description: 'Enapter device such as an electrolyser or a dryer' },
	{
		name: 'Standalone',
		value: 'STANDALONE',
		description: 'Works without a Gateway or other Enapter hardware',
	},
	{ name: 'Virtual UCM', value: 'VIRTUAL_UCM' },
];

/** The name of a device type, in any case; an unknown type as the API sends it. Undefined if there is none. */
export function typeName(type: unknown): string | undefined {
	const value = upperCase(type);
	if (value === '') return undefined;
	return DEVICE_TYPES.find((known) => known.value === value)?.name ?? String(type).trim();
}
