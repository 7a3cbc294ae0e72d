/**
 * Weights of a tile's voxels when overlapping tiles are blended.
 *
 * Invariant: every weight is finite and above 0, so that a sum of weights never vanishes where a tile lies.
 *
 * @module
 */
import { fromHalf, toHalf } from "../core/float16.ts";
import { type Shape, shapeText, sizeOf } from "../core/shape.ts";

/** scipy's default: the kernel ends this many sigmas from its centre. */
const TRUNCATE = 4;

/** Shape of the bell: sigma as a share of each extent, and the weight at the centre. nnU-Net's predictor uses 1/8 and 10. */
export type GaussianOptions = { readonly sigmaScale?: number; readonly scale?: number };

/**
 * Weights of a `patch` (any rank), C-ordered float32: a Gaussian around voxel `extent // 2`, rounded to half precision
 * as nnU-Net stores it, with zeros replaced by the smallest weight that is not zero.
 *
 * Mathematics: nnU-Net v2 `compute_gaussian`, that is `scipy.ndimage.gaussian_filter` of a unit impulse (`truncate` 4,
 * mode constant), which is a product of one kernel an axis; in float64 and multiplied in scipy's order, first axis first.
 */
export function gaussianWeights(patch: Shape, options: GaussianOptions = {}): Float32Array<ArrayBuffer> {
	const { sigmaScale = 1 / 8, scale = 10 } = options;
	checkPatch(patch);
	const bell = impulseResponse(patch, sigmaScale);
	const unit = bell.reduce((most, value) => Math.max(most, value), 0) / scale;
	const weights = new Float32Array(bell.length);
	let smallest = Number.POSITIVE_INFINITY;
	for (let i = 0; i < bell.length; i++) {
		const weight = fromHalf(toHalf((bell[i] ?? 0) / unit));
		weights[i] = weight;
		if (weight !== 0 && weight < smallest) smallest = weight;
	}
	for (let i = 0; i < weights.length; i++) {
		if (weights[i] === 0) weights[i] = smallest;
	}
	return weights;
}

/** Weight 1 for every voxel of a `patch`. */
export function constantWeights(patch: Shape): Float32Array<ArrayBuffer> {
	checkPatch(patch);
	return new Float32Array(sizeOf(patch)).fill(1);
}

/** What the Gaussian filter makes of a 1 at `extent // 2` of every axis. */
function impulseResponse(patch: Shape, sigmaScale: number): Float64Array {
	let bell = Float64Array.of(1);
	for (const extent of patch) {
		const line = kernelLine(extent, sigmaScale);
		const next = new Float64Array(bell.length * extent);
		for (let i = 0; i < bell.length; i++) {
			const value = bell[i] ?? 0;
			for (let j = 0; j < extent; j++) next[i * extent + j] = value * (line[j] ?? 0);
		}
		bell = next;
	}
	return bell;
}

/** The normalised kernel of sigma `extent * sigmaScale`, laid along an axis of `extent` voxels around `extent // 2`. */
function kernelLine(extent: number, sigmaScale: number): number[] {
	const sigma = extent * sigmaScale;
	const radius = Math.floor(TRUNCATE * sigma + 0.5);
	const phi = Array.from({ length: radius + 1 }, (_, d) => Math.exp((-0.5 / (sigma * sigma)) * (d * d)));
	const sum = phi.reduce((total, value, d) => total + (d === 0 ? value : 2 * value), 0);
	const centre = Math.floor(extent / 2);
	return Array.from({ length: extent }, (_, i) => (phi[Math.abs(i - centre)] ?? 0) / sum);
}

function checkPatch(patch: Shape): void {
	if (patch.length > 0 && patch.every((extent) => Number.isSafeInteger(extent) && extent > 0)) return;
	throw new RangeError(`expected a patch of whole positive extents, found [${shapeText(patch)}]`);
}
