/**
 * Logits back to the image's spacing for a part of the volume: the numbers that the whole volume's resampler gives there, to the bit.
 *
 * @module
 */
import type { Box } from "../core/box.ts";
import { NnvolError } from "../core/errors.ts";
import type { PlaneResampler, PlaneResamplerOptions } from "./resample.ts";

/** Shapes are those of the whole. */
export type RegionResamplerOptions = PlaneResamplerOptions & {
	/** The part of the output, z, y, x within `toShape`. */
	readonly box: Box;
};

/** What a part of the output is made of. */
export type RegionResampler = {
	/** The part of the network's space (z, y, x within `fromShape`) whose logits must be given. */
	readonly needs: Box;
	/**
	 * Takes planes [heads, Y, X] of `needs`, from its first z on. Its bands lie in `box`: `z` and `y` count in the whole output,
	 * `values` are [heads, rows, X of the box].
	 */
	readonly resampler: PlaneResampler;
};

/**
 * The resampler of one part. It holds two planes of `needs` at most; a plane that stays as it is is given out whole, without being
 * copied.
 *
 * @throws UNBUILT for splines of order 2 and above, which need the whole volume
 * @throws MODEL where the plans resample nothing but the shapes differ
 */
export function makeRegionResampler(options: RegionResamplerOptions): RegionResampler {
	throw new NnvolError("UNBUILT", `resampling of parts is not built yet (${options.box.start})`);
}
