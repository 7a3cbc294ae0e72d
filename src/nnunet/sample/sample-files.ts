/**
 * What is written beside the regions: nnU-Net's dataset.json, and where each region comes from.
 *
 * @module
 */
import { join } from "node:path";
import type { Dataset } from "../../model/dataset.ts";
import { writeWhole } from "../write-whole.ts";
import type { Measure } from "./score-source.ts";

/** One region, as it is told. Boxes are voxels of the image, z, y, x. */
export type Sample = {
	/** From 1, in the order in which they were chosen. */
	readonly rank: number;
	/** Name of the case that was made of it. */
	readonly name: string;
	/** Where it comes from. */
	readonly case: string;
	readonly files: readonly string[];
	readonly labels: string;
	readonly scores: string;
	readonly start: readonly number[];
	readonly stop: readonly number[];
	/** What it was ranked by, and its mean. */
	readonly score: number;
	readonly mean: number;
};

/** All regions, and how they were chosen. */
export type SampleRecord = {
	readonly version: 1;
	readonly measure: Measure;
	/** Largest value that the measure can have. */
	readonly most: number;
	readonly by: "mean" | "quantile";
	readonly quantile?: number;
	readonly size: readonly number[];
	readonly stride: readonly number[];
	readonly overlap: number;
	readonly spread: boolean;
	readonly perCase?: number;
	/** How the values of `uncertaintyTr` are read: times this, in the unit of the measure; absent where nothing was cut out. */
	readonly scale?: number;
	readonly samples: readonly Sample[];
};

/** Writes `samples.json` and `samples.csv` into `folder`. @throws VOLUME */
export async function writeRecord(folder: string, record: SampleRecord): Promise<void> {
	await writeWhole(join(folder, "samples.json"), `${JSON.stringify(record, null, "\t")}\n`);
	await writeWhole(join(folder, "samples.csv"), csvOf(record.samples));
}

/** A line a region, with a line of names before. */
export function csvOf(samples: readonly Sample[]): string {
	const head = "rank,name,case,z_start,y_start,x_start,z_stop,y_stop,x_stop,score,mean";
	const lines = samples.map(({ rank, name, case: id, start, stop, score, mean }) =>
		[rank, quoted(name), quoted(id), ...start, ...stop, score, mean].join(","),
	);
	return `${[head, ...lines].join("\n")}\n`;
}

function quoted(text: string): string {
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What the regions' data set is made from. */
export type DatasetFacts = {
	readonly count: number;
	readonly ending: string;
	readonly channels: number;
	/** That of the model, where it is known. */
	readonly dataset?: Dataset;
	/** Highest label of the predictions, where no data set tells their names. */
	readonly highest: number;
};

/** nnU-Net's dataset.json: names of channels and labels are those of the model where they are known. */
export function datasetText({ count, ending, channels, dataset, highest }: DatasetFacts): string {
	const numbered = (prefix: string, from: number, to: number) =>
		Array.from({ length: Math.max(0, to - from) }, (_, n) => [`${prefix}_${from + n}`, from + n] as const);
	const names = dataset?.channel_names ?? dataset?.modality;
	const labels = dataset?.labels ?? { background: 0, ...Object.fromEntries(numbered("label", 1, highest + 1)) };
	const order = dataset?.regions_class_order;
	const reader = dataset?.file_ending === ending ? dataset.overwrite_image_reader_writer : undefined;
	const content = {
		channel_names: names ?? Object.fromEntries(numbered("channel", 0, channels).map(([name, n]) => [String(n), name])),
		labels,
		...(order === undefined || order === null ? {} : { regions_class_order: order }),
		numTraining: count,
		file_ending: ending,
		...(reader === undefined || reader === null ? {} : { overwrite_image_reader_writer: reader }),
	};
	return `${JSON.stringify(content, null, 4)}\n`;
}
