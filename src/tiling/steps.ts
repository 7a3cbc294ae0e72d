/**
 * Where tiles start along one axis, as nnU-Net places them.
 *
 * Unit: voxels. Starts are sorted, the first is 0, the last lets the tile end at the end of the axis.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { roundHalfEven } from "../core/rounding.ts";

/** More starts than this many a voxel of the axis are a mistake in the step, not a wish. */
const MOST_STARTS_PER_VOXEL = 16;

/**
 * Starts of tiles of `tile` voxels on an axis of `size` voxels (integers, `size >= tile >= 1`), at most
 * `tile * stepFraction` voxels apart and evenly spread, rounded half to even.
 * Where a step is under one voxel a start can repeat, as in nnU-Net.
 *
 * Mathematics: nnU-Net v2 `compute_steps_for_sliding_window` (inference/sliding_window_prediction.py).
 *
 * @throws CONFIG where `stepFraction` is not in (0, 1] or far too small; RangeError where the axis is shorter than the tile
 */
export function tileStarts(size: number, tile: number, stepFraction: number): number[] {
	checkStep(stepFraction);
	if (!Number.isSafeInteger(size) || !Number.isSafeInteger(tile) || tile < 1 || size < tile) {
		throw new RangeError(`tileStarts: an axis of ${size} voxels cannot hold tiles of ${tile}; pad it first`);
	}
	const last = size - tile;
	const count = Math.ceil(last / (tile * stepFraction)) + 1;
	if (count > MOST_STARTS_PER_VOXEL * size) throw stepTooSmall(stepFraction, tile, count);
	const spacing = count > 1 ? last / (count - 1) : 0;
	return Array.from({ length: count }, (_, i) => roundHalfEven(spacing * i));
}

/** @throws CONFIG where `stepFraction` is not a number in (0, 1] */
export function checkStep(stepFraction: number): void {
	if (stepFraction > 0 && stepFraction <= 1) return;
	throw new NnvolError(
		"CONFIG",
		`step size: expected a share of the tile above 0 and up to 1, found ${stepFraction}; nnU-Net's default is 0.5 (overlap 0.5)`,
		{ fields: { step: stepFraction } },
	);
}

function stepTooSmall(stepFraction: number, tile: number, count: number): NnvolError {
	return new NnvolError(
		"CONFIG",
		`step size ${stepFraction}: tiles of ${tile} voxels would start ${count} times along one axis, expected steps of a voxel or more; choose at least ${1 / tile}`,
		{ fields: { step: stepFraction, tile, count } },
	);
}
