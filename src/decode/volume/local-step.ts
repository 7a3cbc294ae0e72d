/**
 * Steps from channels to channels that look no farther than a few voxels around: what they are, and how far they look.
 *
 * A block is read with its halo, changed, and the halo thrown away: so the result is that of the whole volume. The halo ends
 * where the volume does, and what lies beyond counts there as in the whole volume.
 *
 * @module
 */
import { sizeOf, type Zyx, zyx } from "../../core/shape.ts";
import { threshold } from "../../image/threshold.ts";
import { extentsFor, type MaskMaking, maskStepOf } from "../masks.ts";
import type { DecodeStep } from "../step.ts";
import type { VoxelPlace } from "./voxel-place.ts";

/** A step that makes masks and looks no farther. */
export type LocalMask = Exclude<MaskMaking, { readonly name: "fill_holes" }>;

/** Values times those of another channel. */
export type Gate = { readonly kind: "gate"; readonly channel: number };

/** Values within a mask, whose n-th channel is that of the n-th of the values: at least `least` there, 0 elsewhere. */
export type Bound = { readonly kind: "bound"; readonly mask: VoxelPlace; readonly least: number };

/** One of them. */
export type LocalStep = { readonly kind: "mask"; readonly step: LocalMask } | Gate | Bound;

/** True for the steps that are local masks. */
export function isLocalMask(step: DecodeStep): step is LocalMask {
	return step.name === "threshold" || step.name === "median" || step.name === "opening" || step.name === "closing";
}

/** How far a step looks along z, y, x; `flat`: in each section by itself. */
export function haloOf(step: LocalMask, flat: boolean): Zyx {
	switch (step.name) {
		case "median": {
			const back = extentsFor(step.kwargs.size, flat ? 2 : 3).map((extent) => Math.floor(extent / 2));
			return zyx(flat ? [0, ...back] : back);
		}
		case "opening":
		case "closing": {
			const reach = 2 * step.kwargs.iterations; // there and back
			return [flat ? 0 : reach, reach, reach];
		}
		default:
			return [0, 0, 0];
	}
}

/** The mask of `values`, C-ordered over `shape`; `flat`: each section by itself. */
export function localMask(
	values: Float32Array,
	shape: Zyx,
	step: LocalMask,
	flat: boolean,
): Uint8Array<ArrayBufferLike> {
	const mask = threshold(values, step.kwargs.threshold);
	const change = maskStepOf(step);
	if (change === undefined) return mask;
	if (!flat) return change(mask, shape);
	const plane = sizeOf(shape.slice(1));
	for (let from = 0; from < mask.length; from += plane) {
		mask.set(change(mask.slice(from, from + plane), shape.slice(1)), from);
	}
	return mask;
}
