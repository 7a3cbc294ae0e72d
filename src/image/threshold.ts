/**
 * Binary masks from probabilities.
 *
 * @module
 */

/**
 * 1 where `data` is above `limit`, else 0. A voxel at the limit is background, as in nnU-Net's regions
 * (`probabilities > 0.5`); NaN is background.
 */
export function threshold(data: Float32Array, limit: number): Uint8Array<ArrayBuffer> {
	const mask = new Uint8Array(data.length);
	for (let i = 0; i < data.length; i++) {
		if ((data[i] ?? 0) > limit) mask[i] = 1;
	}
	return mask;
}
