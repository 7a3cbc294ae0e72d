/**
 * A float32 array on the disk that is written and read in boxes: what resampled input is kept in.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import type { Box } from "../core/box.ts";
import type { Shape } from "../core/shape.ts";
import type { IoOptions } from "../volume/volume.ts";

/** An array C, Z, Y, X on its way through the stages. */
export interface StagedArray {
	readonly shape: Shape;
	/** Writes at `start`; boxes are whole chunks, cut at the array's end. */
	write(start: readonly number[], array: NdArray<"float32">, options?: IoOptions): Promise<void>;
	/** The voxels of `box` (C, Z, Y, X). The array is the caller's. */
	read(box: Box, options?: IoOptions): Promise<NdArray<"float32">>;
	/** Lets go of what is open; the array stays. */
	close(): Promise<void>;
	/** Closes and removes it for good: scratch between two passes. */
	remove(): Promise<void>;
}

/** Makes an array of `shape` (C, Z, Y, X) in chunks of `chunks`; `name` is a plain word, different for each array of an image. */
export type StageMaker = (name: string, shape: Shape, chunks: Shape) => Promise<StagedArray>;
