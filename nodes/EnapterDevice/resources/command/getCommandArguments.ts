import type { ILoadOptionsFunctions, ResourceMapperFields } from 'n8n-workflow';

import { chosenRef, openForListSearch } from '../../fields/listSearch';
import { readManifest } from '../device/manifest';
import { formFields } from '../device/parameterForm';
import { commandsOf, findCommand } from './commands';

/**
 * Makes the form for the arguments of the chosen command, from the manifest of the device. With Fill In Current Values, blank fields
 * keep their values; a sensitive one must be filled in.
 */
export async function getCommandArguments(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const device = chosenRef(this, 'deviceId', 'Device');
	const command = chosenRef(this, 'commandName', 'Command');
	if (device === undefined || command === undefined) {
		return nothing(
			'Choose a device and a command. If they come from earlier nodes, set Specify Arguments to Using JSON.',
		);
	}
	const manifest = await readManifest(await openForListSearch(this), device);
	const found = findCommand(commandsOf(manifest), command.id);
	if (found === undefined) return nothing('The device does not have this command. Choose another one.');
	// n8n keeps showing the last notice until it gets another one.
	if (found.arguments.length === 0) return nothing(`${found.displayName} has no arguments.`);
	const fillsIn = this.getCurrentNodeParameter('options.fillInCurrentValues') === true;
	const { arguments: parameters } = found;
	const secrets = parameters.filter(({ isSensitive }) => fillsIn && isSensitive).map(({ name }) => name);
	const fields = formFields(parameters, fillsIn);
	return {
		fields: fields.map((field) => (secrets.includes(field.id) ? { ...field, required: true } : field)),
	};
}

function nothing(emptyFieldsNotice: string): ResourceMapperFields {
	return { fields: [], emptyFieldsNotice };
}
