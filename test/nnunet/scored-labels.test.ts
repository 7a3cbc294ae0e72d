import { describe, expect, it } from "vitest";
import type { Dataset } from "../../src/model/dataset.ts";
import { foregroundLabels, labelKey, scoredLabels } from "../../src/nnunet/scored-labels.ts";

const dataset = (labels: Dataset["labels"]): Dataset => ({ labels, file_ending: ".png", path: "dataset.json" });

describe("scored labels", () => {
	it("are the foreground by value, also where values have gaps or stand in lists of one", () => {
		expect(scoredLabels(dataset({ background: 0, b: 7, a: [2], c: 2 }))).toEqual({ labels: [2, 7] });
		expect(foregroundLabels(dataset({ background: 0, b: 7, a: [2], ignore: 8 }))).toEqual([2, 7]);
	});

	it("are regions in the order of dataset.json where one has several labels, without the ignore label", () => {
		const labels = { background: 0, whole: [1, 2], none: [0, 0], core: [2], with: [0, 1], inner: 3, ignore: 4 };
		expect(scoredLabels(dataset(labels))).toEqual({ labels: [[1, 2], [2], [0, 1], 3], ignore: 4 });
		expect(foregroundLabels(dataset(labels))).toEqual([1, 2, 3]);
	});

	it("have Python's keys", () => {
		expect([3, [1, 2], [2]].map(labelKey)).toEqual(["3", "(1, 2)", "(2,)"]);
	});

	it("need a background of 0 and an ignore label that is one number", () => {
		expect(() => scoredLabels(dataset({ a: 1 }))).toThrow(/"background": 0/);
		expect(() => scoredLabels(dataset({ background: 0, a: 1, ignore: [2] }))).toThrow(/"ignore"/);
	});
});
