/**
 * The pieces of one block in memory: components of its mask, or of each section of it by itself.
 *
 * @module
 */

import { sizeOf, type Zyx } from "../../core/shape.ts";
import { components, labelledComponents } from "../../image/components.ts";
import type { Neighbourhood } from "./block-task.ts";

/** Labels in the order of first voxels, 1 to `count`. */
export type LocalLabels = { readonly labels: Uint32Array<ArrayBuffer>; readonly count: number };

/** Values of voxels, of which 0 is background. */
export type LabelValues = Uint8Array | Uint16Array | Uint32Array;

/**
 * Pieces of `voxels` (C-ordered over `shape`): of what is not 0, or with `byValue` of neighbours with equal values. With
 * `flat` pieces end with their section, and those of a section come after those of the one before.
 */
export function localLabels(
	voxels: LabelValues,
	shape: Zyx,
	{ connectivity, flat }: Neighbourhood,
	byValue: boolean,
): LocalLabels {
	const find = (part: LabelValues, extent: Zyx): LocalLabels => {
		if (part instanceof Uint8Array && !byValue) return components(part, extent, connectivity);
		return labelledComponents(part, extent, connectivity);
	};
	if (!flat || shape[0] === 1) return find(voxels, shape);
	const plane = sizeOf(shape.slice(1));
	const labels = new Uint32Array(voxels.length);
	let count = 0;
	for (let z = 0; z < shape[0]; z++) {
		const found = find(voxels.subarray(z * plane, (z + 1) * plane), [1, shape[1], shape[2]]);
		for (let i = 0; i < plane; i++) {
			const label = found.labels[i] ?? 0;
			if (label !== 0) labels[z * plane + i] = label + count;
		}
		count += found.count;
	}
	return { labels, count };
}
