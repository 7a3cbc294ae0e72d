/**
 * Normalises the channels of an image in place, as the model was trained.
 *
 * Source: nnU-Net's normalization schemes (ZScore, CT, RescaleTo01, RGBTo01, No).
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import type { DataOf, NumberDType } from "../core/dtype.ts";
import { assertNever, NnvolError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import { fillHoles } from "../image/fill-holes.ts";
import { nonzeroMask } from "../image/nonzero.ts";
import { standardDeviation, statisticsOf } from "../image/statistics.ts";
import type { Normalization } from "../model/spec.ts";

/** Over what z-score takes its mean and deviation: the image (or section) itself, or given numbers. */
export type Statistics =
	| { readonly kind: "image" }
	/** One entry for all channels, or one a channel. */
	| { readonly kind: "fixed"; readonly mean: readonly number[]; readonly std: readonly number[] };

/** Divisors are kept from zero by this. */
const SMALLEST = 1e-8;

/**
 * Normalises `image`, C, Z, Y, X, cropped, in place; `mask` (over Z, Y, X, not 0 is inside) is what masked schemes use.
 *
 * @throws INPUT where values do not suit the scheme (RGB outside 0 to 255)
 */
export function normaliseChannels(
	image: NdArray<"float32">,
	schemes: readonly Normalization[],
	statistics: Statistics,
	mask: Uint8Array | undefined,
): void {
	const channels = channelsOf(image);
	for (const [channel, scheme] of schemes.entries()) {
		const values = channels[channel];
		if (values !== undefined) normaliseChannel(values, scheme, givenFor(statistics, channel), mask);
	}
}

type Moments = { readonly mean: number; readonly std: number };

function givenFor(statistics: Statistics, channel: number): Moments | undefined {
	if (statistics.kind === "image") return undefined;
	const { mean, std } = statistics;
	return { mean: mean[channel] ?? mean[0] ?? 0, std: std[channel] ?? std[0] ?? 1 };
}

function normaliseChannel(
	values: Float32Array<ArrayBuffer>,
	scheme: Normalization,
	given: Moments | undefined,
	mask: Uint8Array | undefined,
): void {
	switch (scheme.kind) {
		case "zscore":
			zscore(values, given, scheme.useMask ? mask : undefined);
			break;
		case "ct":
			shiftScale(clip(values, scheme.lower, scheme.upper), scheme.mean, Math.max(scheme.std, SMALLEST));
			break;
		case "rescale01":
			rescale(values);
			break;
		case "rgb01":
			rgb(values);
			break;
		case "none":
			break;
		default:
			assertNever(scheme);
	}
}

function zscore(values: Float32Array<ArrayBuffer>, given: Moments | undefined, mask: Uint8Array | undefined): void {
	const { mean, std } = given ?? measured(values, mask);
	const divisor = Math.max(std, SMALLEST);
	if (mask === undefined) {
		shiftScale(values, mean, divisor);
		return;
	}
	for (let i = 0; i < values.length; i++) {
		if (mask[i] !== 0) values[i] = ((values[i] ?? 0) - mean) / divisor;
	}
}

function measured(values: Float32Array<ArrayBuffer>, mask: Uint8Array | undefined): Moments {
	const statistics = statisticsOf(values, mask);
	const moments = { mean: statistics.mean, std: standardDeviation(statistics) };
	if (Number.isFinite(moments.mean) && Number.isFinite(moments.std)) return moments;
	throw new NnvolError(
		"INPUT",
		"the image holds values that are no finite numbers (NaN or infinity), so that it has no mean; replace them, or give inference.statistics",
	);
}

function shiftScale(values: Float32Array<ArrayBuffer>, mean: number, divisor: number): void {
	for (let i = 0; i < values.length; i++) values[i] = ((values[i] ?? 0) - mean) / divisor;
}

function clip(values: Float32Array<ArrayBuffer>, lower: number, upper: number): Float32Array<ArrayBuffer> {
	for (let i = 0; i < values.length; i++) values[i] = Math.min(Math.max(values[i] ?? 0, lower), upper);
	return values;
}

function rescale(values: Float32Array<ArrayBuffer>): void {
	const { min, max } = statisticsOf(values);
	shiftScale(values, min, Math.max(Math.fround(max - min), SMALLEST));
}

function rgb(values: Float32Array<ArrayBuffer>): void {
	const { min, max } = statisticsOf(values);
	if (min < 0 || max > 255) {
		throw new NnvolError(
			"INPUT",
			`RGBTo01Normalization expects values from 0 to 255, found ${min} to ${max}; convert the image to 8 bits`,
		);
	}
	shiftScale(values, 0, 255);
}

/** The channels of C, Z, Y, X, over the same memory. */
export function channelsOf(image: NdArray<"float32">): Float32Array<ArrayBuffer>[];
export function channelsOf(image: NdArray<NumberDType>): DataOf<NumberDType>[];
export function channelsOf(image: NdArray<NumberDType>): DataOf<NumberDType>[] {
	const voxels = sizeOf(image.shape.slice(1));
	return Array.from({ length: image.shape[0] ?? 0 }, (_, n) => image.data.subarray(n * voxels, (n + 1) * voxels));
}

/** Voxels that are not zero in every channel, holes filled: what masked statistics are taken over. */
export function imageMask(image: NdArray<"float32">): Uint8Array<ArrayBuffer> {
	const shape = image.shape.slice(1);
	return fillHoles(nonzeroMask(channelsOf(image), shape), shape);
}
