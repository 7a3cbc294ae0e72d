/**
 * How sure a network is of each voxel: the entropy of its probabilities.
 *
 * Mathematics: Shannon's entropy, divided by its largest value, so that 0 is certain and 1 knows nothing.
 *
 * @module
 */

/**
 * Of float32 [heads, voxels], probabilities that exclude each other (`exclusive`: one entropy over all heads) or not (the
 * mean of each head's own): float32 [voxels], 0 to 1. One head that excludes nothing else is certain.
 */
export function entropy(
	probabilities: Float32Array<ArrayBuffer>,
	heads: number,
	exclusive: boolean,
): Float32Array<ArrayBuffer> {
	const voxels = probabilities.length / heads;
	const result = new Float32Array(voxels);
	const most = exclusive ? Math.log(Math.max(2, heads)) : heads * Math.LN2;
	for (let i = 0; i < voxels; i++) {
		let sum = 0;
		for (let at = i; at < probabilities.length; at += voxels) {
			const p = probabilities[at] ?? 0;
			if (p > 0) sum -= p * Math.log(p);
			if (!exclusive && p < 1) sum -= (1 - p) * Math.log(1 - p);
		}
		result[i] = Math.min(1, Math.max(0, sum / most));
	}
	return result;
}
