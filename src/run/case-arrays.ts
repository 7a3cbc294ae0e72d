/**
 * What is written for a case, and how it comes about.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import type { BandSink } from "./band-sink.ts";

/** What is written for a case. */
export type CaseArrays = {
	readonly array: NdArray;
	readonly axes: string;
	/** float32, C, Z, Y, X in the image's space, also for 2D images. */
	readonly probabilities?: NdArray<"float32">;
	/** Objects that `array` numbers, where it does. */
	readonly objects?: number;
	/** What objects were made of, in the axes of `array`. */
	readonly values?: NdArray<"float32">;
};

/** A case in the making. */
export interface CaseOutput extends BandSink {
	/**
	 * @param rank 2 where the image was a single 2D one
	 * @param mask over the (transposed) image; where it is 0 every value becomes 0, before channels are cleaned
	 */
	finish(rank: 2 | 3, mask: Uint8Array | undefined): CaseArrays;
}
