/**
 * Activations: logits to probabilities.
 *
 * Layout: float32 [channels, ...voxels], C-ordered. Exponentials and sums are taken in float64 and rounded to float32
 * once, so results lie within a unit or two in the last place of torch's.
 *
 * @module
 */

/**
 * Softmax over the channels of each voxel, with the largest logit subtracted first; written to `target`, which may be
 * `logits` itself.
 *
 * @throws RangeError where lengths do not fit
 */
export function softmax(
	logits: Float32Array,
	channels: number,
	target = new Float32Array(logits.length),
): Float32Array {
	const voxels = logits.length / channels;
	if (!Number.isSafeInteger(voxels) || target.length !== logits.length) {
		throw new RangeError(`softmax: ${logits.length} elements do not make ${channels} channels of ${target.length}`);
	}
	const exponentials = new Float64Array(channels);
	for (let i = 0; i < voxels; i++) {
		let most = Number.NEGATIVE_INFINITY;
		for (let at = i; at < logits.length; at += voxels) most = Math.max(most, logits[at] ?? 0);
		let sum = 0;
		for (let channel = 0; channel < channels; channel++) {
			const exponential = Math.exp((logits[channel * voxels + i] ?? 0) - most);
			exponentials[channel] = exponential;
			sum += exponential;
		}
		for (let channel = 0; channel < channels; channel++) {
			target[channel * voxels + i] = (exponentials[channel] ?? 0) / sum;
		}
	}
	return target;
}

/** Logistic function of each element; written to `target`, which may be `logits` itself. */
export function sigmoid(logits: Float32Array, target = new Float32Array(logits.length)): Float32Array {
	if (target.length !== logits.length) {
		throw new RangeError(`sigmoid: ${logits.length} elements into ${target.length}`);
	}
	for (let i = 0; i < logits.length; i++) target[i] = 1 / (1 + Math.exp(-(logits[i] ?? 0)));
	return target;
}
