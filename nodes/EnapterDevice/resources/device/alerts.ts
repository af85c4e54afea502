import type { IDataObject } from 'n8n-workflow';

import type { EnapterClient } from '../../transport/client';
import { upperCase } from '../../transport/enums';
import { EnapterApiError } from '../../transport/errors';
import { listedNames } from '../../transport/text';
import type { ExpandedDevice } from './device';
import { nameOfDevice } from './device';
import { RAISED_ALERTS } from './expand';
import { declarations, Manifests } from './manifest';

/** Severities of alerts, in ascending order. Source: Enapter's manifest reference. */
export const SEVERITIES = ['info', 'warning', 'error'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** An alert that is active on a device, with what its manifest says about it. */
export interface RaisedAlert extends IDataObject {
	name: string;
	display_name: string;
	severity: Severity;
}

/** The names of the alerts that are active on a device. The API may send none, or null. */
export function raisedAlertNames({ raised_alert_names: raised }: ExpandedDevice): string[] {
	return Array.isArray(raised) ? raised.filter((name) => typeof name === 'string') : [];
}

/** The active alerts of a run's devices, in words. Each blueprint's manifest is read once, and only if it has active alerts. */
export class Alerts {
	private readonly manifests: Manifests;
	private readonly unreadable = new Set<string>();

	constructor(client: EnapterClient) {
		this.manifests = new Manifests(client);
	}

	/** The active alerts of a device that was read with `raised_alert_names`. */
	async of(device: ExpandedDevice): Promise<RaisedAlert[]> {
		const raised = raisedAlertNames(device);
		if (raised.length === 0) return [];
		const declared = new Map(declarations(await this.manifestOf(device), 'alerts'));
		return raised.map((name) => alertOf(name, declared.get(name)));
	}

	/** Adds the alert details to the output of a device, if the item wants them. */
	async addTo(output: IDataObject, device: ExpandedDevice, expand: readonly string[]): Promise<IDataObject> {
		return expand.includes(RAISED_ALERTS) ? { ...output, [RAISED_ALERTS]: await this.of(device) } : output;
	}

	/** Names the devices whose alerts could not be described. */
	hints(): string[] {
		if (this.unreadable.size === 0) return [];
		return [
			`The manifest of ${listedNames([...this.unreadable])} could not be read, so the active alerts have only their names and count as errors.`,
		];
	}

	/** Empty if it cannot be read: the alerts are still output, by their names. */
	private async manifestOf(device: ExpandedDevice): Promise<IDataObject> {
		return await this.manifests.of(device).catch((error: unknown) => {
			if (!(error instanceof EnapterApiError)) throw error;
			this.unreadable.add(nameOfDevice(device));
			return {};
		});
	}
}

/** An alert that is not declared counts as an error under its own name, as in vscode-enapter. */
function alertOf(name: string, declared: IDataObject = {}): RaisedAlert {
	const { display_name: displayName, severity, code, description, troubleshooting } = declared;
	const details = Object.entries({ code, description, troubleshooting });
	return {
		name,
		display_name: typeof displayName === 'string' && displayName.trim() !== '' ? displayName : name,
		severity: SEVERITIES.find((known) => known.toUpperCase() === upperCase(severity)) ?? 'error',
		...Object.fromEntries(details.filter(([, value]) => value !== undefined && value !== null)),
	};
}

/** Whether one of the alerts is at least this severe. */
export function hasSeverity(alerts: RaisedAlert[], least: Severity): boolean {
	return alerts.some(({ severity }) => SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least));
}
