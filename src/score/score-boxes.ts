/**
 * The boxes in which two volumes are read together: whole chunks where there are chunks, a bounded number of voxels.
 *
 * @module
 */
import type { Box } from "../core/box.ts";
import { sizeOf, type Zyx, zyx } from "../core/shape.ts";

/** Voxels of each volume that are held at a time, where chunks allow it. */
export const BOX_VOXELS = 1 << 23;

/**
 * Boxes that cover `shape`, each once, in C order. A box is the larger of both volumes' chunks, made longer along x, then y, then
 * z while it stays within `voxels`; at least one chunk.
 */
export function* scoreBoxes(
	shape: Zyx,
	chunks: readonly (Zyx | undefined)[],
	voxels: number = BOX_VOXELS,
): Generator<Box> {
	const step = stepOf(shape, chunks, voxels);
	const [depth, height, width] = shape;
	for (let z = 0; z < depth; z += step[0]) {
		for (let y = 0; y < height; y += step[1]) {
			for (let x = 0; x < width; x += step[2]) {
				const start = [z, y, x];
				yield { start, stop: start.map((from, axis) => Math.min(shape[axis] ?? 0, from + (step[axis] ?? 1))) };
			}
		}
	}
}

function stepOf(shape: Zyx, chunks: readonly (Zyx | undefined)[], voxels: number): Zyx {
	const unit = shape.map((extent, axis) =>
		Math.min(
			extent,
			chunks.reduce((most, chunk) => Math.max(most, chunk?.[axis] ?? 1), 1),
		),
	);
	const step = [...unit];
	for (const axis of [2, 1, 0]) {
		const others = sizeOf(step) / (step[axis] ?? 1);
		const [one, extent] = [unit[axis] ?? 1, shape[axis] ?? 1];
		const count = Math.max(1, Math.floor(voxels / others / one));
		step[axis] = Math.min(extent, count * one);
	}
	return zyx(step);
}
