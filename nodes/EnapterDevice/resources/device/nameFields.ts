import { identifier, text } from '../../fields/kinds';

/** The name of a device. */
export const NAME = text({
	displayName: 'Name',
	name: 'name',
	type: 'string',
	default: '',
	placeholder: 'e.g. Hydrogen detector',
});

/** The slug of a device. */
export const SLUG = identifier({
	displayName: 'Slug',
	name: 'slug',
	type: 'string',
	default: '',
	placeholder: 'e.g. hydrogen-detector',
});
