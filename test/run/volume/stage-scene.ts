/**
 * An image in memory that workers resample together, and a worker that dies, as a program of its own.
 *
 * Arguments of the program: the folder, and how many reads it does before it dies.
 *
 * @module
 */
import { join } from "node:path";
import { wholeBox } from "../../../src/core/box.ts";
import { type Zyx, zyx } from "../../../src/core/shape.ts";
import { rangeOf } from "../../../src/image/statistics.ts";
import type { StageJob } from "../../../src/preprocess/stage-resampled.ts";
import type { VoxelSource } from "../../../src/preprocess/voxel-source.ts";
import { openClaims } from "../../../src/run/claims/claims.ts";
import { stagedSource } from "../../../src/run/volume/staged-input.ts";
import { sourceOf } from "../../preprocess/array-source.ts";
import { wavy } from "./scene.ts";

/** What is resampled. */
export type StageScene = {
	readonly shape: Zyx;
	readonly toShape: Zyx;
	/** Memory: less makes more passes and blocks. */
	readonly bytes: number;
	/** Voxels of a run of blocks. */
	readonly voxels: number;
	readonly seed: number;
};

/** A worker; alone where `count` is 0. */
export type Stager = {
	readonly index: number;
	readonly count: number;
	readonly signal?: AbortSignal;
	readonly onProgress?: (done: number, total: number) => void;
	/** Before each read of the source. */
	readonly onRead?: () => Promise<void> | void;
};

/** Stages `scene` below `folder` with the others: its voxels, and how many were read of the image. */
export async function stageScene(scene: StageScene, folder: string, stager: Stager) {
	const { index, count, signal, onProgress, onRead } = stager;
	const array = wavy("uint16", [1, ...scene.shape], 0, scene.seed);
	const memory = sourceOf(array, [4, 8, 8]);
	const read: VoxelSource["read"] = async (box, options) => {
		await onRead?.();
		return memory.read(box, options);
	};
	const range = rangeOf(Float32Array.from(array.data, Number), 0, array.data.length);
	const job: StageJob = {
		source: { ...memory, read },
		box: wholeBox(scene.shape),
		scales: [{ kind: "scale", subtract: 30, divide: 7 }],
		change: { shape: scene.shape, toShape: scene.toShape, spacing: [1, 1, 1], toSpacing: [1, 1, 1] },
		how: {
			name: "resample_data_or_seg_to_shape",
			order: 3,
			orderZ: 0,
			forceSeparateZ: false,
			separateZThreshold: 3,
		},
		survey: { figures: [{ range }] },
	};
	const place = join(folder, "claims");
	const claims = await openClaims(place, { worker: `worker-${index}`, lease: 60_000, exclusive: true });
	try {
		const options = {
			bytes: scene.bytes,
			io: signal === undefined ? {} : { signal },
			...(count === 0 ? {} : { share: { claims, index, count, voxels: scene.voxels } }),
			...(onProgress === undefined ? {} : { onProgress }),
		};
		const staged = await stagedSource(join(folder, "network"), job, options);
		return { voxels: await staged.read(wholeBox(zyx(staged.shape))), read: memory.voxelsRead() };
	} finally {
		await claims.close();
	}
}

/** What the worker that dies resamples. */
export const DYING_STAGE: StageScene = {
	shape: [20, 30, 30],
	toShape: [26, 21, 40],
	bytes: 60_000,
	voxels: 1,
	seed: 4,
};

if (process.argv[2] !== undefined && process.argv[3] !== undefined) {
	const [, , folder, after] = process.argv;
	let left = Number(after);
	const onRead = () => {
		if (left-- <= 0) process.kill(process.pid, "SIGKILL");
	};
	await stageScene(DYING_STAGE, folder, { index: 0, count: 2, onRead });
}
