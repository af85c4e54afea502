import type { IDataObject } from 'n8n-workflow';

import type { Output } from '../../execution/operation';
import type { Run } from '../../execution/run';
import { durationInWords } from '../../fields/duration';
import type { Ref } from '../../fields/locators';
import { nameOfRef } from '../../fields/locators';
import { localTimeWriter } from '../../fields/time';
import { ignoreFailure, ItemFailure } from '../../transport/errors';
import { getOrCreate } from '../../transport/memo';
import type { Explain } from '../../transport/response';
import { counted, listed, listedNames } from '../../transport/text';
import type { ExpandedDevice } from '../device/device';
import { aboutDevice, canonicalId, nameOfDevice, UUID } from '../device/device';
import type { Fleet } from '../device/fleet';
import type { Manifest } from '../device/manifest';
import { Manifests } from '../device/manifest';
import { declarationOf, labelOf } from './attributes';
import { FileNames } from './fileNames';
import type { TimeSeries, WantedColumn } from './timeSeries';
import { checkComplete, csvOf, isEmpty, outputsOf, TIME_SERIES } from './timeSeries';
import { AGGREGATIONS } from './timeSeriesFields';

/** What an item asks for. */
export interface SeriesQuery {
	ref: Ref;
	/** RFC 3339 in UTC. */
	from: string;
	to: string;
	/** In seconds. */
	granularity: number;
	isAuto: boolean;
	attributes: string[];
	aggregations: string[];
	columns: WantedColumn[];
	/** In seconds; undefined if gaps are not filled. */
	lookAround: number | undefined;
	/** Undefined if the output is items. */
	file: { hasLabels: boolean; separator: string } | undefined;
}

/** Looks up the devices whose slug, name or manifest is needed for a file. Files also work without. */
export async function lookUpForFiles(items: SeriesQuery[], fleet: Fleet): Promise<void> {
	const refs = items
		.filter(
			({ ref, file }) => file?.hasLabels === true || (file !== undefined && fileNamePart(ref) === undefined),
		)
		.map(({ ref }) => ref);
	await fleet.find(refs).catch(ignoreFailure);
}

/** The slug or name that was given; undefined if it was an ID without a name. */
function fileNamePart({ id, name }: Ref): string | undefined {
	return UUID.test(id) ? name : id;
}

/** Reads the time series of a run and collects hints about them. */
export class SeriesReader {
	private readonly writeTime: (seconds: number) => string;
	private readonly manifests: Manifests;
	private readonly fileNames = new FileNames();
	private readonly inFlight = new Map<string, Promise<TimeSeries>>();
	private lookingUp: Promise<unknown> | undefined;
	private readonly empty: SeriesQuery[] = [];
	private readonly leftOut = new Set<string>();
	/** Numbers of steps of the time series, by automatically chosen granularity. */
	private readonly steps = new Map<number, number[]>();

	constructor(
		private readonly run: Run,
		private readonly fleet: Fleet,
		private readonly items: SeriesQuery[],
	) {
		this.writeTime = localTimeWriter(run.timezone);
		this.manifests = new Manifests(run.client);
	}

	/** The name of an item's file. Must be called in item order. */
	fileNameOf({ ref, from, to, file }: SeriesQuery, id: string): string {
		if (file === undefined) return '';
		const { slug, name } = this.fleet.known(id) ?? {};
		const dateOf = (time: number) => this.writeTime(Math.floor(time / 1000)).slice(0, 10);
		return this.fileNames.next(
			fileNamePart(ref) ?? (slug || name || id),
			dateOf(Date.parse(from)),
			// The end of a day is the start of the next.
			dateOf(Date.parse(to) - 1),
		);
	}

	/** @throws EnapterApiError when the API refuses, ItemFailure if its response cannot be read */
	async read(item: SeriesQuery, id: string, fileName: string): Promise<Output[]> {
		const series = await this.query(item, id);
		checkComplete(series);
		if (isEmpty(series)) {
			this.empty.push(item);
			return [];
		}
		await this.checkDevice(item, series, id);
		this.noteLeftOut(item, series, id);
		return item.file === undefined
			? this.itemsOf(item, series, id)
			: [await this.fileOf(item, series, id, fileName)];
	}

	hints(): string[] {
		return [...this.emptyHint(), ...this.leftOutHint(), ...this.granularityHint()];
	}

	/** Items with the same query share one request while it is in flight. All items start together, so this is enough. */
	private async query(item: SeriesQuery, id: string): Promise<TimeSeries> {
		const body = bodyOf(item, id);
		const key = JSON.stringify(body);
		try {
			return await getOrCreate(this.inFlight, key, async () => await this.request(body, item, id));
		} finally {
			this.inFlight.delete(key);
		}
	}

	private async request(body: IDataObject, item: SeriesQuery, id: string): Promise<TimeSeries> {
		return await this.run.client.call({
			method: 'POST',
			path: ['telemetry', 'query_timeseries'],
			body,
			response: TIME_SERIES,
			isIdempotent: true,
			isRead: true,
			explain: this.about(item, id),
		});
	}

	/** The API distinguishes unknown attributes from an unknown device, usually by a code (Enapter's Grafana data source). */
	private about({ ref, attributes }: SeriesQuery, id: string): Explain {
		const known = this.fleet.known(id);
		const device = known === undefined ? nameOfRef(ref) : nameOfDevice(known);
		return (failure) =>
			failure.code?.endsWith('NO_TELEMETRY_ATTRIBUTES_FOUND') === true
				? {
						reason: `Device ${device} has no telemetry attribute ${attributes.map((name) => `"${name}"`).join(' or ')}`,
						advice: 'Choose from the list, which contains the attributes that the blueprint declares.',
					}
				: aboutDevice(known ?? { ref })(failure);
	}

	/**
	 * Checks that a time series is of the requested device. The columns may name it by ID or slug, or not at all.
	 *
	 * @throws ItemFailure if they name another device
	 */
	private async checkDevice({ ref }: SeriesQuery, { device }: TimeSeries, id: string): Promise<void> {
		const label = canonicalId(device ?? id);
		if (label === id || label === ref.id || label === this.fleet.known(id)?.slug) return;
		await (this.lookingUp ??= this.fleet.find(this.items.map((item) => item.ref)).catch(ignoreFailure));
		if (label === this.fleet.known(id)?.slug) return;
		throw new ItemFailure(
			`The API sent a time series of device "${label}" instead of ${nameOfRef(ref)}. No values were output`,
			'This is a problem on the API side. Try again later.',
		);
	}

	private noteLeftOut({ ref, attributes }: SeriesQuery, { columns }: TimeSeries, id: string): void {
		const known = this.fleet.known(id);
		const device = known === undefined ? nameOfRef(ref) : nameOfDevice(known);
		for (const name of attributes) {
			if (!columns.some(({ attribute }) => attribute === name)) this.leftOut.add(`${name} of ${device}`);
		}
	}

	private noteSteps({ isAuto, granularity }: SeriesQuery, count: number): void {
		if (isAuto) this.steps.set(granularity, [...(this.steps.get(granularity) ?? []), count]);
	}

	private itemsOf(item: SeriesQuery, series: TimeSeries, id: string): Output[] {
		const outputs = outputsOf(series, id, item.columns, this.writeTime);
		this.noteSteps(item, outputs.length);
		return outputs;
	}

	private async fileOf(item: SeriesQuery, series: TimeSeries, id: string, fileName: string): Promise<Output> {
		const { columns, from, to, granularity, file } = item;
		const manifest = file?.hasLabels === true ? await this.manifestOf(this.fleet.known(id)) : undefined;
		const titleOf = (column: WantedColumn | undefined) => titleIn(manifest, column);
		const { text, steps } = csvOf(series, columns, titleOf, file?.separator ?? ',', this.writeTime);
		this.noteSteps(item, steps);
		const sent = columns.filter(({ attribute }) =>
			series.columns.some((column) => column.attribute === attribute),
		);
		return {
			json: { device_id: id, from, to, granularity, attributes: sent.map(({ key }) => key) },
			binary: { data: await this.run.prepareBinaryData(Buffer.from(text), fileName, 'text/csv') },
		};
	}

	private async manifestOf(device: ExpandedDevice | undefined): Promise<Manifest | undefined> {
		const manifest = device === undefined ? undefined : await this.manifests.of(device).catch(ignoreFailure);
		if (manifest === undefined) {
			this.run.client.warnings.add(
				'Column Names: display names could not be read, so attribute names were used.',
			);
		}
		return manifest;
	}

	private emptyHint(): string[] {
		const [first, ...others] = this.empty;
		if (first === undefined) return [];
		const more = others.length === 0 ? '' : `, and ${counted(others.length, 'more item')}`;
		return [
			`There is no value for device ${nameOfRef(first.ref)} from ${first.from} to ${first.to}${more}. Check the range, and that the device was online in it.`,
		];
	}

	private leftOutHint(): string[] {
		if (this.leftOut.size === 0) return [];
		return [
			`The API left out ${listedNames([...this.leftOut])}: it is not an attribute of the device, or the API Token's role may not read it.`,
		];
	}

	private granularityHint(): string[] {
		if (this.steps.size === 0) return [];
		const chosen = [...this.steps].map(([granularity, counts]) => {
			const [least, most] = [Math.min(...counts), Math.max(...counts)];
			const count = least === most ? counted(most, 'step') : `${least} to ${most} steps`;
			return `${count} of ${durationInWords(granularity)}`;
		});
		return [`Granularity Auto: ${listed(chosen)}, ${this.run.timezone}.`];
	}
}

function bodyOf(
	{ attributes, aggregations, from, to, granularity, lookAround }: SeriesQuery,
	id: string,
): IDataObject {
	const gapFilling: IDataObject =
		lookAround === undefined ? {} : { gap_filling: { method: 'locf', look_around: `${lookAround}s` } };
	return {
		from,
		to,
		granularity: `${granularity}s`,
		telemetry: aggregations.map((aggregation) => ({
			device: id,
			attribute: attributes,
			aggregation,
			...gapFilling,
		})),
	};
}

/** The title of a column of a CSV file; without a column, the title of the time. With a manifest, as in the panel. */
function titleIn(manifest: Manifest | undefined, column: WantedColumn | undefined): string {
	if (column === undefined) return manifest === undefined ? 'timestamp' : 'Time';
	const declaration = manifest === undefined ? undefined : declarationOf(manifest, column.attribute);
	if (manifest === undefined || declaration === undefined) return column.key;
	const label = labelOf(declaration, manifest);
	const aggregation = AGGREGATIONS[column.aggregation ?? ''];
	return aggregation === undefined ? label : `${label}, ${aggregation.name}`;
}
