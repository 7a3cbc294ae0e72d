/**
 * Labels from the network's channels.
 *
 * Layout: float32 [channels, ...voxels], C-ordered.
 *
 * @module
 */
import { endianness } from "node:os";
import { allocateLabels, type LabelArray } from "./labels.ts";

/**
 * The channel with the largest value of each voxel; the first wins a tie, as numpy's and torch's argmax.
 * uint8, or uint16 from 256 channels up (nnU-Net's rule). Values must be finite: NaN never wins.
 *
 * @throws RangeError where the length is not a multiple of `channels`
 */
export function argmax(logits: Float32Array, channels: number): LabelArray {
	const voxels = voxelsOf("argmax", logits, channels);
	const labels = allocateLabels(channels - 1, voxels);
	if (channels === 2) return higherOfTwo(logits, voxels, labels);
	const best = logits.slice(0, voxels);
	for (let channel = 1; channel < channels; channel++) {
		const offset = channel * voxels;
		for (let i = 0; i < voxels; i++) {
			const value = logits[offset + i] ?? 0;
			if (value > (best[i] ?? 0)) {
				best[i] = value;
				labels[i] = channel;
			}
		}
	}
	return labels;
}

/** The common case in one pass. */
function higherOfTwo(logits: Float32Array, voxels: number, labels: LabelArray): LabelArray {
	// a comparison turned into a number takes no branch: twice as fast where neighbours differ
	const isHigher = (i: number) => Number((logits[voxels + i] ?? 0) > (logits[i] ?? 0));
	const whole = labels instanceof Uint8Array && endianness() === "LE" ? voxels >> 2 : 0;
	const words = new Int32Array(labels.buffer, 0, whole);
	for (let n = 0; n < whole; n++) {
		const i = 4 * n;
		words[n] = isHigher(i) | (isHigher(i + 1) << 8) | (isHigher(i + 2) << 16) | (isHigher(i + 3) << 24);
	}
	for (let i = 4 * whole; i < voxels; i++) labels[i] = isHigher(i);
	return labels;
}

/**
 * Labels of overlapping regions: 0, then for each channel in order its label of `classOrder` where the probability is
 * above 0.5; later channels overwrite earlier ones.
 *
 * As nnU-Net v2 `convert_probabilities_to_segmentation` with `regions_class_order`.
 *
 * @throws RangeError where the length is not a multiple of the channels; MODEL for labels that no file can hold
 */
export function regionsToLabels(probabilities: Float32Array, classOrder: readonly number[]): LabelArray {
	const voxels = voxelsOf("regionsToLabels", probabilities, classOrder.length);
	const labels = allocateLabels(Math.max(...classOrder), voxels);
	for (const [channel, label] of classOrder.entries()) {
		const offset = channel * voxels;
		for (let i = 0; i < voxels; i++) {
			if ((probabilities[offset + i] ?? 0) > 0.5) labels[i] = label;
		}
	}
	return labels;
}

function voxelsOf(name: string, data: Float32Array, channels: number): number {
	const voxels = data.length / channels;
	if (Number.isSafeInteger(voxels)) return voxels;
	throw new RangeError(`${name}: ${data.length} elements do not make ${channels} channels`);
}
