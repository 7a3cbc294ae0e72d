import { describe, expect, it } from "vitest";
import { bytesOf, cut, type NdArray, ndarray, zeros } from "../../src/core/array.ts";
import { imageOfArray } from "../../src/preprocess/image.ts";
import { orient, prepareSubject, subjectRanges } from "../../src/preprocess/subject.ts";
import { modelSpec } from "../model-spec.ts";
import { arrayOf, PREPARED, specOf } from "./fixture.ts";

const OWN = { statistics: { kind: "image" } } as const;

/** Largest difference, as a share of the largest value or of 1. */
function difference(found: Float32Array, expected: readonly number[]): number {
	if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
	let most = 0;
	for (const [i, value] of expected.entries()) {
		const gap = Math.abs((found[i] ?? Number.NaN) - value) / Math.max(1, Math.abs(value));
		most = Math.max(gap, most); // NaN stays
	}
	return most;
}

describe("a subject is what nnU-Net's preprocessor makes", () => {
	it.each(PREPARED.map((prepared) => [prepared.name, prepared] as const))("%s", (_, prepared) => {
		const spec = specOf(prepared);
		const array = arrayOf(prepared.dtype, prepared.shape, prepared.image);
		const before = Uint8Array.from(bytesOf(array));
		const oriented = orient(imageOfArray(array, 3), spec);
		const subject = prepareSubject(oriented, 0, oriented.shape[0], spec, OWN);
		expect([subject.channels, ...subject.shape]).toEqual(prepared.outShape);
		expect(subject.crop.start.map((start, axis) => [start, subject.crop.stop[axis]])).toEqual(prepared.box);
		expect(difference(subject.data, prepared.out)).toBeLessThan(3e-6);
		expect(bytesOf(array), "the image itself is not changed").toEqual(before);
	});
});

describe("sections as subjects", () => {
	const image = arrayOf(
		"uint8",
		[1, 3, 4, 5],
		Array.from({ length: 60 }, (_, i) => (i * 37) % 101),
	);

	it("are each prepared as if they were images of their own", () => {
		const spec = modelSpec({ dimensions: 2 });
		const oriented = orient(imageOfArray(image, 3), spec);
		const ranges = subjectRanges(oriented.shape, true);
		expect(ranges).toEqual([
			[0, 1],
			[1, 2],
			[2, 3],
		]);
		for (const [from, to] of ranges) {
			const section = cut(image, { start: [0, from, 0, 0], stop: [1, to, 4, 5] });
			const alone = prepareSubject(orient(imageOfArray(section, 2), spec), 0, 1, spec, OWN);
			const within = prepareSubject(oriented, from, to, spec, OWN);
			expect(within.data).toEqual(alone.data);
			expect(within.crop.start).toEqual([from + (alone.crop.start[0] ?? 0), ...alone.crop.start.slice(1)]);
			expect(within.sections).toEqual([from, to]);
		}
	});

	it("are one where the model sees volumes", () => {
		expect(subjectRanges([3, 4, 5], false)).toEqual([[0, 3]]);
	});

	it("lie along the first axis after transposition", () => {
		const spec = modelSpec({ dimensions: 2, transposeForward: [2, 0, 1], transposeBackward: [1, 2, 0] });
		const oriented = orient(imageOfArray(image, 3), spec);
		expect(oriented.shape).toEqual([5, 3, 4]);
		expect(subjectRanges(oriented.shape, true)).toHaveLength(5);
	});
});

describe("given statistics", () => {
	const image = arrayOf("float32", [2, 1, 1, 3], [1, 2, 3, 10, 20, 30]);
	const spec = modelSpec({
		channels: ["a", "b"],
		normalization: [
			{ kind: "zscore", useMask: false },
			{ kind: "zscore", useMask: false },
		],
	});
	const values = (mean: readonly number[], std: readonly number[]) =>
		prepareSubject(orient(imageOfArray(image, 3), spec), 0, 1, spec, { statistics: { kind: "fixed", mean, std } }).data;

	it("are one for all channels, or one a channel", () => {
		expect(values([1], [2])).toEqual(Float32Array.of(0, 0.5, 1, 4.5, 9.5, 14.5));
		expect(values([1, 10], [1, 10])).toEqual(Float32Array.of(0, 1, 2, 0, 1, 2));
	});
});

describe("values that have no statistics", () => {
	it("are an error that says so", () => {
		const spec = modelSpec();
		const image = imageOfArray(ndarray("float32", [1, 1, 1, 3], Float32Array.of(1, Number.NaN, 3)), 3);
		expect(() => prepareSubject(orient(image, spec), 0, 1, spec, OWN)).toThrow(/NaN or infinity/);
	});

	it("outside 0 to 255 are an error for RGB", () => {
		const spec = modelSpec({ normalization: [{ kind: "rgb01" }] });
		const image = imageOfArray(ndarray("uint16", [1, 1, 1, 2], Uint16Array.of(1, 256)), 3);
		expect(() => prepareSubject(orient(image, spec), 0, 1, spec, OWN)).toThrow(/0 to 255, found 1 to 256/);
	});
});

describe("the crop", () => {
	it.each([
		["float64", Float64Array.of(0, 1e-50, 2, -1e-60)],
		["float16", Uint16Array.of(0x8000, 0, 0x4000, 0)],
		["int64", BigInt64Array.of(0n, 0n, 2n, 0n)],
		["uint64", BigUint64Array.of(0n, 0n, 2n, 0n)],
	] as const)("of %s holds what is not zero as float32", (dtype, data) => {
		const spec = modelSpec({ normalization: [{ kind: "none" }] });
		const { crop, data: values } = prepareSubject(
			orient(imageOfArray({ dtype, shape: [1, 1, 1, 4], data }, 3), spec),
			0,
			1,
			spec,
			OWN,
		);
		expect([crop.start[2], crop.stop[2]]).toEqual([2, 3]);
		expect([...values]).toEqual([2]);
	});
});

describe("labels of a previous stage", () => {
	it("that plans resample otherwise than the image are an error", () => {
		const { resampling: fine } = modelSpec();
		const resampling = { ...fine, segmentation: { name: "no_resampling_hack" } } as const;
		const spec = modelSpec({ spacing: [1, 1, 2], previousLabels: [1], resampling });
		const oriented = orient(imageOfArray(zeros("uint8", [1, 1, 1, 4]), 3, [1, 1, 1]), spec);
		const previous = ndarray("int16", [1, 1, 4], Int16Array.of(0, 1, 1, 0));
		const prepare = () => prepareSubject(oriented, 0, 1, spec, { ...OWN, previous });
		expect(prepare).toThrow(/an image of 1x1x2 and labels of the previous stage of 1x1x4/);
	});
});

describe("the shape that the network sees", () => {
	const blank = (shape: readonly number[]): NdArray => zeros("uint8", [1, ...shape]);
	const shapeFor = (
		shape: readonly number[],
		spacing: readonly [number, number, number] | undefined,
		over: Parameters<typeof modelSpec>[0],
	) => {
		const spec = modelSpec(over);
		const oriented = orient(imageOfArray(blank(shape), 3, spacing), spec);
		return prepareSubject(oriented, 0, oriented.shape[0], spec, OWN).shape;
	};

	it("follows the spacings, half rounding to even", () => {
		expect(shapeFor([10, 10, 10], [1, 1, 1], {})).toEqual([10, 10, 10]);
		expect(shapeFor([10, 10, 10], [1.05, 1, 1], {}), "10.5 rounds to 10").toEqual([10, 10, 10]);
		expect(shapeFor([10, 10, 11], [1, 1, 23 / 22], {}), "11.5 rounds to 12").toEqual([10, 10, 12]);
		expect(shapeFor([10, 20, 30], [2, 1, 1], {})).toEqual([20, 20, 30]);
	});

	it("is compared after transposition, and never changes along the sections of a 2D model", () => {
		const turned = { transposeForward: [2, 0, 1], transposeBackward: [1, 2, 0], spacing: [4, 2, 3] };
		expect(shapeFor([9, 8, 7], [2, 3, 4], turned)).toEqual([7, 9, 8]);
		expect(shapeFor([9, 9, 9], [4, 2, 3], turned)).toEqual([7, 18, 6]);
		expect(shapeFor([9, 9, 9], [50, 1, 1], { dimensions: 2 })).toEqual([9, 9, 9]);
		expect(shapeFor([9, 9, 9], [50, 2, 1], { dimensions: 2 })).toEqual([9, 18, 9]);
	});

	it("is the image's for a model of plain images, which knows no spacing", () => {
		expect(shapeFor([9, 9, 9], [50, 4, 4], { dimensions: 2, reader: "NaturalImage2DIO" })).toEqual([9, 9, 9]);
	});

	it("is the image's where nothing says its spacing", () => {
		expect(shapeFor([3, 4, 5], undefined, { spacing: [9, 9, 9] })).toEqual([3, 4, 5]);
	});

	it("is an error where nothing would be left", () => {
		expect(() => shapeFor([3, 4, 5], [0.1, 1, 1], {})).toThrow(
			/spacing \(1 x 1 x 1, z, y, x\) nothing is left of 3x4x5 voxels of 0.1 x 1 x 1/,
		);
	});
});

describe("the labels of a previous stage", () => {
	const image = arrayOf("float32", [1, 1, 3, 4], [0, 0, 0, 0, 0, 5, 6, 0, 7, 8, 9, 1]);
	const labels = ndarray("int16", [1, 3, 4], Int16Array.of(0, 0, 0, 0, 2, 1, 2, 0, 0, 2, 0, 1));

	it("become one channel each behind the image, cropped as it is", () => {
		const spec = modelSpec({ previousStage: "3d_lowres", previousLabels: [1, 2] });
		const subject = prepareSubject(orient(imageOfArray(image, 3), spec), 0, 1, spec, { ...OWN, previous: labels });
		expect([subject.channels, ...subject.shape]).toEqual([3, 1, 2, 4]);
		expect([...subject.data.slice(8)]).toEqual([0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0]);
		expect(labels.data, "they are not changed").toEqual(Int16Array.of(0, 0, 0, 0, 2, 1, 2, 0, 0, 2, 0, 1));
	});

	it("count as foreground for masked statistics, also where the image is zero", () => {
		const normalization = [{ kind: "zscore", useMask: true }] as const;
		const spec = modelSpec({ normalization, previousStage: "3d_lowres", previousLabels: [1, 2] });
		const subject = prepareSubject(orient(imageOfArray(image, 3), spec), 0, 1, spec, { ...OWN, previous: labels });
		// all but the last voxel of the first row, which is zero and has no label: mean 36 / 7
		expect(subject.data[3]).toBe(0);
		const inside = [...subject.data.slice(0, 3), ...subject.data.slice(4, 8)];
		expect(inside.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 5);
		expect(subject.data[0]).toBeLessThan(-1);
	});
});
