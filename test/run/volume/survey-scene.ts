/**
 * An image in memory that workers measure together: what they share, and a worker that dies, as a program of its own.
 *
 * Arguments of the program: the folder, and how many reads it does before it dies.
 *
 * @module
 */
import type { NdArray } from "../../../src/core/array.ts";
import type { DType } from "../../../src/core/dtype.ts";
import type { Zyx } from "../../../src/core/shape.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import type { Survey } from "../../../src/preprocess/survey.ts";
import type { VoxelSource } from "../../../src/preprocess/voxel-source.ts";
import { openClaims } from "../../../src/run/claims/claims.ts";
import { type SurveyTask, surveysOf } from "../../../src/run/volume/survey-store.ts";
import { joinPath } from "../../../src/volume/stores/open-store.ts";
import { modelSpec } from "../../model-spec.ts";
import { type ArraySource, sourceOf } from "../../preprocess/array-source.ts";
import { imageOf } from "../../preprocess/bordered-image.ts";

/** What is measured. */
export type SurveyScene = {
	readonly array: NdArray;
	readonly chunks: Zyx;
	readonly sectionwise: boolean;
	/** Of the image, z, y, x: where it is not the model's, ranges are needed, of sections where it is far from even. */
	readonly spacing?: Zyx;
	/** Voxels of a slab. */
	readonly voxels: number;
};

/** A worker. */
export type Surveyor = {
	readonly index: number;
	readonly count: number;
	readonly signal?: AbortSignal;
	readonly onProgress?: (done: number, total: number) => void;
	/** Before each read. */
	readonly onRead?: () => Promise<void> | void;
};

/** The surveys of one worker, and what it read. */
export type Surveyed = { readonly surveys: readonly Survey[]; readonly source: ArraySource };

/** The task over `source`. */
export function taskOf({ sectionwise, spacing }: SurveyScene, source: VoxelSource, folder: string): SurveyTask {
	const how = modelSpec({ dimensions: 3, spacing: [1, 1, 1] });
	const data = { name: "resample_data_or_seg_to_shape", order: 3, orderZ: 0 } as const;
	const spec = {
		...how,
		normalization: Array.from({ length: source.channels }, () => ({ kind: "zscore", useMask: false }) as const),
		resampling: { ...how.resampling, data: { ...data, forceSeparateZ: null, separateZThreshold: 3 } },
	};
	const settings = { ...modelSettings(spec), sectionwise };
	return { source, spec, settings, spacing, inputs: [], outputFolder: folder };
}

/** Measures `scene` with the others that share `folder`. */
export async function survey(
	scene: SurveyScene,
	folder: string,
	{ index, count, signal, onProgress, onRead }: Surveyor,
): Promise<Surveyed> {
	const source = sourceOf(scene.array, scene.chunks);
	const read: VoxelSource["read"] = async (box, options) => {
		await onRead?.();
		return source.read(box, options);
	};
	const place = joinPath(folder, "claims");
	const claims = await openClaims(place, { worker: `worker-${index}`, lease: 60_000, exclusive: true });
	try {
		const options = {
			bytes: 1,
			...(signal === undefined ? {} : { signal }),
			...(onProgress === undefined ? {} : { onProgress }),
		};
		const share = { claims, index, count, voxels: scene.voxels };
		return { surveys: await surveysOf(taskOf(scene, { ...source, read }, folder), options, share), source };
	} finally {
		await claims.close();
	}
}

/** What the worker that dies measures. */
export function dyingScene(dtype: DType = "uint8"): SurveyScene {
	const array = imageOf(dtype, [1, 12, 20, 20], [], 3);
	return { array, chunks: [1, 20, 20], sectionwise: false, voxels: 1200 };
}

if (process.argv[2] !== undefined && process.argv[3] !== undefined) {
	const [, , folder, after] = process.argv;
	let left = Number(after);
	const onRead = () => {
		if (left-- <= 0) process.kill(process.pid, "SIGKILL");
	};
	await survey(dyingScene(), folder, { index: 0, count: 2, onRead });
}
