import { describe, expect, it } from "vitest";
import type { SplineOrder, SplineResampling } from "../../src/model/spec.ts";
import { isStreamable } from "../../src/preprocess/streamable.ts";
import { modelSpec } from "../model-spec.ts";

const { resampling } = modelSpec();

function probabilities(order: SplineOrder, orderZ: SplineOrder, over: Partial<SplineResampling> = {}) {
	const how = {
		name: "resample_data_or_seg_to_shape",
		order,
		orderZ,
		forceSeparateZ: null,
		separateZThreshold: 3,
	} as const;
	return modelSpec({ resampling: { ...resampling, probabilities: { ...how, ...over } } });
}

describe("isStreamable", () => {
	it("is so for the usual models, resampled or not", () => {
		for (const isResampled of [true, false]) {
			expect(isStreamable(probabilities(1, 0), isResampled)).toBeUndefined();
			expect(
				isStreamable(modelSpec({ normalization: [{ kind: "zscore", useMask: false }] }), isResampled),
			).toBeUndefined();
			const torch = {
				name: "resample_torch_fornnunet",
				mode: "linear",
				modeZ: "nearest",
				memoryEfficient: false,
				forceSeparateZ: null,
				separateZThreshold: 3,
			} as const;
			expect(
				isStreamable(modelSpec({ resampling: { ...resampling, probabilities: torch } }), isResampled),
			).toBeUndefined();
		}
	});

	it("names masked statistics and cascades", () => {
		expect(isStreamable(modelSpec({ normalization: [{ kind: "zscore", useMask: true }] }), false)).toMatch(
			/use_mask_for_norm/,
		);
		expect(isStreamable(modelSpec({ previousStage: "3d_lowres", previousLabels: [1] }), false)).toMatch(
			/cascade \(after 3d_lowres\)/,
		);
	});

	it("names probabilities resampled by long splines, where anything is resampled", () => {
		expect(isStreamable(probabilities(3, 0), false)).toBeUndefined();
		expect(isStreamable(probabilities(3, 0), true)).toMatch(/resampling_fn_probabilities/);
		expect(isStreamable(probabilities(1, 2), true)).toMatch(/order 2 or above/);
		expect(
			isStreamable(probabilities(1, 2, { forceSeparateZ: false }), true),
			"no axis goes by itself",
		).toBeUndefined();
	});
});
