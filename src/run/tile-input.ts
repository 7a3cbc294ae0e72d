/**
 * Cuts tiles for the network out of a subject that was padded in thought: voxels outside it are zero.
 *
 * @module
 */
import type { Subject } from "../preprocess/subject.ts";

/**
 * Writes the tile whose first voxel is `start` (counted in the padded subject, which begins `before` voxels earlier) to
 * `target` at `offset`: float32 [C, ...patch].
 */
export function cutTile(
	subject: Subject,
	before: readonly number[],
	start: readonly number[],
	patch: readonly number[],
	target: Float32Array,
	offset: number,
): void {
	const [depth, height, width] = subject.shape;
	const [pz = 1, py = 1, px = 1] = patch;
	const [z0, y0, x0] = start.map((value, axis) => value - (before[axis] ?? 0));
	const left = Math.max(0, -(x0 ?? 0));
	const right = Math.min(px, width - (x0 ?? 0));
	target.fill(0, offset, offset + subject.channels * pz * py * px);
	for (let c = 0; c < subject.channels; c++) {
		for (let z = Math.max(0, -(z0 ?? 0)); z < Math.min(pz, depth - (z0 ?? 0)); z++) {
			for (let y = Math.max(0, -(y0 ?? 0)); y < Math.min(py, height - (y0 ?? 0)); y++) {
				const source = ((c * depth + z + (z0 ?? 0)) * height + y + (y0 ?? 0)) * width + (x0 ?? 0);
				const row = offset + ((c * pz + z) * py + y) * px;
				target.set(subject.data.subarray(source + left, source + right), row + left);
			}
		}
	}
}
