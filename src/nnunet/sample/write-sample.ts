/**
 * Writes the chosen regions as a data set of nnU-Net's: beside its place, then put there whole.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { throwIfAborted } from "../../core/errors.ts";
import { makeFolder } from "../../core/folder.ts";
import type { Dataset } from "../../model/dataset.ts";
import { publish, removeStale, temporaryBeside } from "../../volume/publish.ts";
import type { IoOptions } from "../../volume/volume.ts";
import { writeWhole } from "../write-whole.ts";
import { type CutOptions, cutRegion, FOLDERS } from "./cut-region.ts";
import type { SampledCase } from "./find-cases.ts";
import { highestLabel } from "./highest-label.ts";
import { openScores } from "./open-scores.ts";
import { datasetText, type SampleRecord, writeRecord } from "./sample-files.ts";
import type { WrittenAs } from "./written-as.ts";

/** How it is written. */
export type WriteOptions = IoOptions &
	WrittenAs & {
		/** Where it goes; what is there is replaced. */
		readonly folder: string;
		/** True where the probabilities' classes exclude each other. */
		readonly exclusive: boolean;
		/** The model's, where it is known. */
		readonly dataset?: Dataset;
		/** Array of the images, of files with several. */
		readonly inputDataset?: string;
		readonly memory: number;
	};

/** Cuts every region of `record` out of its case. @throws VOLUME, CONFIG, CANCELLED; then nothing is left behind */
export async function writeSample(
	record: SampleRecord,
	cases: readonly SampledCase[],
	options: WriteOptions,
): Promise<void> {
	const { folder } = options;
	const temporary = temporaryBeside(folder);
	try {
		await removeStale(dirname(folder));
		for (const name of Object.values(FOLDERS)) await makeFolder(join(temporary, name));
		for (const one of cases) await cutCase(record, one, temporary, options);
		await writeRecord(temporary, record);
		await writeWhole(join(temporary, "dataset.json"), await datasetOf(record, temporary, options));
		await publish(temporary, folder);
	} catch (error) {
		await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
		throw error;
	}
}

/** From front to back, so that files that only run forward are read once. */
async function cutCase(record: SampleRecord, one: SampledCase, folder: string, options: WriteOptions): Promise<void> {
	const own = record.samples.filter((sample) => sample.case === one.id);
	if (own.length === 0) return;
	const { format, ending, memory, inputDataset, signal } = options;
	const cut: CutOptions = {
		folder,
		format,
		ending,
		most: record.most,
		memory,
		...(inputDataset === undefined ? {} : { dataset: inputDataset }),
		...(signal === undefined ? {} : { signal }),
	};
	const source = await openScores(one.scores, options.exclusive);
	try {
		for (const { name, start, stop } of own.toSorted((a, b) => (a.start[0] ?? 0) - (b.start[0] ?? 0))) {
			throwIfAborted(signal);
			await cutRegion(name, one, source, { start, stop }, cut);
		}
	} finally {
		await source.close();
	}
}

async function datasetOf({ samples }: SampleRecord, folder: string, options: WriteOptions): Promise<string> {
	const { ending, channels, dataset } = options;
	const facts = { count: samples.length, ending, channels };
	if (dataset !== undefined) return datasetText({ ...facts, dataset, highest: 0 });
	const labels = samples.map(({ name }) => join(folder, FOLDERS.labels, `${name}${ending}`));
	return datasetText({ ...facts, highest: await highestLabel(labels) });
}
