/**
 * Labels from the network's channels.
 *
 * Layout: float32 [channels, ...voxels], C-ordered.
 *
 * @module
 */
import { allocateLabels, type LabelArray, labelDType } from "./labels.ts";
import { bytesAt, floatsAt, kernels, room } from "./wasm.ts";

/** Bytes of the logits that are looked at together: a part of the processor's cache. */
const PIECE_BYTES = 1 << 17;

/**
 * The channel with the largest value of each voxel; the first wins a tie, as numpy's and torch's argmax.
 * uint8, or uint16 from 256 channels up (nnU-Net's rule). Values must be finite: NaN never wins.
 *
 * @param reuse memory of earlier labels, which the result may lie in
 * @throws RangeError where the length is not a multiple of `channels`
 */
export function argmax(logits: Float32Array, channels: number, reuse?: LabelArray): LabelArray {
	const voxels = voxelsOf("argmax", logits, channels);
	if (labelDType(channels - 1) === "uint8") {
		const fits = reuse instanceof Uint8Array && reuse.length >= voxels;
		const bytes = fits ? reuse.subarray(0, voxels) : new Uint8Array(voxels);
		argmaxInPieces(logits, channels, bytes);
		return bytes;
	}
	const labels = allocateLabels(channels - 1, voxels);
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

/** By the compiled kernel, piece by piece. */
function argmaxInPieces(logits: Float32Array, channels: number, labels: Uint8Array): void {
	const voxels = labels.length;
	const pitch = Math.min(16 * Math.max(1, Math.floor(PIECE_BYTES / (64 * channels))), 16 * Math.ceil(voxels / 16));
	const { argmaxOfTwo, argmax: argmaxOfMany } = kernels();
	const values = room(pitch * (4 * channels + 1));
	const found = values + 4 * channels * pitch;
	const floats = floatsAt(values, channels * pitch);
	const bytes = bytesAt(found, pitch);
	for (let from = 0; from < voxels; from += pitch) {
		const count = Math.min(pitch, voxels - from);
		for (let channel = 0; channel < channels; channel++) {
			const at = channel * voxels + from;
			floats.set(logits.subarray(at, at + count), channel * pitch);
		}
		if (channels === 2) argmaxOfTwo(values, pitch, count, found);
		else argmaxOfMany(values, channels, pitch, count, found);
		labels.set(count === pitch ? bytes : bytes.subarray(0, count), from);
	}
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
