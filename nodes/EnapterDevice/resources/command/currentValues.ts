import type { IDataObject } from 'n8n-workflow';

import { ItemFailure } from '../../transport/errors';
import { isObject, mayContainLargeInteger } from '../../transport/json';
import { quotedIfNeeded } from '../../transport/text';
import { checkParameters, convertValue, isKnownType, isSameValue } from '../device/parameters';
import type { Executions, Order } from './executions';
import { refusalOf, withMessage } from './executions';

/**
 * Runs the command that reads the current values.
 *
 * @throws EnapterApiError or ItemFailure if it fails: then nothing was changed
 */
export async function readCurrent(order: Order, read: Order, executions: Executions): Promise<IDataObject> {
	const problem = `${refusalOf(order)}: its current values could not be read`;
	const { execution } = await executions.execute(read).catch((error: unknown) => {
		throw withMessage(error, (message) => `${problem}: ${message}`);
	});
	const payload = execution.response?.payload;
	if (isObject(payload)) return payload;
	throw new ItemFailure(
		`${problem}: ${read.command.displayName} returned no values`,
		`Give all arguments, and turn off Fill In Current Values in the options. Execution ${execution.id}.`,
	);
}

/**
 * The given arguments and, for all others, their current values. `null` means that there is none.
 *
 * @throws ItemFailure if a current value cannot be sent
 */
export function filledIn({ device, command, arguments: given }: Order, current: IDataObject): IDataObject {
	const refusal = refusalOf({ device, command });
	const values = new Map<string, unknown>(Object.entries(given));
	for (const { name, displayName, type } of command.arguments) {
		const value = Object.hasOwn(current, name) ? current[name] : null;
		if (value === null || values.has(name)) continue;
		// In values of other types, large integers became text when the response was parsed.
		if (!isKnownType(type) && mayContainLargeInteger(value)) {
			throw new ItemFailure(
				`${refusal}: the current value of ${quotedIfNeeded(displayName)} may contain a whole number with too many digits to be sent back exactly`,
				'Give a value for this argument.',
			);
		}
		values.set(name, value);
	}
	return checkParameters(
		command.arguments,
		{ values, source: 'api' },
		{
			refusal: `${refusal} with the current values of the device`,
			owner: command.displayName,
			noun: 'argument',
		},
	);
}

/** Whether all arguments of an order equal the current values. */
export function isUnchanged({ command, arguments: args }: Order, current: IDataObject): boolean {
	const sent = command.arguments.filter(({ name }) => Object.hasOwn(args, name));
	return (
		sent.length > 0 &&
		sent.every((parameter) =>
			isSameValue(args[parameter.name], convertValue(parameter, current[parameter.name])),
		)
	);
}
