import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { labelsOfImage, oneHot } from "../../src/preprocess/previous.ts";

describe("labels as channels", () => {
	it("are one where the voxel has the label, in the order of the labels", () => {
		expect([...oneHot(Int16Array.of(0, 2, -1, 5, 2), [5, 2])]).toEqual([0, 0, 0, 1, 0, 0, 1, 0, 0, 1]);
	});
});

describe("a segmentation as read", () => {
	it("is whole numbers, of any element type", () => {
		const array = ndarray("float32", [1, 1, 1, 3], Float32Array.of(0, 2, 300));
		expect(labelsOfImage(array, "a.nii.gz")).toEqual(ndarray("int16", [1, 1, 3], Int16Array.of(0, 2, 300)));
		expect(labelsOfImage(ndarray("uint64", [1, 1, 1], BigUint64Array.of(7n)), "a").data).toEqual(Int16Array.of(7));
	});

	it.each([[0.5], [-1], [40000], [Number.NaN]])("with %d in it is an error that names the file", (value) => {
		const array = ndarray("float64", [1, 1, 1], Float64Array.of(value));
		expect(() => labelsOfImage(array, "case.tif")).toThrow(/case\.tif: expected labels .* found/);
	});
});
