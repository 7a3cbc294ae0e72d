/**
 * What a command is run on: a folder of a test's own with a tiny model and images made for it.
 *
 * @module
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type NdArray, zeros } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import type { DType } from "../../src/core/dtype.ts";
import { formatByName, formatOfName, openVolume } from "../../src/volume/formats.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "graph");

/** Networks of a few thousand parameters with genuine checkpoints, by how many channels they take and in how many dimensions. */
const NETWORKS = {
	"1 channel 2D": "residual_2d",
	"2 channels 2D": "plain_2d",
	"1 channel 3D": "plain_3d_anisotropic",
} as const;

/** What a model's files say besides the network's. */
export type ModelOptions = {
	readonly network?: keyof typeof NETWORKS;
	/** Ending and reader of the data set. Default: PNG images. */
	readonly ending?: string;
	readonly reader?: string;
	/** What else dataset.json and plans.json say. */
	readonly dataset?: Readonly<Record<string, unknown>>;
	/** Puts the checkpoint into these fold folders. */
	readonly folds?: readonly (number | "all")[];
	readonly plans?: Readonly<Record<string, unknown>>;
};

/** Writes a tiny model to `folder`; gives the folder. */
export function writeModel(folder: string, options: ModelOptions = {}): string {
	const source = join(FIXTURES, NETWORKS[options.network ?? "1 channel 2D"]);
	const { ending = ".png", reader = "NaturalImage2DIO" } = options;
	mkdirSync(folder, { recursive: true });
	for (const fold of options.folds ?? []) {
		mkdirSync(join(folder, `fold_${fold}`));
		cpSync(join(source, "model.pth"), join(folder, `fold_${fold}`, "checkpoint_final.pth"));
	}
	if (options.folds === undefined) cpSync(join(source, "model.pth"), join(folder, "model.pth"));
	const dataset = {
		...readJson(join(source, "dataset.json")),
		file_ending: ending,
		...options.dataset,
	};
	const plans = { ...readJson(join(source, "plans.json")), image_reader_writer: reader, ...options.plans };
	writeFileSync(join(folder, "dataset.json"), JSON.stringify(dataset));
	writeFileSync(join(folder, "plans.json"), JSON.stringify(plans));
	return folder;
}

/** The object in a JSON file. */
export function readJson(path: string): Record<string, unknown> {
	return JSON.parse(readFileSync(path, "utf8"));
}

/** An array with blobs and texture, the same each time for one `seed`. */
export function pattern(shape: readonly number[], dtype: DType = "uint8", seed = 1): NdArray {
	const array = zeros(dtype, shape);
	const width = shape.at(-1) ?? 1;
	for (let i = 0; i < array.data.length; i++) {
		const wave = Math.sin((i % width) / (3 + seed)) + Math.cos(Math.floor(i / width) / (2 + seed));
		array.data[i] = 100 + Math.round(40 * wave + ((i * 7919 * seed) % 31));
	}
	return array;
}

/** Writes an array in the format that the ending of `path` tells. */
export async function writeVolume(
	path: string,
	array: NdArray,
	axes: string,
	spacing?: readonly number[],
): Promise<string> {
	mkdirSync(dirname(path), { recursive: true });
	const format = await formatByName(formatOfName(path) ?? "png");
	const writer = await format.create(path, {
		dtype: array.dtype,
		shape: array.shape,
		axes,
		...(spacing === undefined ? {} : { spacing }),
	});
	await writer.write(wholeBox(array.shape).start, array);
	await writer.finish();
	return path;
}

/** Writes grey PNG images of 24x30 px by name; gives their folder. */
export async function writeImages(
	folder: string,
	names: readonly string[],
	shape: readonly number[] = [24, 30],
): Promise<string> {
	for (const [n, name] of names.entries()) await writeVolume(join(folder, name), pattern(shape, "uint8", n + 1), "yx");
	return folder;
}

/** Reads a whole volume. */
export async function readVolume(path: string): Promise<NdArray> {
	const reader = await openVolume(path);
	try {
		return await reader.read(wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

/** `dtype shape` of a volume, for short assertions. */
export async function describeVolume(path: string): Promise<string> {
	const { dtype, shape } = await readVolume(path);
	return `${dtype} ${shape.join("x")}`;
}

/** Everything below a folder, as sorted relative paths; empty for a folder that is not there. */
export function treeOf(folder: string): string[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { recursive: true }).map(String).sort();
}

/** The outputs in a folder, without what lies under `.nnvol`. */
export function outputsOf(folder: string): string[] {
	return treeOf(folder).filter((name) => !name.startsWith(".nnvol"));
}

/** Names that only a half-written file has. */
export function temporariesOf(folder: string): string[] {
	return treeOf(folder).filter((name) => name.includes("nnvol-tmp") || name.includes("nnvol-old"));
}
