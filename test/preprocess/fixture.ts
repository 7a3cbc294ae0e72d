/**
 * Small images and what nnU-Net's preprocessor makes of them (see `../fixtures/preprocess/README.md`).
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type NdArray, zeros } from "../../src/core/array.ts";
import { isDType } from "../../src/core/dtype.ts";
import type { ModelSpec, Normalization } from "../../src/model/spec.ts";
import { modelSpec } from "../model-spec.ts";

/** One image. `out` is C, Z, Y, X of the crop `box` of the transposed image. */
export type Prepared = {
	readonly name: string;
	readonly dtype: string;
	readonly shape: readonly number[];
	readonly image: readonly number[];
	readonly forward: readonly number[];
	readonly schemes: readonly string[];
	readonly masks: readonly boolean[];
	readonly dimensions: 2 | 3;
	readonly intensities: Readonly<Record<"mean" | "std" | "percentile_00_5" | "percentile_99_5", number>>;
	readonly box: readonly (readonly [number, number])[];
	readonly outShape: readonly number[];
	readonly out: readonly number[];
};

/** All images. */
export const PREPARED: readonly Prepared[] = JSON.parse(
	readFileSync(join(import.meta.dirname, "..", "fixtures", "preprocess", "subjects.json"), "utf8"),
);

/** An array of `dtype` filled from plain numbers. */
export function arrayOf(dtype: string, shape: readonly number[], values: readonly number[]): NdArray {
	if (!isDType(dtype)) throw new TypeError(dtype);
	const array = zeros(dtype, shape);
	const { data } = array;
	if (data instanceof BigInt64Array || data instanceof BigUint64Array) throw new TypeError(dtype);
	data.set(values);
	return array;
}

/** The model that the image was prepared for. */
export function specOf(prepared: Prepared): ModelSpec {
	const { forward, dimensions, schemes } = prepared;
	return modelSpec({
		dimensions,
		channels: schemes.map((_, channel) => String(channel)),
		transposeForward: forward,
		transposeBackward: [0, 1, 2].map((axis) => forward.indexOf(axis)),
		normalization: schemes.map((_, channel) => schemeOf(prepared, channel)),
	});
}

function schemeOf({ schemes, masks, intensities }: Prepared, channel: number): Normalization {
	switch (schemes[channel]) {
		case "ZScoreNormalization":
			return { kind: "zscore", useMask: masks[channel] === true };
		case "CTNormalization": {
			const { mean, std, percentile_00_5: lower, percentile_99_5: upper } = intensities;
			return { kind: "ct", mean, std, lower, upper };
		}
		case "RescaleTo01Normalization":
			return { kind: "rescale01" };
		case "RGBTo01Normalization":
			return { kind: "rgb01" };
		case "NoNormalization":
			return { kind: "none" };
		default:
			throw new TypeError(String(schemes[channel]));
	}
}
