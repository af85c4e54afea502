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
import { counted } from '../../transport/text';
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
	file: SeriesFile | undefined;
}

/** How to write a time series as a CSV file. */
interface SeriesFile {
	/** Whether the titles are display names. */
	hasLabels: boolean;
	separator: string;
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

/** Reads the time series of a run. */
export class SeriesReader {
	private readonly writeTime: (seconds: number) => string;
	private readonly manifests: Manifests;
	private readonly fileNames = new FileNames();
	private readonly inFlight = new Map<string, Promise<TimeSeries>>();
	private lookingUp: Promise<unknown> | undefined;

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
		const { ref, from, to, columns, file } = item;
		const series = await this.query(item, id);
		checkComplete(series);
		if (isEmpty(series)) {
			this.run.hints.add(
				nameOfRef(ref),
				(names) =>
					`There is no value for device ${names} from ${from} to ${to}. Check the range, and that the device was online in it.`,
			);
			return [];
		}
		await this.checkDevice(item, series, id);
		this.noteLeftOut(item, series, id);
		if (file !== undefined) return [await this.fileOf(item, file, series, id, fileName)];
		const outputs = outputsOf(series, id, columns, this.writeTime);
		this.noteSteps(item, outputs.length);
		return outputs;
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
		return (failure) =>
			failure.code?.endsWith('NO_TELEMETRY_ATTRIBUTES_FOUND') === true
				? {
						reason: `Device ${this.nameOf(ref, id)} has no telemetry attribute ${attributes.map((name) => `"${name}"`).join(' or ')}`,
						advice: 'Choose from the list, which contains the attributes that the blueprint declares.',
					}
				: aboutDevice(this.fleet.known(id) ?? { ref })(failure);
	}

	private nameOf(ref: Ref, id: string): string {
		const device = this.fleet.known(id);
		return device === undefined ? nameOfRef(ref) : nameOfDevice(device);
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
		for (const name of attributes) {
			if (columns.some(({ attribute }) => attribute === name)) continue;
			this.run.hints.add(
				`${name} of ${this.nameOf(ref, id)}`,
				(names) =>
					`The API left out ${names}: it is not an attribute of the device, or the API Token's role may not read it.`,
			);
		}
	}

	private noteSteps({ isAuto, granularity }: SeriesQuery, count: number): void {
		if (!isAuto) return;
		this.run.hints.add(
			`${counted(count, 'step')} of ${durationInWords(granularity)}`,
			(steps) => `Granularity Auto: ${steps}, ${this.run.timezone}.`,
		);
	}

	private async fileOf(
		item: SeriesQuery,
		{ hasLabels, separator }: SeriesFile,
		series: TimeSeries,
		id: string,
		fileName: string,
	): Promise<Output> {
		const { columns, from, to, granularity } = item;
		const manifest = hasLabels ? await this.manifestOf(this.fleet.known(id)) : undefined;
		const titleOf = (column: WantedColumn | undefined) => titleIn(manifest, column);
		const { text, steps } = csvOf(series, columns, titleOf, separator, this.writeTime);
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
