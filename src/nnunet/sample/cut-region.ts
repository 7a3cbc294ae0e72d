/**
 * Cuts a region out: its images, its predicted labels and how unsure they are, each as a file of its own.
 *
 * @module
 */
import { join } from "node:path";
import type { NdArray } from "../../core/array.ts";
import { type Box, wholeBox } from "../../core/box.ts";
import type { DType } from "../../core/dtype.ts";
import { NnvolError } from "../../core/errors.ts";
import { quantise } from "../../image/cast.ts";
import { readSpacing, sidecarText } from "../../preprocess/spacing.ts";
import { carried } from "../../volume/convert/carry.ts";
import { convertVolume } from "../../volume/convert/convert.ts";
import { formatByName, openVolume } from "../../volume/formats.ts";
import type { FormatName, IoOptions, VolumeInfo } from "../../volume/volume.ts";
import { writeWhole } from "../write-whole.ts";
import type { SampledCase } from "./find-cases.ts";
import type { ScoreSource } from "./score-source.ts";
import { fileBox, spatialOf } from "./spatial.ts";

/** Folders of a sample, as nnU-Net names them; the last is ours. */
export const FOLDERS = { images: "imagesTr", labels: "labelsTr", uncertainty: "uncertaintyTr" } as const;

/** How regions are written. */
export type CutOptions = IoOptions & {
	readonly folder: string;
	readonly format: FormatName;
	/** With its dot. */
	readonly ending: string;
	/** Array of the images, of files with several. */
	readonly dataset?: string;
	/** The largest possible value of the scores. */
	readonly most: number;
	readonly memory: number;
};

/** Writes the region `box` (z, y, x) of a case as `name`. @throws VOLUME, CONFIG where the format cannot hold it */
export async function cutRegion(
	name: string,
	{ files, labels }: SampledCase,
	scores: ScoreSource,
	box: Box,
	options: CutOptions,
): Promise<void> {
	const { folder, ending, dataset } = options;
	for (const [channel, file] of files.entries()) {
		const target = join(folder, FOLDERS.images, `${name}_${String(channel).padStart(4, "0")}${ending}`);
		const info = await copyPart(file, target, box, options, dataset);
		if (channel === 0) await writeSpacing(name, file, info, options);
	}
	const info = await copyPart(labels, join(folder, FOLDERS.labels, `${name}${ending}`), box, options);
	await writeScores(join(folder, FOLDERS.uncertainty, `${name}${ending}`), info, scores, box, options);
}

/** Copies a part; gives what the whole is. */
async function copyPart(
	from: string,
	to: string,
	box: Box,
	{ format, memory, signal }: CutOptions,
	dataset?: string,
): Promise<VolumeInfo> {
	const io = signal === undefined ? {} : { signal };
	const reader = await openVolume(from, dataset === undefined ? io : { ...io, dataset });
	try {
		const part = fileBox(spatialOf(reader.info), box);
		await convertVolume(reader, to, format, { box: part, memory, ...io });
		return reader.info;
	} finally {
		await reader.close();
	}
}

/** nnU-Net's reader of TIFF volumes looks for the voxel size in a file beside. */
async function writeSpacing(
	name: string,
	file: string,
	info: VolumeInfo,
	{ folder, format }: CutOptions,
): Promise<void> {
	if (format !== "tiff" || !spatialOf(info).axes.includes("z")) return;
	const spacing = await readSpacing(file, info);
	if (spacing === undefined) return;
	for (const place of [FOLDERS.images, FOLDERS.labels]) {
		await writeWhole(join(folder, place, `${name}.json`), sidecarText(spacing));
	}
}

/** float32 where the format can, else 255 steps of the largest value; in the place and axes of the labels. */
async function writeScores(
	path: string,
	labels: VolumeInfo,
	scores: ScoreSource,
	box: Box,
	options: CutOptions,
): Promise<void> {
	const { most, signal } = options;
	const io = signal === undefined ? {} : { signal };
	const format = await formatByName(options.format);
	const dtype = scoreDType(format.writes);
	const part = fileBox(spatialOf(labels), box);
	const spec = carried({ ...labels, dtype }, part, {}, options.format);
	const values = await scores.read(box, io);
	const data = quantise(values, dtype === "uint8" ? 255 / most : 1, dtype);
	const writer = await format.create(path, { ...spec, attributes: { scale: dtype === "uint8" ? most / 255 : 1 } }, io);
	try {
		const array: NdArray = { dtype, shape: spec.shape, data };
		await writer.write(wholeBox(spec.shape).start, array, io);
		await writer.finish();
	} catch (error) {
		await writer.discard();
		throw error;
	}
}

/** How scores are kept in a format that writes these types. @throws CONFIG where it can neither */
export function scoreDType(writes: readonly DType[]): "float32" | "uint8" {
	if (writes.includes("float32")) return "float32";
	if (writes.includes("uint8")) return "uint8";
	throw new NnvolError(
		"CONFIG",
		"the format of the regions holds neither float32 nor uint8; choose another by --format",
	);
}
