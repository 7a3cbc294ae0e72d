/**
 * Connected components of a mask or of labels in memory.
 *
 * @module
 */
import type { Shape } from "../core/shape.ts";
import { type Connectivity, paintObjects, paintRuns, type Runs, withRuns } from "./runs.ts";

export type { Connectivity } from "./runs.ts";

/** Labels of a mask: 0 is background, objects are 1 to `count` in the order of their first voxel. */
export type Components<Memory extends ArrayBufferLike = ArrayBuffer> = {
	/** One label a voxel, C-ordered. */
	readonly labels: Uint32Array<Memory>;
	readonly count: number;
	/** Voxels of each label; entry 0 is the background. */
	readonly sizes: Uint32Array<ArrayBuffer>;
};

/**
 * Components of `mask` (C-ordered over `shape`, up to three axes; not 0 is foreground). In 2D connectivity 1 means
 * 4 neighbours and 2 means 8; in 3D 1, 2, 3 mean 6, 18, 26. Labels as `scipy.ndimage.label` gives them.
 *
 * @throws RangeError where length or connectivity do not fit the shape
 */
export function components(mask: Uint8Array, shape: Shape, connectivity: Connectivity = 1): Components {
	return withRuns("components", mask, shape, connectivity, "foreground", componentsOf);
}

/**
 * Components of equal labels: neighbours belong together where they have the same value, and 0 is background. Numbered as
 * `components` does; `sizes` likewise. As cc3d's `connected_components` of labels.
 *
 * @throws RangeError where length or connectivity do not fit the shape
 */
export function labelledComponents(
	labels: Uint8Array | Uint16Array | Uint32Array,
	shape: Shape,
	connectivity: Connectivity = 1,
): Components {
	return withRuns("labelledComponents", labels, shape, connectivity, "labels", componentsOf);
}

function componentsOf(runs: Runs): Components {
	const { width, rows, count, sizes } = runs;
	const labels = new Uint32Array(width * rows);
	paintObjects(labels, runs);
	return { labels, count, sizes };
}

/**
 * `mask` as 0 and 1 without objects of fewer than `minVoxels` voxels; an object of exactly as many stays.
 *
 * As `skimage.morphology.remove_small_objects`, whose default connectivity is 1: with `min_size=minVoxels` before
 * release 0.26, with `max_size=minVoxels - 1` from then on (there `min_size` removes objects of exactly that size too).
 */
export function removeSmall(
	mask: Uint8Array,
	shape: Shape,
	minVoxels: number,
	connectivity: Connectivity = 1,
): Uint8Array<ArrayBuffer> {
	return withRuns("removeSmall", mask, shape, connectivity, "foreground", (runs) => {
		const out = new Uint8Array(mask.length);
		const isKept = Uint8Array.from(runs.sizes, (size, object) => (object !== 0 && size >= minVoxels ? 1 : 0));
		paintRuns(out, runs, isKept, 1);
		return out;
	});
}
