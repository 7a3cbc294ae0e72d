/**
 * What is done to the voxels of a channel before the network sees them, as plain data, and doing it.
 *
 * Every scheme clips, subtracts and divides, or some of it; what it needs to know of the image are a few figures. So a volume is
 * measured once, and any part of it can be normalised by itself.
 *
 * Source: nnU-Net's normalization schemes (ZScore, CT, RescaleTo01, RGBTo01, No).
 *
 * @module
 */
import { assertNever, NnvolError } from "../core/errors.ts";
import { type Moments, type Range, standardDeviation } from "../image/statistics.ts";
import type { Normalization } from "../model/spec.ts";

/** Over what z-score takes its mean and deviation: the image (or section) itself, or given numbers. */
export type Statistics =
	| { readonly kind: "image" }
	/** One entry for all channels, or one a channel. */
	| { readonly kind: "fixed"; readonly mean: readonly number[]; readonly std: readonly number[] };

/** What happens to a channel: clipped (rounded to float32), then `(value - subtract) / divide`; or nothing. JSON-able. */
export type ChannelScale =
	| { readonly kind: "none" }
	| {
			readonly kind: "scale";
			readonly clip?: { readonly lower: number; readonly upper: number };
			readonly subtract: number;
			readonly divide: number;
	  };

/** What a scheme may have to know of the image: see `figureOf`. */
export type ChannelFigures = { readonly moments?: Moments; readonly range?: Range };

/** Given mean and standard deviation of a channel. */
export type GivenMoments = { readonly mean: number; readonly std: number };

/** Divisors are kept from zero by this. */
const SMALLEST = 1e-8;

/** Those of channel `channel`; undefined where they are the image's own. */
export function givenFor(statistics: Statistics, channel: number): GivenMoments | undefined {
	if (statistics.kind === "image") return undefined;
	const { mean, std } = statistics;
	return { mean: mean[channel] ?? mean[0] ?? 0, std: std[channel] ?? std[0] ?? 1 };
}

/** Which figures of the image a scheme needs. */
export function figureOf(scheme: Normalization, statistics: Statistics): "none" | "range" | "moments" {
	switch (scheme.kind) {
		case "zscore":
			return statistics.kind === "image" ? "moments" : "none";
		case "rescale01":
		case "rgb01":
			return "range";
		case "ct":
		case "none":
			return "none";
		default:
			return assertNever(scheme);
	}
}

/**
 * What `scheme` does to a channel of these figures (over the cropped image, as float32; where the scheme is masked, over the mask);
 * `given` stands for the image's own moments.
 *
 * @throws INPUT where values do not suit the scheme (RGB outside 0 to 255), or are no finite numbers
 * @throws RangeError where a figure is missing
 */
export function scaleOf(scheme: Normalization, figures: ChannelFigures, given?: GivenMoments): ChannelScale {
	switch (scheme.kind) {
		case "zscore": {
			const { mean, std } = given ?? measured(required(figures.moments));
			return linear(mean, std);
		}
		case "ct":
			return { ...linear(scheme.mean, scheme.std), clip: { lower: scheme.lower, upper: scheme.upper } };
		case "rescale01": {
			const { min, max } = required(figures.range);
			return linear(min, Math.fround(max - min));
		}
		case "rgb01":
			requireColours(required(figures.range));
			return { kind: "scale", subtract: 0, divide: 255 };
		case "none":
			return { kind: "none" };
		default:
			return assertNever(scheme);
	}
}

function linear(subtract: number, divide: number) {
	return { kind: "scale", subtract, divide: Math.max(divide, SMALLEST) } as const;
}

function required<T>(figure: T | undefined): T {
	if (figure === undefined)
		throw new RangeError("normalisation: the figures of the image that it needs were not taken");
	return figure;
}

function measured(moments: Moments): GivenMoments {
	const { mean } = moments;
	const std = standardDeviation(moments);
	if (Number.isFinite(mean) && Number.isFinite(std)) return { mean, std };
	throw new NnvolError(
		"INPUT",
		"the image holds values that are no finite numbers (NaN or infinity), so that it has no mean; replace them, or give inference.statistics",
	);
}

function requireColours({ min, max }: Range): void {
	if (!(min < 0 || max > 255)) return;
	throw new NnvolError(
		"INPUT",
		`RGBTo01Normalization expects values from 0 to 255, found ${min} to ${max}; convert the image to 8 bits`,
	);
}

/** One voxel, as float32 rounded to `value` before: what `applyScale` does to each. */
export function scaled(value: number, scale: ChannelScale): number {
	if (scale.kind === "none") return value;
	const { clip, subtract, divide } = scale;
	const inside = clip === undefined ? value : Math.fround(Math.min(Math.max(value, clip.lower), clip.upper));
	return Math.fround((inside - subtract) / divide);
}

/** Scales `values` in place; with `mask` (same length) only those where it is not 0. */
export function applyScale(values: Float32Array, scale: ChannelScale, mask?: Uint8Array): void {
	if (scale.kind === "none") return;
	const { clip, subtract, divide } = scale;
	if (clip !== undefined) clipInPlace(values, clip.lower, clip.upper, mask);
	if (mask === undefined) {
		for (let i = 0; i < values.length; i++) values[i] = ((values[i] ?? 0) - subtract) / divide;
		return;
	}
	for (let i = 0; i < values.length; i++) {
		if (mask[i] !== 0) values[i] = ((values[i] ?? 0) - subtract) / divide;
	}
}

function clipInPlace(values: Float32Array, lower: number, upper: number, mask: Uint8Array | undefined): void {
	for (let i = 0; i < values.length; i++) {
		if (mask === undefined || mask[i] !== 0) values[i] = Math.min(Math.max(values[i] ?? 0, lower), upper);
	}
}
