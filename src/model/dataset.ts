/**
 * dataset.json of nnU-Net v2: channels, labels or regions, file type.
 *
 * @module
 */
import { z } from "zod";
import { NnvolError } from "../core/errors.ts";
import { checkShape, readOrderedJson } from "./json.ts";
import type { LabelScheme, LabelSpec } from "./spec.ts";

const label = z.union([z.int().nonnegative(), z.array(z.int().nonnegative()).min(1)]);

const datasetSchema = z.looseObject({
	name: z.string().optional(),
	channel_names: z.record(z.string(), z.string()).optional(),
	modality: z.record(z.string(), z.string()).optional(),
	labels: z.record(z.string(), label),
	regions_class_order: z.array(z.int().nonnegative()).nullish(),
	file_ending: z.string().regex(/^\../, 'expected an ending with its dot, like ".png"'),
	overwrite_image_reader_writer: z.string().nullish(),
});

/** dataset.json. */
export type Dataset = z.infer<typeof datasetSchema> & {
	readonly path: string;
	/** Names of `labels` in the order of the file, which is that of regions; that of the object where it is left out. */
	readonly labelOrder?: readonly string[];
};

/** Reads dataset.json. @throws MODEL where it is missing, damaged, or not nnU-Net v2's */
export async function readDataset(path: string): Promise<Dataset> {
	const { value, keysOf } = await readOrderedJson(path, "dataset");
	return { ...checkShape(datasetSchema, value, path), path, labelOrder: keysOf("labels") };
}

/** Names of the channels in their order (keys "0", "1", ...). @throws MODEL where there are none or one is missing */
export function channelNames(dataset: Dataset): string[] {
	const named = dataset.modality ?? dataset.channel_names;
	const count = Object.keys(named ?? {}).length;
	if (named === undefined || count === 0)
		throw new NnvolError("MODEL", `${dataset.path}: "channel_names" is missing or empty`);
	return Array.from({ length: count }, (_, index) => {
		const name = named[String(index)];
		if (name === undefined) {
			const keys = Object.keys(named).join(", ");
			throw new NnvolError("MODEL", `${dataset.path}: channels must be numbered 0 to ${count - 1}, found ${keys}`);
		}
		return name;
	});
}

/**
 * How network outputs become labels. Regions where a label is a list of more than one value, as in nnU-Net.
 * @throws MODEL where background, order or the ignore label break nnU-Net's rules
 */
export function labelScheme(dataset: Dataset): LabelScheme {
	const fail = (text: string) => new NnvolError("MODEL", `${dataset.path}: ${text}`);
	const { background } = dataset.labels;
	if (background !== 0) throw fail(`"labels" must have "background": 0, found ${JSON.stringify(background)}`);
	const specs = entriesInOrder(dataset)
		.filter(([name]) => name !== "ignore")
		.map(([name, value]): LabelSpec => ({ name, values: Array.isArray(value) ? value : [value] }));
	const highest = Math.max(...specs.flatMap(({ values }) => values));
	const ignore = ignoreLabel(dataset, highest);
	if (!Object.values(dataset.labels).some((value) => Array.isArray(value) && value.length > 1)) {
		return { kind: "labels", labels: byValue(dataset, specs), ...ignore };
	}
	const regions = specs.filter(({ values }) => values.some((value) => value !== 0));
	const classOrder = dataset.regions_class_order;
	if (classOrder === undefined || classOrder === null)
		throw fail('labels are regions, but "regions_class_order" is missing');
	if (classOrder.length !== regions.length) {
		throw fail(`"regions_class_order" has ${classOrder.length} entries for ${regions.length} foreground regions`);
	}
	return { kind: "regions", regions, classOrder, ...ignore };
}

/** The labels as the file lists them: names such as "1" would come first otherwise. */
function entriesInOrder({ labels, labelOrder }: Dataset): (readonly [string, number | number[]])[] {
	const names = labelOrder ?? Object.keys(labels);
	return names.flatMap((name) => {
		const value = labels[name];
		return value === undefined ? [] : [[name, value] as const];
	});
}

/** Values of the foreground labels, ascending: the extra input channels of a cascade. */
export function foregroundValues(dataset: Dataset): number[] {
	const values = Object.entries(dataset.labels).flatMap(([name, value]) => (name === "ignore" ? [] : value));
	return [...new Set(values)].filter((value) => value !== 0).sort((a, b) => a - b);
}

function byValue(dataset: Dataset, specs: readonly LabelSpec[]): LabelSpec[] {
	const sorted = [...specs].sort((a, b) => (a.values[0] ?? 0) - (b.values[0] ?? 0));
	sorted.forEach(({ name, values }, index) => {
		if (values[0] === index) return;
		throw new NnvolError(
			"MODEL",
			`${dataset.path}: label values must be 0, 1, 2, ... without gaps or doubles; "${name}" is ${values[0]}, expected ${index}`,
		);
	});
	return sorted;
}

function ignoreLabel(dataset: Dataset, highest: number): { ignore?: number } {
	const { ignore } = dataset.labels;
	if (ignore === undefined) return {};
	if (ignore !== highest + 1) {
		throw new NnvolError(
			"MODEL",
			`${dataset.path}: the label "ignore" must be the highest, ${highest + 1}; found ${JSON.stringify(ignore)}`,
		);
	}
	return { ignore };
}
