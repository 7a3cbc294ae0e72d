import { describe, expect, it } from "vitest";
import type { NdArray } from "../../src/core/array.ts";
import { canonicalName, parameterCount, parametersOf } from "../../src/model/parameters.ts";
import { checkWeights } from "../../src/model/weights.ts";
import { FIXTURE_NAMES, loadFixture } from "../graph/fixtures.ts";

const { model, weights } = await loadFixture("plain_2d");
const net = model.spec.architecture;
const [HEAD = ""] = [...weights.keys()].filter((name) => name === "decoder.seg_layers.1.weight");
const changed = (change: (dict: Map<string, NdArray<"float32">>) => void) => {
	const dict = new Map(weights);
	change(dict);
	return () => checkWeights(net, dict, "model.pth", "nnUNetTrainerMine");
};

describe("parametersOf", () => {
	it.each(FIXTURE_NAMES)("counts what torch counts in %s", async (name) => {
		const fixture = await loadFixture(name);
		expect(parameterCount(fixture.model.spec.architecture)).toBe(fixture.parameters);
		expect([...fixture.weights.keys()]).toEqual(
			parametersOf(fixture.model.spec.architecture).map((parameter) => parameter.name),
		);
	});
});

describe("canonicalName", () => {
	it.each([
		["module.encoder.stages.0.0.convs.0.conv.weight", "encoder.stages.0.0.convs.0.conv.weight"],
		["_orig_mod.module.decoder.seg_layers.0.bias", "decoder.seg_layers.0.bias"],
		["module._orig_mod.module.module.decoder.seg_layers.0.bias", "decoder.seg_layers.0.bias"],
		["module.encoder._orig_mod.stem.convs.0._orig_mod.conv.weight", "encoder.stem.convs.0.conv.weight"],
		["module.decoder.encoder._orig_mod.stem.convs.0.all_modules.0.weight", "encoder.stem.convs.0.conv.weight"],
		["decoder.encoder.stages.0.0.convs.0.all_modules.0.weight", "encoder.stages.0.0.convs.0.conv.weight"],
		["decoder.stages.0.convs.0.all_modules.1.bias", "decoder.stages.0.convs.0.norm.bias"],
		["encoder.stages.0.0.convs.0.all_modules.2.weight", "encoder.stages.0.0.convs.0.norm.weight"],
	])("%s is %s", (name, canonical) => {
		expect(canonicalName(name)).toBe(canonical);
	});
});

describe("checkWeights", () => {
	it("strips prefixes of wrappers and skips duplicates and counters", () => {
		const counter: NdArray<"float32"> = { dtype: "float32", shape: [], data: new Float32Array(1) };
		const dict = new Map([...weights].map(([name, array]) => [`module._orig_mod.${name}`, array]));
		dict.set("module.encoder.stages.0.0.convs.0.norm.num_batches_tracked", counter);
		for (const [name, array] of weights) if (name.startsWith("encoder.")) dict.set(`decoder.${name}`, array);
		const found = checkWeights(net, dict, "model.pth");
		expect([...found.keys()]).toEqual([...weights.keys()]);
		expect(found.get(HEAD)).toBe(weights.get(HEAD));
	});

	it("reads a state dict that has only the second names of a block's tensors", () => {
		const second = (name: string) =>
			name.replace(/(convs\.\d+)\.conv\./, "$1.all_modules.0.").replace(/\.norm\./, ".all_modules.1.");
		const dict = new Map([...weights].map(([name, array]) => [second(name), array]));
		expect([...dict.keys()].filter((name) => name.includes("all_modules")).length).toBeGreaterThan(9);
		expect(checkWeights(net, dict, "model.pth")).toEqual(weights);
	});

	it("does not take the slope of an activation for a norm", async () => {
		const prelu = await loadFixture("bottleneck_2d");
		const slopes = [...prelu.weights.keys()].filter((name) => /nonlin\d?\.weight$/.test(name));
		expect(slopes.length).toBeGreaterThan(9);
		expect(prelu.weights.get("encoder.stem.convs.0.norm.weight")?.shape).toEqual([4]);
	});

	it("names a trainer of one's own where plans and weights disagree", () => {
		expect(changed((dict) => dict.delete(HEAD))).toThrow(/trained by nnUNetTrainerMine; trainers of one's own/);
	});

	it("names a missing parameter and its shape", () => {
		expect(changed((dict) => dict.delete(HEAD))).toThrow(
			/model\.pth: parameter decoder\.seg_layers\.1\.weight \(3x4x1x1\) is missing/,
		);
	});

	it("names a parameter of another shape, expected and found", () => {
		const wrong: NdArray<"float32"> = { dtype: "float32", shape: [2, 4, 1, 1], data: new Float32Array(8) };
		expect(changed((dict) => dict.set(HEAD, wrong))).toThrow(
			/seg_layers\.1\.weight: the plans expect the shape 3x4x1x1, found 2x4x1x1/,
		);
		expect(changed((dict) => dict.set(`module.${HEAD}`, wrong))).toThrow(
			/twice with different shapes, 3x4x1x1 and 2x4x1x1/,
		);
	});

	it("names parameters that have no place", () => {
		const extra: NdArray<"float32"> = { dtype: "float32", shape: [2], data: new Float32Array(2) };
		expect(changed((dict) => dict.set("attention.weight", extra))).toThrow(
			/1 parameters have no place .*: attention\.weight \(2\)/,
		);
	});

	it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses %d among the weights", (bad) => {
		const broken: NdArray<"float32"> = {
			dtype: "float32",
			shape: [3, 4, 1, 1],
			data: new Float32Array(12).fill(bad, 11),
		};
		expect(changed((dict) => dict.set(HEAD, broken))).toThrow(new RegExp(`seg_layers\\.1\\.weight holds ${bad}`));
	});
});
