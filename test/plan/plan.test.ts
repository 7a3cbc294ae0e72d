import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modelSettings } from "../../src/plan/model-settings.ts";
import {
	type ModelIdentity,
	makePlan,
	outputName,
	type PlannedCase,
	requireFoldersApart,
	shareOf,
} from "../../src/plan/plan.ts";
import { modelSpec } from "../model-spec.ts";

const model: ModelIdentity = {
	dataset: "Dataset001_X",
	configuration: "2d",
	trainer: "nnUNetTrainer",
	spec: "ab",
	checkpoints: [{ fold: "0", sha256: "cd" }],
};
const settings = modelSettings(modelSpec());

const planned = (input: string, output: string, index = 0): PlannedCase => ({
	id: input,
	files: [input],
	index,
	output,
	format: "png",
});

describe("makePlan", () => {
	it("round-trips through JSON with its hash", () => {
		const plan = makePlan(model, settings, "out", [planned("in/a.png", "out/a.png")]);
		const back: typeof plan = JSON.parse(JSON.stringify(plan));
		expect(back).toEqual(plan);
		expect(makePlan(back.model, back.settings, back.folder, back.cases).hash).toBe(plan.hash);
	});

	it("has a hash of model and settings, never of cases or folder", () => {
		const { hash } = makePlan(model, settings, "out", [planned("in/a.png", "out/a.png")]);
		expect(makePlan(model, settings, "elsewhere", []).hash).toBe(hash);
		expect(makePlan({ ...model, checkpoints: [{ fold: "0", sha256: "ef" }] }, settings, "out", []).hash).not.toBe(hash);
		expect(makePlan({ ...model, spec: "other" }, settings, "out", []).hash).not.toBe(hash);
		for (const changed of [{ step: 0.25 }, { views: [[]] }, { patch: [4, 8, 7] }, { mask: "m.h5" }, { axes: "zyx" }]) {
			expect(makePlan(model, { ...settings, ...changed }, "out", []).hash).not.toBe(hash);
		}
	});

	it("refuses two inputs of one output, naming both and the way out", () => {
		const cases = [planned("x/a.png", "out/a.h5"), planned("y/a.png", "out/./a.h5", 1)];
		expect(() => makePlan(model, settings, "out", cases)).toThrow(
			/two inputs would write out\/\.\/a\.h5: x\/a\.png and y\/a\.png; rename one or use two output folders .*\{parent\} or \{index\} in output_name/,
		);
	});

	it("refuses an output that is an input, of any case", () => {
		const cases = [planned("in/a.png", "in/b.png"), planned("in/b.png", "in/c.png", 1)];
		expect(() => makePlan(model, settings, "in", cases)).toThrow(/the output in\/b\.png is an input as well/);
	});
});

describe("shareOf", () => {
	const list = fc.array(fc.integer(), { minLength: 1, maxLength: 40 });

	it("gives every entry to exactly one of the processes that share a list", () => {
		fc.assert(
			fc.property(list, fc.integer({ min: 1, max: 6 }), (entries, step) => {
				const positions = entries.map((_, n) => n);
				const starts = positions.filter((n) => n < step);
				const shares = starts.flatMap((start) => shareOf(positions, start, step));
				expect([...shares].sort((a, b) => a - b)).toEqual(positions);
			}),
		);
	});

	it("takes every step-th from the start on", () => {
		expect(shareOf([0, 1, 2, 3, 4, 5, 6], 1, 3)).toEqual([1, 4]);
		expect(shareOf([0, 1], 0, 1)).toEqual([0, 1]);
	});

	it("refuses a start past the end and steps below 1", () => {
		expect(() => shareOf([1, 2, 3], 3, 4)).toThrow(/start_index 3 is past the end: there are 3 inputs \(0 to 2\)/);
		expect(() => shareOf([1], -1, 1)).toThrow(/start_index must be 0 or more, found -1/);
		for (const step of [0, -1, 1.5, Number.NaN]) expect(() => shareOf([1], 0, step)).toThrow(/step must be 1 or more/);
	});
});

describe("outputName", () => {
	const values = { stem: "a.b", suffix: "mito_seg", parent: "day1", index: "7" };

	it("fills the four names", () => {
		expect(outputName("{stem}_{suffix}", values)).toBe("a.b_mito_seg");
		expect(outputName("{parent}/{index}-{stem}", values)).toBe("day1/7-a.b");
		expect(outputName("fixed", values)).toBe("fixed");
		expect(outputName("{stem}", { ...values, stem: "{suffix}" }), "names in values are not filled again").toBe(
			"{suffix}",
		);
	});

	it("refuses other names, with those there are", () => {
		for (const name of ["name", "", "constructor", "Stem"]) {
			expect(() => outputName(`{${name}}`, values)).toThrow(/expected \{stem\}, \{suffix\}, \{parent\}, \{index\}/);
		}
	});

	it("never leaves the output folder, nor hides", () => {
		for (const template of ["/abs", "../{stem}", "a/../../b", ".{stem}", "a/.b", "", "a\\b", "./a"]) {
			expect(() => outputName(template, values), template).toThrow(/no file name inside the output folder/);
		}
	});
});

describe("requireFoldersApart", () => {
	it("refuses the folder of an input as the output folder", () => {
		expect(() => requireFoldersApart("in", ["x/b.png", "in/a.png"])).toThrow(
			/the output folder in is the folder of the input a\.png; choose another, such as in\/predicted/,
		);
		expect(() => requireFoldersApart("./in/", ["in/a.png"])).toThrow(/choose another/);
		expect(() => requireFoldersApart("in/predicted", ["in/a.png"])).not.toThrow();
	});
});
