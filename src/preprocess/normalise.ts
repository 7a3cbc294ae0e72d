/**
 * Normalises the channels of an image in place, as the model was trained.
 *
 * Source: nnU-Net's normalization schemes (ZScore, CT, RescaleTo01, RGBTo01, No).
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import type { DataOf, NumberDType } from "../core/dtype.ts";
import { sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { fillHoles } from "../image/fill-holes.ts";
import { nonzeroMask } from "../image/nonzero.ts";
import { statisticsOf } from "../image/statistics.ts";
import type { Normalization } from "../model/spec.ts";
import { applyScale, type ChannelFigures, figureOf, givenFor, type Statistics, scaleOf } from "./scale.ts";

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
	const size = zyx(image.shape.slice(1));
	for (const [channel, scheme] of schemes.entries()) {
		const values = channels[channel];
		if (values === undefined) continue;
		const inside = scheme.kind === "zscore" && scheme.useMask ? mask : undefined;
		const isMeasured = figureOf(scheme, statistics) !== "none";
		const figures = isMeasured ? measure(values, size, inside) : {};
		applyScale(values, scaleOf(scheme, figures, givenFor(statistics, channel)), inside);
	}
}

function measure(values: Float32Array<ArrayBuffer>, size: Zyx, mask: Uint8Array | undefined): ChannelFigures {
	const { min, max, ...moments } = statisticsOf(values, size, mask);
	return { moments, range: { min, max } };
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
