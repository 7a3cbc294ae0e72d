import { describe, expect, it } from "vitest";
import type { RunFacts } from "../../src/run/block-facts.ts";
import { planDiff } from "../../src/run/plan-diff.ts";
import { runFacts } from "./run-facts.ts";

const before = runFacts();
const settings = (over: Partial<RunFacts["settings"]>) => runFacts({ settings: { ...before.settings, ...over } });
const model = (over: Partial<RunFacts["model"]>) => runFacts({ model: { ...before.model, ...over } });
const [labels] = before.products;
if (labels === undefined) throw new Error("facts without a product");

/** What changed, and what is said of it. */
const CHANGES: readonly (readonly [string, RunFacts, readonly string[]])[] = [
	["step", settings({ step: 0.75 }), ["inference.sliding_window.overlap: 0.25, was 0.5"]],
	[
		"patch",
		settings({ patch: [8, 16, 16] }),
		[expect.stringMatching(/^inference\.sliding_window\.window_size: \[8,16,16\], was/)],
	],
	["mask", settings({ within: "m.h5" }), ["inference.mask: m.h5, was not set"]],
	[
		"regions",
		settings({ regions: [{ start: [0, 0, 0], size: [1, 2, 3] }] }),
		['inference.roi or volume_mode.chunks: [{"start":[0,0,0],"size":[1,2,3]}], was not set'],
	],
	[
		"checkpoint",
		model({ checkpoints: [{ fold: "0", sha256: "d".repeat(64) }] }),
		["checkpoint of fold 0: another file"],
	],
	[
		"folds",
		model({ checkpoints: [...before.model.checkpoints, { fold: "1", sha256: "e".repeat(64) }] }),
		["folds: 0, 1, was 0"],
	],
	["plans", model({ spec: "6".repeat(64) }), ["model: its plans.json or dataset.json changed"]],
	["configuration", model({ configuration: "2d", spec: "6" }), ["model's configuration: 2d, was 3d_fullres"]],
	[
		"input's size",
		runFacts({ inputs: [{ name: "brain.h5", bytes: 12, modified: 6 }] }),
		["input brain.h5: changed since (size 10 -> 12)"],
	],
	[
		"input's time",
		runFacts({ inputs: [{ name: "brain.h5", bytes: 10, modified: 6 }] }),
		["input brain.h5: changed since (its time)"],
	],
	["input", runFacts({ inputs: [{ name: "b.h5", bytes: 1, modified: 6 }] }), ["input: b.h5, was brain.h5"]],
	["number of inputs", runFacts({ inputs: [] }), ["number of input files: 0, was 1"]],
	["element type", runFacts({ products: [{ ...labels, dtype: "uint16" }] }), ["dtype of labels: uint16, was uint8"]],
	[
		"products",
		runFacts({ products: [labels, { ...labels, name: "uncertainty" }] }),
		["volumes written: labels, uncertainty, was labels"],
	],
	["blocks", runFacts({ grid: { shape: [4, 6, 10], block: [4, 6, 4] } }), ["write blocks: [4,6,4], was [2,6,4]"]],
	[
		"further models",
		runFacts({ further: [{ model: before.model, settings: before.settings }] }),
		["models averaged: 2, was 1"],
	],
	["version", runFacts({ nnvol: "1.1.0" }), ["version of nnvol: 1.1.0, was 1.0.0"]],
];

describe("planDiff", () => {
	it.each(CHANGES)("tells a change of %s", (_, after, lines) => {
		expect(planDiff(before, after)).toEqual(lines);
	});

	it("tells changes of a further model by its place", () => {
		const with2 = (step: number) =>
			runFacts({ further: [{ model: before.model, settings: { ...before.settings, step } }] });
		expect(planDiff(with2(0.5), with2(1))).toEqual(["model 2: inference.sliding_window.overlap: 0, was 0.5"]);
	});

	it("tells several at once, and cuts long values", () => {
		const regions = Array.from({ length: 90 }, (_, n) => ({ start: [n, 0, 0], size: [1, 1, 1] }));
		const lines = planDiff(before, runFacts({ settings: { ...before.settings, step: 1, regions }, inputs: [] }));
		expect(lines).toHaveLength(3);
		expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200);
	});
});
