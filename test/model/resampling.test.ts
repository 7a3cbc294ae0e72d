import { describe, expect, it } from "vitest";
import { NnvolError } from "../../src/core/errors.ts";
import { DEFAULT_LABEL_RESAMPLING, parseLabelResampling, parseResampling } from "../../src/model/resampling.ts";

const SPLINES = "resample_data_or_seg_to_shape";
const TORCH = "resample_torch_fornnunet";
const SIMPLE = "resample_torch_simple";
const NONE = "no_resampling_hack";

function codeOf(call: () => unknown): string {
	try {
		call();
	} catch (error) {
		if (error instanceof NnvolError) return `${error.code} ${error.message}`;
	}
	return "no error";
}

describe("parseResampling", () => {
	it("reads what nnU-Net's planners write, with each function's own defaults", () => {
		const written = { is_seg: false, order: 1, order_z: 0, force_separate_z: null };
		const splines = { name: SPLINES, separateZThreshold: 3 };
		expect(parseResampling(SPLINES, written, "x")).toEqual({ ...splines, order: 1, orderZ: 0, forceSeparateZ: null });
		expect(parseResampling(SPLINES, {}, "x")).toEqual({ ...splines, order: 3, orderZ: 0, forceSeparateZ: false });
		const torch = { mode: "linear", separateZThreshold: 3, memoryEfficient: false };
		expect(parseResampling(TORCH, { is_seg: false, memefficient_seg_resampling: false }, "x")).toEqual({
			name: TORCH,
			...torch,
			modeZ: "nearest-exact",
			forceSeparateZ: null,
		});
		expect(parseResampling(SIMPLE, { num_threads: 4, device: "cpu" }, "x")).toEqual({
			name: SIMPLE,
			...torch,
			modeZ: "linear",
			forceSeparateZ: false,
		});
		expect(parseResampling(NONE, {}, "x")).toEqual({ name: NONE });
	});

	it("reads every argument that changes the result", () => {
		const splines = { order: 5, order_z: 4, force_separate_z: true, separate_z_anisotropy_threshold: 2.5 };
		expect(parseResampling(SPLINES, splines, "x")).toEqual({
			name: SPLINES,
			order: 5,
			orderZ: 4,
			forceSeparateZ: true,
			separateZThreshold: 2.5,
		});
		const torch = { mode: "bilinear", aniso_axis_mode: "trilinear", memefficient_seg_resampling: true };
		expect(parseResampling(TORCH, { ...torch, separate_z_anisotropy_threshold: 4 }, "x")).toEqual({
			name: TORCH,
			mode: "linear",
			modeZ: "linear",
			forceSeparateZ: null,
			separateZThreshold: 4,
			memoryEfficient: true,
		});
		expect(parseResampling(TORCH, { mode: "nearest", aniso_axis_mode: "nearest" }, "x")).toMatchObject({
			mode: "nearest",
			modeZ: "nearest",
		});
	});

	it.each([
		["an unknown function", "mine", {}, /^MODEL plans: unknown resampling "mine"; supported are /],
		["an unknown argument", SPLINES, { seg_tiebreak: "nearest" }, /^MODEL plans: .*seg_tiebreak/],
		["an argument of another function", SPLINES, { mode: "linear" }, /^MODEL plans: .*mode/],
		["an argument where there are none", NONE, { order: 1 }, /^MODEL plans: .*order/],
		["an order that splines do not have", SPLINES, { order: 6 }, /^MODEL plans: order: /],
		["an order between", SPLINES, { order_z: 0.5 }, /^MODEL plans: order_z: /],
		["a threshold that is no number", SPLINES, { separate_z_anisotropy_threshold: "3" }, /^MODEL plans: separate_z/],
		["images taken for labels", SPLINES, { is_seg: true }, /^MODEL plans: is_seg is true/],
		["an unknown interpolation", TORCH, { mode: "magic" }, /^MODEL plans: interpolation "magic" is unknown/],
		["an interpolation not built", TORCH, { aniso_axis_mode: "area" }, /^UNBUILT plans: interpolation "area"/],
		["a cubic one", SIMPLE, { mode: "bicubic" }, /^UNBUILT plans: interpolation "bicubic" is not built/],
	])("refuses %s", (_, name, kwargs, message) => {
		expect(codeOf(() => parseResampling(name, kwargs, "plans"))).toMatch(message);
	});
});

describe("parseLabelResampling", () => {
	it("reads what nnU-Net's planners write", () => {
		const written = { is_seg: true, order: 1, order_z: 0, force_separate_z: null };
		expect(parseLabelResampling(SPLINES, written, "x")).toEqual(DEFAULT_LABEL_RESAMPLING);
		expect(parseLabelResampling(TORCH, { is_seg: true }, "x")).toMatchObject({ name: TORCH, memoryEfficient: false });
		expect(parseLabelResampling(NONE, {}, "x")).toEqual({ name: NONE });
	});

	it("refuses to resample labels like images", () => {
		expect(codeOf(() => parseLabelResampling(SPLINES, {}, "plans"))).toMatch(/^UNBUILT plans: is_seg is false/);
	});
});
