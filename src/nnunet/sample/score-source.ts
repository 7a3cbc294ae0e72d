/**
 * How unsure a prediction is, voxel by voxel: what a source of it offers.
 *
 * @module
 */
import type { Box } from "../../core/box.ts";
import { NnvolError } from "../../core/errors.ts";
import type { Zyx } from "../../core/shape.ts";
import type { IoOptions } from "../../volume/volume.ts";

/** What regions are ranked by. */
export type Measure = "entropy" | "mutual_information" | "variance";

/** Largest value of each measure. */
export const MOST: Readonly<Record<Measure, number>> = { entropy: 1, mutual_information: 1, variance: 0.25 };

/** Where the scores of a case are: a volume of a measure, or probabilities. */
export type ScoreFile = { readonly path: string; readonly kind: Measure | "probabilities" };

/** Open scores. Close them in a `finally`. */
export interface ScoreSource {
	readonly path: string;
	/** z, y, x. */
	readonly shape: Zyx;
	/** Values of the source that are read for one score. */
	readonly width: number;
	/** What is best read at once; undefined where anything is. */
	readonly chunks?: Zyx;
	/** True where boxes must be whole along y and x, and come from front to back, to be read quickly. */
	readonly isForward: boolean;
	/** float32 of `box` (z, y, x), C-ordered. @throws VOLUME */
	read(box: Box, options?: IoOptions): Promise<Float32Array<ArrayBuffer>>;
	close(): Promise<void>;
}

/** How far the probabilities of all classes may be from one: they are kept in 8 bits at the least. */
const ROUNDING = 0.02;

/** @throws INPUT where the classes of the first voxel do not sum to one: some are missing, or they are regions */
export function requireWhole(path: string, all: Float32Array, channels: number): void {
	const voxels = all.length / channels;
	let sum = 0;
	for (let channel = 0; channel < channels; channel++) sum += all[channel * voxels] ?? 0;
	if (Math.abs(sum - 1) <= ROUNDING) return;
	throw new NnvolError(
		"INPUT",
		`${path}: the probabilities of a voxel sum to ${sum.toFixed(3)}, not 1: either classes were left out when they were written, or they are regions, which the model's dataset.json would tell (--dataset FILE)`,
		{ fields: { path, sum } },
	);
}
