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
import { closingStep, extentsFor, type MaskStep, medianStep, openingStep } from "../masks.ts";
import type { DecodeStep } from "../step.ts";
import type { VoxelPlace } from "./voxel-place.ts";

/** A mask of what is above `limit`, changed or as it is. */
export type LocalMask = { readonly limit: number } & (
	| { readonly kind: "threshold" }
	| { readonly kind: "median"; readonly size: number | readonly number[] }
	| { readonly kind: "opening" | "closing"; readonly iterations: number }
);

/** Values times those of another channel. */
export type Gate = { readonly kind: "gate"; readonly channel: number };

/** Values within a mask, whose n-th channel is that of the n-th of the values: at least `least` there, 0 elsewhere. */
export type Bound = { readonly kind: "bound"; readonly mask: VoxelPlace; readonly least: number };

/** One of them. */
export type LocalStep = LocalMask | Gate | Bound;

/** The local mask that `step` is; undefined for others. */
export function localMaskOf(step: DecodeStep): LocalMask | undefined {
	switch (step.name) {
		case "threshold":
			return { kind: "threshold", limit: step.kwargs.threshold };
		case "median":
			return { kind: "median", limit: step.kwargs.threshold, size: step.kwargs.size };
		case "opening":
		case "closing":
			return { kind: step.name, limit: step.kwargs.threshold, iterations: step.kwargs.iterations };
		default:
			return undefined;
	}
}

/** How far a step looks along z, y, x; `flat`: in each section by itself. */
export function haloOf(step: LocalStep, flat: boolean): Zyx {
	switch (step.kind) {
		case "median": {
			const back = extentsFor(step.size, flat ? 2 : 3).map((extent) => Math.floor(extent / 2));
			return zyx(flat ? [0, ...back] : back);
		}
		case "opening":
		case "closing": {
			const reach = 2 * step.iterations; // there and back
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
	const mask = threshold(values, step.limit);
	const change = changeOf(step);
	if (change === undefined) return mask;
	if (!flat) return change(mask, shape);
	const plane = sizeOf(shape.slice(1));
	for (let from = 0; from < mask.length; from += plane) {
		mask.set(change(mask.slice(from, from + plane), shape.slice(1)), from);
	}
	return mask;
}

function changeOf(step: LocalMask): MaskStep | undefined {
	switch (step.kind) {
		case "median":
			return medianStep(step.size);
		case "opening":
			return openingStep(step.iterations);
		case "closing":
			return closingStep(step.iterations);
		default:
			return undefined;
	}
}
