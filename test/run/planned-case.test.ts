import { describe, expect, it } from "vitest";
import { zeros } from "../../src/core/array.ts";
import { modelSettings } from "../../src/plan/model-settings.ts";
import { makePlan } from "../../src/plan/plan.ts";
import type { Settings } from "../../src/plan/settings.ts";
import { imageOfArray } from "../../src/preprocess/image.ts";
import { bytesOfCase } from "../../src/run/planned-case.ts";
import { FOUR_LABELS, modelSpec } from "../model-spec.ts";

const MODEL = { dataset: "", configuration: "", trainer: "", spec: "", checkpoints: [] };
const VOXELS = 2 * 3 * 4;

describe("what predicting a case holds", () => {
	const spec = modelSpec({ labels: FOUR_LABELS });
	const engine = { spec, network: () => Promise.reject(new Error("not loaded")) };
	const image = imageOfArray(zeros("uint8", [1, 2, 3, 4]), 3);
	const numbers = (over: Partial<Settings>, further = 0) => {
		const settings = { ...modelSettings(spec), ...over };
		const others = Array.from({ length: further }, () => ({ model: MODEL, settings }));
		const engines = [engine, ...others.map(() => engine)];
		return bytesOfCase(image, makePlan(MODEL, settings, "out", [], others), engines) / VOXELS / 4;
	};

	it("is the input and what is written, a number a voxel", () => {
		expect(numbers({})).toBe(2);
		expect(numbers({ sectionwise: true })).toBe(1);
		expect(numbers({ output: { kind: "labels", probabilities: true, dtype: "by-values" } })).toBe(5);
		expect(numbers({ output: { kind: "channels", channels: [1, 2], channelAxis: true, dtype: "float32" } })).toBe(3);
		expect(numbers({}, 1)).toBe(9);
	});
});
