/**
 * Keeping the largest component of some labels.
 *
 * @module
 */
import type { Shape } from "../core/shape.ts";
import type { LabelArray } from "./labels.ts";
import { paintRuns, withRuns } from "./runs.ts";

/**
 * Sets the voxels of `labels` (C-ordered over `shape`, two or three axes) that belong to the union of `wanted`, but not
 * to its largest component, to `background`; in place. Components that are largest together all stay. Voxels that touch
 * at a corner are connected.
 *
 * As nnU-Net v2 `remove_all_but_largest_component_from_segmentation`.
 *
 * @throws RangeError where length and shape do not fit
 */
export function keepLargest(labels: LabelArray, shape: Shape, wanted: readonly number[], background: number): void {
	const isWanted = new Uint8Array(65536);
	for (const label of wanted) if (label >= 0 && label < isWanted.length) isWanted[label] = 1;
	const mask = new Uint8Array(labels.length);
	for (let i = 0; i < mask.length; i++) mask[i] = isWanted[labels[i] ?? 0] ?? 0;
	withRuns("keepLargest", mask, shape, shape.length === 2 ? 2 : 3, "foreground", (runs) => {
		const largest = runs.sizes.subarray(1).reduce((most, size) => Math.max(most, size), 0);
		const isSmaller = Uint8Array.from(runs.sizes, (size) => (size < largest ? 1 : 0));
		paintRuns(labels, runs, isSmaller, background);
	});
}
