import { describe, expect, it } from "vitest";
import { canvasDType } from "../../src/export/labels.ts";
import { isSectionwise, modelActivations, modelSettings } from "../../src/plan/model-settings.ts";
import { FOUR_LABELS, modelSpec, REGIONS } from "../model-spec.ts";

describe("settings of the model alone", () => {
	it("are nnU-Net's", () => {
		expect(modelSettings(modelSpec({ mirrorAxes: [0, 2] }))).toEqual({
			patch: [4, 8, 6],
			step: 0.5,
			blending: "gaussian",
			views: [[], [0], [2], [0, 2]],
			ensemble: "mean-logits",
			activations: ["softmax", "softmax"],
			sectionwise: false,
			statistics: { kind: "image" },
			output: { kind: "labels", probabilities: false, dtype: "by-values" },
		});
		expect(modelSettings(modelSpec({ mirrorAxes: [] })).views).toEqual([[]]);
	});

	it("activate each head as its labels ask", () => {
		expect(modelActivations(modelSpec({ labels: FOUR_LABELS }))).toEqual(new Array(4).fill("softmax"));
		expect(modelActivations(modelSpec({ labels: REGIONS }))).toEqual(["sigmoid", "sigmoid"]);
	});

	it("take a stack for a stack of cases where a 2D model was trained on plain images", () => {
		expect(isSectionwise(modelSpec({ dimensions: 2, reader: "NaturalImage2DIO" }))).toBe(true);
		// nnU-Net's other readers take a stack, and its predictor normalises it as a whole
		expect(isSectionwise(modelSpec({ dimensions: 2, medianShape: [1, 512, 512] }))).toBe(false);
		expect(isSectionwise(modelSpec({ dimensions: 2 }))).toBe(false);
		expect(isSectionwise(modelSpec({ reader: "NaturalImage2DIO", medianShape: [1, 9, 9] }))).toBe(false);
	});

	it("refuse labels that no file holds", () => {
		const labels = { kind: "labels", labels: [{ name: "x", values: [70_000] }] } as const;
		expect(() => modelSettings(modelSpec({ labels }))).toThrow(/70000/);
		expect(() => canvasDType(labels)).toThrow(/70000/);
		expect(canvasDType(REGIONS)).toBe("uint8");
	});
});
