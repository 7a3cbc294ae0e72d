import { describe, expect, it } from "vitest";
import { bytesOf, cut, type NdArray, ndarray, zeros } from "../../src/core/array.ts";
import { NnvolError } from "../../src/core/errors.ts";
import { imageOfArray } from "../../src/preprocess/image.ts";
import { orient, prepareSubject, requireNoResampling, subjectRanges } from "../../src/preprocess/subject.ts";
import { modelSpec } from "../model-spec.ts";
import { arrayOf, PREPARED, specOf } from "./fixture.ts";

const OWN = { kind: "image" } as const;

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
		prepareSubject(orient(imageOfArray(image, 3), spec), 0, 1, spec, { kind: "fixed", mean, std }).data;

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

describe("requireNoResampling", () => {
	const blank = (shape: readonly number[]): NdArray => zeros("uint8", [1, ...shape]);
	const check = (
		shape: readonly number[],
		spacing: readonly [number, number, number],
		over: Parameters<typeof modelSpec>[0],
	) => requireNoResampling(imageOfArray(blank(shape), 3, spacing), modelSpec(over));

	it("lets pass what keeps its shape, half rounding to even", () => {
		expect(() => check([10, 10, 10], [1, 1, 1], {})).not.toThrow();
		expect(() => check([10, 10, 10], [1.04, 1, 1], {})).not.toThrow();
		expect(() => check([10, 10, 10], [1.05, 1, 1], {}), "10.5 rounds to 10").not.toThrow();
		expect(() => check([10, 10, 11], [1, 1, 23 / 22], {}), "11.5 rounds to 12").toThrow(NnvolError);
	});

	it("says both spacings and shapes where it would change", () => {
		expect(() => check([10, 20, 30], [2, 1, 1], {})).toThrow(
			/spacing of 2 x 1 x 1 \(z, y, x\), the model works at 1 x 1 x 1: .* from 10x20x30 to 20x20x30/,
		);
	});

	it("compares after transposition, and never along the sections of a 2D model", () => {
		const turned = { transposeForward: [2, 0, 1], transposeBackward: [1, 2, 0], spacing: [4, 2, 3] };
		expect(() => check([9, 9, 9], [2, 3, 4], turned)).not.toThrow();
		expect(() => check([9, 9, 9], [4, 2, 3], turned)).toThrow(NnvolError);
		expect(() => check([9, 9, 9], [50, 1, 1], { dimensions: 2 })).not.toThrow();
		expect(() => check([9, 9, 9], [50, 2, 1], { dimensions: 2 })).toThrow(NnvolError);
	});

	it("takes the voxels as they are for a model of plain images, which knows no spacing", () => {
		expect(() => check([9, 9, 9], [50, 4, 4], { dimensions: 2, reader: "NaturalImage2DIO" })).not.toThrow();
	});

	it("takes an image without spacing as the model's", () => {
		expect(() =>
			requireNoResampling(imageOfArray(blank([3, 4, 5]), 3), modelSpec({ spacing: [9, 9, 9] })),
		).not.toThrow();
	});
});
