/**
 * Clean-up of masks before objects are made of them.
 *
 * @module
 */
import { assertNever } from "../core/errors.ts";
import { fillHoles } from "../image/fill-holes.ts";
import { median } from "../image/median.ts";
import { close, open } from "../image/morphology.ts";
import { threshold } from "../image/threshold.ts";
import type { DecodeStep } from "./step.ts";
import { type Channels, type DecodeContext, type Part, partsOf, valuesOf } from "./values.ts";

/** Changes a mask of 0 and 1 over `shape` (y, x or z, y, x). */
export type MaskStep = (mask: Uint8Array<ArrayBuffer>, shape: readonly number[]) => Uint8Array;

/** Every channel as a mask of what is above `limit`, each part of it changed by `step`; in a new array. */
export function masked(
	input: Channels,
	limit: number,
	context: DecodeContext,
	step: MaskStep = (mask) => mask,
): Channels {
	const data = new Float32Array(input.data.length);
	for (let channel = 0; channel < input.channels; channel++) {
		for (const part of partsOf(input.shape, context)) {
			const mask = threshold(valuesOf(input, channel, part), limit);
			valuesOf({ ...input, data }, channel, part).set(step(mask, part.shape));
		}
	}
	return { ...input, data };
}

/** The median over `size` voxels, one number for every axis or one an axis; of three numbers sections take the last two. */
function medianStep(size: number | readonly number[]): MaskStep {
	return (mask, shape) => median(mask, shape, extentsFor(size, shape.length));
}

/** Extents along `rank` axes, of one number for all of them or one an axis. */
export function extentsFor(size: number | readonly number[], rank: number): readonly number[] {
	if (typeof size === "number") return new Array<number>(rank).fill(size);
	return size.length >= rank
		? size.slice(size.length - rank)
		: [...new Array<number>(rank - size.length).fill(1), ...size];
}

/** Opening by the nearest neighbours, `iterations` times. */
function openingStep(iterations: number): MaskStep {
	return (mask, shape) => open(mask, shape, { radius: iterations });
}

/** Closing by the nearest neighbours, `iterations` times. */
function closingStep(iterations: number): MaskStep {
	return (mask, shape) => close(mask, shape, { radius: iterations });
}

/** Enclosed background becomes foreground. */
const fillHolesStep: MaskStep = (mask, shape) => fillHoles(mask, shape);

/** Steps that make masks of channels. */
export type MaskMaking = Extract<
	DecodeStep,
	{ readonly name: "threshold" | "median" | "opening" | "closing" | "fill_holes" }
>;

/** What a step does to a mask; undefined where it leaves it as it is. */
export function maskStepOf(step: MaskMaking): MaskStep | undefined {
	switch (step.name) {
		case "threshold":
			return undefined;
		case "median":
			return medianStep(step.kwargs.size);
		case "opening":
			return openingStep(step.kwargs.iterations);
		case "closing":
			return closingStep(step.kwargs.iterations);
		case "fill_holes":
			return fillHolesStep;
		default:
			return assertNever(step);
	}
}

/** Whether a step works section by section by its own word; null where it leaves that open. */
export function ownSections(step: MaskMaking): boolean | null {
	return step.name === "threshold" ? null : step.kwargs.sectionwise;
}

/** Where voxels are foreground by several conditions. */
export function both(a: Uint8Array<ArrayBuffer>, b: Uint8Array): Uint8Array<ArrayBuffer> {
	for (let i = 0; i < a.length; i++) a[i] = (a[i] ?? 0) & (b[i] ?? 0);
	return a;
}

/** 1 where a value is below `limit`. */
export function below(values: Float32Array, limit: number): Uint8Array<ArrayBuffer> {
	const mask = new Uint8Array(values.length);
	for (let i = 0; i < mask.length; i++) if ((values[i] ?? 0) < limit) mask[i] = 1;
	return mask;
}

/** The values of one channel of a part above `limit`, as 0 and 1. */
export function aboveOf(input: Channels, channel: number, limit: number, part: Part): Uint8Array<ArrayBuffer> {
	return threshold(valuesOf(input, channel, part), limit);
}
