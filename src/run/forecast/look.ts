/**
 * A case looked at: its files are open, nothing is staged, nothing is written.
 *
 * @module
 */

import { DTYPES } from "../../core/dtype.ts";
import { shapeText, sizeOf, type Zyx, zyx } from "../../core/shape.ts";
import type { ModelSpec } from "../../model/spec.ts";
import type { Plan, PlannedCase } from "../../plan/plan.ts";
import type { Settings } from "../../plan/settings.ts";
import { type OpenImage, openImage } from "../../preprocess/image.ts";
import { orientSource } from "../../preprocess/orient-source.ts";
import { orientSpacing } from "../../preprocess/subject.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import { chunkShapeOf } from "../../volume/chunking.ts";
import { volumeError } from "../../volume/fault.ts";
import { isSeekable } from "../../volume/stage.ts";
import type { VolumeInfo, VolumeReader } from "../../volume/volume.ts";
import type { RunOptions } from "../run-options.ts";
import { imageOptions } from "../volume/image-options.ts";
import type { InputForecast } from "./forecast.ts";

/** What was seen. Close its image in a `finally`. */
export type Look = {
	readonly image: OpenImage;
	readonly spec: ModelSpec;
	readonly settings: Settings;
	/** The transposed image. */
	readonly source: VoxelSource;
	/** z, y, x of the transposed image; undefined where nothing says it. */
	readonly spacing: Zyx | undefined;
	readonly input: Omit<InputForecast, "bytes" | "files">;
	/** Bytes that are unpacked to the disk before the volume can be read in any order. */
	readonly unpacked: number;
};

/** Opens the files of a case. @throws INPUT, VOLUME, CONFIG, UNBUILT */
export async function lookAt(entry: PlannedCase, plan: Plan, spec: ModelSpec, options: RunOptions): Promise<Look> {
	const infos: VolumeInfo[] = [];
	let unpacked = 0;
	const io = options.signal === undefined ? {} : { signal: options.signal };
	const image = await openImage(entry.files, spec, {
		...imageOptions(plan.settings, io),
		prepare: async (reader) => {
			infos.push(reader.info);
			if (isSeekable(reader.info)) return reader;
			unpacked += sizeOf(reader.info.shape) * DTYPES[reader.info.dtype].bytes;
			return unread(reader);
		},
	});
	const [info] = infos;
	if (info === undefined) throw new RangeError("a case without files");
	return {
		image,
		spec,
		settings: plan.settings,
		source: orientSource(image.source, spec.transposeForward),
		spacing: orientSpacing(image.spacing, spec),
		input: inputOf(image, info, plan.settings),
		unpacked,
	};
}

/** A reader as it will be once its voxels are unpacked. */
function unread(reader: VolumeReader): VolumeReader {
	const { shape, dtype, path } = reader.info;
	return {
		info: { ...reader.info, chunks: chunkShapeOf(shape, dtype) },
		read: (box) => {
			const from = shapeText(box.start);
			throw volumeError(path, `the voxels at ${from} were asked for, and it is to be looked at only`);
		},
		close: () => reader.close(),
	};
}

/** The voxel size is the file's own, or what the user says: readers of plain images make one up. */
function inputOf(image: OpenImage, info: VolumeInfo, settings: Settings): Look["input"] {
	const spacing = settings.spacing ?? info.spacing;
	return {
		format: info.format,
		channels: image.source.channels,
		shape: zyx(image.shape),
		dtype: image.source.dtype,
		axes: info.axes,
		...(info.chunks === undefined ? {} : { chunks: info.chunks }),
		...(info.compression === undefined ? {} : { compression: info.compression }),
		...(spacing === undefined ? {} : { spacing }),
	};
}
