import { describe, expect, it } from "vitest";
import { pairCases } from "../../src/score/pair-cases.ts";

const named = (...ids: string[]) => ids.map((id) => ({ id, path: `${id}.x` }));

function pairsOf(predictions: readonly string[], labels: readonly string[]) {
	const { pairs, unlabelled, unused } = pairCases(named(...predictions), named(...labels));
	return {
		pairs: pairs.map(({ prediction, label }) => `${prediction.id}=${label.id}`),
		unlabelled: unlabelled.map(({ id }) => id),
		unused: unused.map(({ id }) => id),
	};
}

describe("labels by name", () => {
	it("one of each belong together whatever their names", () => {
		expect(pairsOf(["image"], ["mitochondria"]).pairs).toEqual(["image=mitochondria"]);
	});

	it("equal names first, then the longest common beginning up to a separator", () => {
		expect(pairsOf(["s1_seg", "s10_seg", "s1"], ["s1", "s10", "s1_label"])).toEqual({
			pairs: ["s1=s1", "s10_seg=s10"],
			unlabelled: ["s1_seg"],
			unused: ["s1_label"],
		});
		expect(pairsOf(["a_0000", "a_b_0000"], ["a", "a_b"]).pairs).toEqual(["a_0000=a", "a_b_0000=a_b"]);
		expect(pairsOf(["slice0", "slice1"], ["slice0-gt", "slice1-gt", "slice2-gt"])).toEqual({
			pairs: ["slice0=slice0-gt", "slice1=slice1-gt"],
			unlabelled: [],
			unused: ["slice2-gt"],
		});
	});

	it("does not take the beginning of a word for a name", () => {
		expect(pairsOf(["s10", "s11"], ["s1", "s2"])).toEqual({
			pairs: [],
			unlabelled: ["s10", "s11"],
			unused: ["s1", "s2"],
		});
	});

	it.each([
		[["s_a", "t"], ["s", "s"], /labels of s_a are not clear: s\.x and s\.x both fit/],
		[["s_a", "s_b"], ["s", "t"], /the labels s\.x fit two predictions, s_a\.x and s_b\.x/],
		[["s", "t"], ["s-1", "s-2"], /labels of s are not clear/],
	])("%j with %j is refused", (predictions, labels, message) => {
		expect(() => pairsOf(predictions, labels)).toThrow(message);
	});
});
