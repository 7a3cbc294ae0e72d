/**
 * Input that has to be made once on the disk before it can be read box by box: unpacked, or resampled.
 *
 * @module
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { hasDType, type NdArray } from "../../core/array.ts";
import { writeAtomically } from "../../core/atomic-file.ts";
import { makeFolder } from "../../core/folder.ts";
import { hashOf } from "../../core/hash.ts";
import { zyx } from "../../core/shape.ts";
import { type StageJob, stageResampled } from "../../preprocess/stage-resampled.ts";
import type { StageMaker } from "../../preprocess/staged.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import { chunkShapeOf } from "../../volume/chunking.ts";
import { formatByName, openVolume } from "../../volume/formats.ts";
import { isSeekable, stageVolume } from "../../volume/stage.ts";
import type { IoOptions, VolumeReader } from "../../volume/volume.ts";

/** How staging goes about it. */
export type StagedInputOptions = {
	readonly bytes: number;
	readonly io: IoOptions;
	readonly onProgress?: (done: number, total: number) => void;
};

/** A reader that gives any box of `reader`'s voxels at once: itself, or a copy unpacked below `folder`. @throws VOLUME */
export async function seekable(reader: VolumeReader, folder: string, io: IoOptions): Promise<VolumeReader> {
	if (isSeekable(reader.info)) return reader;
	const place = join(folder, `unpacked-${hashOf(reader.info.path).slice(0, 16)}.zarr`);
	await makeFolder(folder);
	await stageVolume(reader, place, io);
	const staged = await openVolume(place, io);
	return {
		info: { ...reader.info, ...(staged.info.chunks === undefined ? {} : { chunks: staged.info.chunks }) },
		read: (box, options) => staged.read(box, options),
		close: async () => {
			await staged.close();
			await reader.close();
		},
	};
}

/**
 * The image at the model's spacing, resampled once into a Zarr below `folder`; found again where that was done already.
 *
 * @throws VOLUME, CANCELLED
 */
export async function stagedSource(folder: string, job: StageJob, options: StagedInputOptions): Promise<VoxelSource> {
	const { source, ...what } = job;
	const record = `${hashOf({ version: 1, what, shape: source.shape, dtype: source.dtype })}\n`;
	const done = join(folder, "done.txt");
	if ((await readFile(done, "utf8").catch(() => "")) !== record) {
		await rm(folder, { recursive: true, force: true });
		await makeFolder(folder);
		await resample(folder, job, options);
		await writeAtomically(done, record);
	}
	const reader = await openVolume(join(folder, "network.zarr"), options.io);
	const [channels = 1, ...extents] = reader.info.shape;
	return {
		channels,
		shape: zyx(extents),
		dtype: "float32",
		chunks: zyx((reader.info.chunks ?? reader.info.shape).slice(1)),
		read: (box, io) => reader.read({ start: [0, ...box.start], stop: [channels, ...box.stop] }, io),
	};
}

async function resample(folder: string, job: StageJob, { bytes, io, onProgress }: StagedInputOptions): Promise<void> {
	const { signal } = io;
	await stageResampled(job, zarrStages(folder, io), {
		bytes,
		chunks: chunkShapeOf([job.source.channels, ...job.change.toShape], "float32"),
		...(signal === undefined ? {} : { signal }),
		...(onProgress === undefined ? {} : { onProgress }),
	});
}

/** Staged arrays as raw Zarr below `folder`. */
function zarrStages(folder: string, io: IoOptions): StageMaker {
	return async (name, shape, chunks) => {
		const path = join(folder, `${name}.zarr`);
		const zarr = await formatByName("zarr");
		if (zarr.openRegions === undefined) throw new RangeError("zarr without regions");
		const layout = { chunks, compression: "none" } as const;
		const writer = await zarr.openRegions(path, { dtype: "float32", shape, axes: "czyx", layout }, io);
		let reader: VolumeReader | undefined;
		return {
			shape,
			write: (start, array, options) => writer.write(start, array, options),
			read: async (box, options) => {
				reader ??= await openVolume(path, io);
				return floats(await reader.read(box, options));
			},
			close: async () => {
				await reader?.close();
				await writer.close();
			},
			remove: async () => {
				await reader?.close();
				await writer.close();
				await rm(path, { recursive: true, force: true });
			},
		};
	};
}

function floats(array: NdArray): NdArray<"float32"> {
	if (hasDType(array, "float32")) return array;
	throw new TypeError(`a staged array of ${array.dtype}`);
}
