import type { IDataObject } from 'n8n-workflow';

/** The parameters of one item. What they return is shared between items and must not be changed. */
export interface ItemParameters {
	/** Whether a language model called the node and may have filled in the value. */
	isTool: boolean;
	/** The workflow's time zone, by its IANA name. */
	timezone: string;
	/**
	 * The value of a parameter.
	 *
	 * @param fallback what a parameter has that the workflow does not hold, as one saved by an older version
	 */
	get(name: string, fallback: unknown): unknown;
	/** Whether the workflow holds a parameter or an option, whatever its value. */
	holds(name: string): boolean;
	/** A parameter as the workflow holds it, expressions and all. */
	raw(name: string, fallback: unknown): unknown;
	/** The fields of the input item. */
	input(): IDataObject;
	/**
	 * Whether a person has turned a toggle on in the panel. Not there is off.
	 *
	 * @param displayName the option's name as the panel shows it
	 * @throws UserError when it is anything but a toggle, as an expression or a language model's choice
	 */
	chosen(name: string, displayName: string): boolean;
}
