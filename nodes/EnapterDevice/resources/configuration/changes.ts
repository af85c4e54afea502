import type { IDataObject } from 'n8n-workflow';

import type { Task } from '../../execution/operation';
import type { Run } from '../../execution/run';
import { getOrCreate } from '../../transport/memo';
import { identityOf } from '../device/device';
import type { Parameter } from '../device/parameters';
import { convertValue, isSameValue } from '../device/parameters';
import type { Target, Values } from './groups';
import { readValues } from './groups';

/** A change of a group: values to set, and parameters to set back to their defaults. */
export interface Change {
	set: Values;
	reset: string[];
}

/** The part of a change that differs from the current values. Sensitive values are hidden, so they count as different. */
export function differences(parameters: Parameter[], { set, reset }: Change, current: Values): Change {
	const isDifferent = (name: string, wanted: unknown) => {
		const parameter = parameters.find((each) => each.name === name);
		if (parameter === undefined || parameter.isSensitive) return true;
		const value = convertValue(parameter, current[name] ?? undefined);
		return !isSameValue(value, wanted);
	};
	return {
		set: Object.fromEntries(Object.entries(set).filter(([name, value]) => isDifferent(name, value))),
		reset: reset.filter((name) => isDifferent(name, defaultOf(parameters, name))),
	};
}

/** Whether nothing is to be changed. */
export function isNothing({ set, reset }: Change): boolean {
	return Object.keys(set).length === 0 && reset.length === 0;
}

function defaultOf(parameters: Parameter[], name: string): unknown {
	return parameters.find((each) => each.name === name)?.default;
}

/** Shows in a dry run what changes of a run would do. A later item sees the values that an earlier one would set. */
export class Previews {
	private readonly values = new Map<string, Promise<Values>>();
	/** The targets whose values are to be read. */
	private readonly unread: Target[] = [];

	constructor(private readonly run: Run) {}

	/** Returns the preview of a task. The first one that is shown reads the values of all groups together. */
	plan(target: Target, change: Change): NonNullable<Task['preview']> {
		this.unread.push(target);
		return async () => {
			// A failure is reported by the previews of the group.
			for (const each of this.unread.splice(0)) this.valuesOf(each).catch(() => undefined);
			return await this.show(target, change);
		};
	}

	/** The values of a group, as earlier items would leave them. */
	private async valuesOf(target: Target): Promise<Values> {
		return await getOrCreate(this.values, keyOf(target), async () => await readValues(this.run, target));
	}

	/** @throws EnapterApiError if the current values cannot be read */
	private async show(target: Target, change: Change): Promise<IDataObject> {
		const { device, group } = target;
		const current = await this.valuesOf(target);
		const { set, reset } = differences(group.parameters, change, current);
		const defaults = reset.map((name) => [name, defaultOf(group.parameters, name)] as const);
		const wanted = Object.fromEntries([...Object.entries(set), ...defaults]);
		this.values.set(keyOf(target), Promise.resolve({ ...current, ...wanted } as Values));
		const { id: device_id, ...names } = identityOf(device);
		return { device_id, ...names, group: group.name, changes: changesOf(group.parameters, current, wanted) };
	}
}

function keyOf({ device, group }: Target): string {
	return `${device.id} ${group.name}`;
}

function changesOf(parameters: Parameter[], current: Values, wanted: Record<string, unknown>): IDataObject {
	const shown = (name: string, value: unknown) =>
		parameters.some((each) => each.name === name && each.isSensitive) ? '[REDACTED]' : (value ?? null);
	return Object.fromEntries(
		Object.entries(wanted).map(([name, value]) => [
			name,
			{ from: shown(name, current[name]), to: shown(name, value) } as IDataObject,
		]),
	);
}
