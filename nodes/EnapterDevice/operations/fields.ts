import type { INodeProperties } from 'n8n-workflow';

import type { Operation } from './operation';

/** The fields of an operation, shown for it alone. */
export function operationFields({ option, fields }: Operation): INodeProperties[] {
	return fields.map((field) => ({
		...field,
		displayOptions: {
			...field.displayOptions,
			show: { ...field.displayOptions?.show, resource: ['device'], operation: [option.value] },
		},
	}));
}
