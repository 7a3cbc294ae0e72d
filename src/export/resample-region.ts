/**
 * Logits back to the image's spacing for a part of the volume: the numbers that the whole volume's resampler gives there, to the bit.
 *
 * @module
 */
import { type Box, boxShape, contains, isEmpty, wholeBox } from "../core/box.ts";
import { NnvolError } from "../core/errors.ts";
import { shapeText, type Zyx, zyx } from "../core/shape.ts";
import { type PartOfAxis, pairsOf, partOfPairs } from "../image/resample-band.ts";
import { AXES, type Axis } from "../preprocess/resample-axes.ts";
import { BAND_BYTES, isLong, logitPlan, type PlaneResampler, type PlaneResamplerOptions } from "./resample.ts";
import { type PlanePairs, streamPairs } from "./resample-stream.ts";

/** Shapes are those of the whole. */
export type RegionResamplerOptions = PlaneResamplerOptions & {
	/** The part of the output, z, y, x within `toShape`. */
	readonly box: Box;
};

/** What a part of the output is made of. */
export type RegionResampler = {
	/** The part of the network's space (z, y, x within `fromShape`) whose logits must be given. */
	readonly needs: Box;
	/** True where nothing is resampled: what is given is what comes out. */
	readonly isSame: boolean;
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
	const { heads, fromShape, toShape, box } = options;
	requireInside(box, toShape);
	const { axes } = logitPlan(options);
	if (AXES.some((axis) => isLong(axes, axis))) throw unbuilt();
	const part = (axis: Axis): PartOfAxis => {
		const pairs = pairsOf(axes[axis], fromShape[axis]);
		return partOfPairs(pairs, box.start[axis] ?? 0, box.stop[axis] ?? 0, fromShape[axis], axis === 2);
	};
	const [z, y, x] = [part(0), part(1), part(2)];
	const needs: Box = { start: [z.first, y.first, x.first], stop: [z.end, y.end, x.end] };
	const pairs: PlanePairs = {
		heads,
		shape: zyx(boxShape(needs)),
		z: z.pairs,
		y: y.pairs,
		x: x.pairs,
		first: [box.start[0] ?? 0, box.start[1] ?? 0],
	};
	const isSame = z.pairs.isSame && y.pairs.isSame && x.pairs.isSame;
	return { needs, isSame, resampler: streamPairs(pairs, { ...options, bandBytes: options.bandBytes ?? BAND_BYTES }) };
}

function requireInside(box: Box, shape: Zyx): void {
	if (!isEmpty(box) && contains(wholeBox(shape), box)) return;
	throw new RangeError(
		`resampling: the part from [${box.start.join(", ")}] to [${box.stop.join(", ")}] is none of an output of ${shapeText(shape)}`,
	);
}

function unbuilt(): NnvolError {
	return new NnvolError(
		"UNBUILT",
		"the model's plans resample probabilities by splines of order 2 or above (resampling_fn_probabilities): every voxel needs the whole volume, so that it cannot be streamed; give an image of the model's spacing, or more memory",
	);
}
