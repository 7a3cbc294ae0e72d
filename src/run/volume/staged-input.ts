/**
 * Input that has to be made once on the disk before it can be read box by box: unpacked, or resampled.
 *
 * @module
 */
import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeAtomically, writeDurably } from "../../core/atomic-file.ts";
import { makeFolder } from "../../core/folder.ts";
import { hashOf } from "../../core/hash.ts";
import { type Zyx, zyx } from "../../core/shape.ts";
import { type StageJob, type StageOptions, stagePasses, stageResampled } from "../../preprocess/stage-resampled.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import { chunkShapeOf } from "../../volume/chunking.ts";
import { openVolume } from "../../volume/formats.ts";
import { publish, removeStale, removeWhole, temporaryBeside } from "../../volume/publish.ts";
import { isSeekable, stageVolume } from "../../volume/stage.ts";
import type { IoOptions, VolumeReader } from "../../volume/volume.ts";
import { within } from "../claims/within.ts";
import { cutPasses, shareStage } from "./shared-stage.ts";
import type { SurveyShare } from "./slab-records.ts";
import { openStage, sourceOfStage, zarrStages } from "./staged-zarr.ts";

/** The file in `folder` that tells what was resampled there. */
const DONE = "done.txt";

/** How staging goes about it. */
export type StagedInputOptions = {
	readonly bytes: number;
	readonly io: IoOptions;
	readonly onProgress?: (done: number, total: number) => void;
	/** Those who resample it together with this worker, where all of them see the folder. */
	readonly share?: SurveyShare;
};

/** A reader that gives any box of `reader`'s voxels at once, and its path: itself, or a copy unpacked below `folder`. @throws VOLUME */
export async function seekable(
	reader: VolumeReader,
	path: string,
	folder: string,
	io: IoOptions,
): Promise<readonly [VolumeReader, string]> {
	if (isSeekable(reader.info)) return [reader, path];
	const place = join(folder, `unpacked-${hashOf(reader.info.path).slice(0, 16)}.zarr`);
	await makeFolder(folder);
	await stageVolume(reader, place, io);
	const staged = await openVolume(place, io);
	const near: VolumeReader = {
		info: { ...reader.info, ...(staged.info.chunks === undefined ? {} : { chunks: staged.info.chunks }) },
		read: (box, options) => staged.read(box, options),
		close: async () => {
			await staged.close();
			await reader.close();
		},
	};
	return [near, place];
}

/**
 * The image at the model's spacing, resampled once into a Zarr below `folder`; found again where that was done already.
 *
 * @throws VOLUME, CANCELLED
 */
export async function stagedSource(folder: string, job: StageJob, options: StagedInputOptions): Promise<VoxelSource> {
	const { source, ...what } = job;
	const record = `${hashOf({ version: 1, what, shape: source.shape, dtype: source.dtype })}\n`;
	if (!(await isStaged(folder, record))) await stageWith(folder, record, job, options);
	return sourceOfStage(await openStage(folder, "network"), chunksOf(job));
}

async function isStaged(folder: string, record: string): Promise<boolean> {
	return (await readFile(join(folder, DONE), "utf8").catch(() => "")) === record;
}

async function stageWith(folder: string, record: string, job: StageJob, options: StagedInputOptions): Promise<void> {
	const { share, io, onProgress } = options;
	if (share === undefined) return stage(folder, record, job, options);
	const { signal } = io;
	const cut = cutPasses(stagePasses(job, passOptions(job, options)), share.voxels);
	if (cut.every(({ slabs }) => slabs.length < 2)) {
		const alone = async () => {
			if (!(await isStaged(folder, record))) await stage(folder, record, job, options);
		};
		return within(share.claims, "resample", alone, signal);
	}
	await shareStage({
		folder,
		record,
		passes: cut,
		share,
		isDone: () => isStaged(folder, record),
		finish: () => writeAtomically(join(folder, DONE), record),
		...(signal === undefined ? {} : { signal }),
		...(onProgress === undefined ? {} : { onProgress }),
	});
}

/** It appears whole: two processes that make it do not meet, and the one that is later takes the other's. */
async function stage(folder: string, record: string, job: StageJob, options: StagedInputOptions): Promise<void> {
	await makeFolder(dirname(folder));
	await removeStale(dirname(folder));
	const temporary = temporaryBeside(folder);
	try {
		await makeFolder(temporary);
		await resample(temporary, job, options);
		await writeDurably(join(temporary, DONE), record);
		if (await isStaged(folder, record)) return;
		await removeWhole(folder); // of another image
		await publish(temporary, folder);
	} finally {
		await rm(temporary, { recursive: true, force: true });
	}
}

function chunksOf({ change }: StageJob): Zyx {
	return zyx(chunkShapeOf(change.toShape, "float32"));
}

async function resample(folder: string, job: StageJob, options: StagedInputOptions): Promise<void> {
	const { onProgress } = options;
	await stageResampled(job, zarrStages(folder), {
		...passOptions(job, options),
		...(onProgress === undefined ? {} : { onProgress }),
	});
}

function passOptions(job: StageJob, { bytes, io: { signal } }: StagedInputOptions): Omit<StageOptions, "onProgress"> {
	return { bytes, chunks: chunksOf(job), ...(signal === undefined ? {} : { signal }) };
}
