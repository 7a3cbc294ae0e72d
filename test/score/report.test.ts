import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { scoreTable } from "../../src/score/case-scores.ts";
import type { Comparison } from "../../src/score/compare.ts";
import { Contingency } from "../../src/score/contingency.ts";
import { labelWords } from "../../src/score/label-words.ts";
import { meanScores } from "../../src/score/mean-scores.ts";
import { COLOURS, drawScene } from "../../src/score/picture.ts";
import { poolScores } from "../../src/score/pooled.ts";
import { rightness } from "../../src/score/rightness.ts";
import { tableOf } from "../../src/score/table.ts";

const array = (values: readonly number[]) => ndarray("uint8", [values.length], Uint8Array.from(values));

function table(truth: readonly number[], found: readonly number[]) {
	const counts = new Contingency();
	counts.add(labelWords(array(truth), "t"), labelWords(array(found), "f"), truth.length);
	return tableOf(counts);
}

const scored = (comparison: Comparison, truth: readonly number[], found: readonly number[]) =>
	scoreTable(table(truth, found), comparison, [0.5, 0.9]);

describe("cases together", () => {
	const one = [0, 0, 1, 1, 1, 2, 2, 2, 2, 0];
	const other = [0, 1, 1, 1, 0, 0, 0, 3, 3, 3];

	it("pooled classes are those of both cases as one volume", () => {
		const cases = [scored("classes", one, other), scored("classes", other, one)];
		const whole = scored("classes", [...one, ...other], [...other, ...one]);
		expect(poolScores(cases).classes).toEqual(whole.classes);
		expect(poolScores(cases).foreground).toEqual(whole.foreground);
		expect(poolScores(cases).voxels).toBe(20);
	});

	it("a class that a case lacks has its voxels as true negatives", () => {
		const cases = [scored("classes", [1, 1], [1, 0]), scored("classes", [2, 0, 0], [2, 0, 0])];
		expect(poolScores(cases).classes?.["1"]).toMatchObject({ tp: 1, fp: 0, fn: 1, tn: 3 });
	});

	it("pooled objects are those of both cases, numbered apart, as one volume", () => {
		const cases = [scored("instances", one, other), scored("instances", one, one)];
		const apart = one.map((id) => (id === 0 ? 0 : id + 10));
		const whole = scored("instances", [...one, ...apart], [...other, ...apart]);
		expect(poolScores(cases).objects?.matching).toEqual(whole.objects?.matching);
		expect(poolScores(cases).objects?.truths).toBe(whole.objects?.truths);
	});

	it("means leave out what has no number, entry by entry", () => {
		expect(
			meanScores([
				{ a: 1, b: { c: Number.NaN, d: 2 }, list: [{ t: 0.5, v: 1 }] },
				{ a: 3, b: { c: 4, d: 4 }, list: [{ t: 0.5, v: Number.NaN }] },
			]),
		).toEqual({ a: 2, b: { c: 4, d: 3 }, list: [{ t: 0.5, v: 1 }] });
	});

	it("nothing true and nothing predicted has no score, and everything missed has 0", () => {
		const none = scored("instances", [0, 0], [0, 0]);
		expect(none.objects?.meanAveragePrecision).toBeNaN();
		expect(none.foreground.dice).toBeNaN();
		const missed = scored("instances", [1, 1], [0, 0]);
		expect([missed.objects?.meanAveragePrecision, missed.foreground.dice]).toEqual([0, 0]);
	});

	it("has PyTorch Connectomics' names", () => {
		expect(scored("foreground", one, other).pytc).toEqual({ jaccard: 4 / 9, dice: 8 / 13, accuracy: 0.5 });
		expect(Object.keys(scored("instances", one, other).pytc)).toEqual([
			"adapted_rand_error",
			"voi_split",
			"voi_merge",
			"voi_total",
			"instance_accuracy",
			"instance_accuracy_detail",
			"instance_precision_detail",
			"instance_recall_detail",
			"instance_f1_detail",
		]);
	});
});

describe("pictures", () => {
	it("outline objects by side and hit, and tint what is wrong", () => {
		// 5x5: a block of 3x3 that is found, but for one voxel, and a voxel that is invented
		const truth = [0, 0, 0, 0, 0, 0, 7, 7, 7, 0, 0, 7, 7, 7, 0, 0, 7, 7, 7, 0, 0, 0, 0, 0, 0];
		const found = truth.map((id, n) => (n === 24 ? 9 : n === 18 ? 0 : id === 7 ? 4 : 0));
		const right = rightness(table(truth, found), "instances", []);
		const image = ndarray("uint8", [1, 5, 5], new Uint8Array(25).fill(10));
		const picture = drawScene({
			height: 5,
			width: 5,
			image,
			truth: ndarray("uint8", [1, 5, 5], Uint8Array.from(truth)),
			found: ndarray("uint8", [1, 5, 5], Uint8Array.from(found)),
			rightness: right,
		});
		expect(picture.shape).toEqual([5, 14, 3]);
		const at = (y: number, x: number) => [...picture.data.subarray(3 * (14 * y + x), 3 * (14 * y + x) + 3)];
		expect(at(1, 1)).toEqual(COLOURS.truth);
		expect(at(2, 2)).toEqual([0, 0, 0]);
		expect(at(0, 5)).toEqual([255, 255, 255]);
		expect(at(1, 9 + 1)).toEqual(COLOURS.prediction);
		expect(at(2, 9 + 2)).toEqual([0, 0, 0]);
		expect(at(4, 9 + 4)).toEqual(COLOURS.lost);
		// the voxel that was missed is no object there, so that it is tinted
		expect(at(3, 9 + 3)).toEqual(COLOURS.lost.map((part) => Math.round(0.45 * part)));
	});
});
