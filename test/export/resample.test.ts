import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf, type Zyx } from "../../src/core/shape.ts";
import { type Band, makePlaneResampler, type PlaneResamplerOptions } from "../../src/export/resample.ts";
import type { Resampling, SplineOrder, TorchMode, TorchResampling } from "../../src/model/spec.ts";
import { resampleData } from "../../src/preprocess/resample.ts";
import { arrayOf, CHANNELS, dataCases, largestDifference, TOLERANCE } from "../preprocess/resample-fixture.ts";

type Given = Omit<PlaneResamplerOptions, "onBand" | "onFree"> & { readonly values: Float32Array };

type Outcome = {
	readonly values: Float32Array;
	/** How often each voxel of the first head was given. */
	readonly times: Uint8Array;
	/** Most planes that were not freed at once, counted before each push. */
	readonly held: number;
	readonly freed: number;
	readonly largestBand: number;
};

/** Feeds [heads, Z, Y, X] plane by plane, scribbles over all that is given, and puts the bands together. */
function stream({ values, ...options }: Given): Outcome {
	const { heads, fromShape, toShape } = options;
	const [depth, height, width] = fromShape;
	const area = height * width;
	const out = new Float32Array(heads * sizeOf(toShape));
	const times = new Uint8Array(sizeOf(toShape));
	let freed = 0;
	let held = 0;
	let largestBand = 0;
	let at = 0;
	const onBand = (band: Band) => {
		expect(band.values.length).toBe(heads * band.rows * toShape[2]);
		const first = (band.z * toShape[1] + band.y) * toShape[2];
		expect(first, "bands come in order").toBe(at);
		const run = band.rows * toShape[2];
		at += run;
		for (let head = 0; head < heads; head++) {
			out.set(band.values.subarray(head * run, (head + 1) * run), head * sizeOf(toShape) + first);
		}
		for (let i = first; i < first + run; i++) times[i] = (times[i] ?? 0) + 1;
		largestBand = Math.max(largestBand, band.values.byteLength);
		band.values.fill(Number.NaN);
	};
	const onFree = (plane: Float32Array) => {
		freed++;
		plane.fill(Number.NaN);
	};
	const resampler = makePlaneResampler({ ...options, onBand, onFree });
	for (let z = 0; z < depth; z++) {
		const plane = new Float32Array(heads * area);
		for (let head = 0; head < heads; head++) {
			const from = (head * depth + z) * area;
			plane.set(values.subarray(from, from + area), head * area);
		}
		resampler.push(plane);
		held = Math.max(held, z + 1 - freed);
	}
	resampler.finish();
	return { values: out, times, held, freed, largestBand };
}

const UNIT: Zyx = [1, 1, 1];

const NOT_ANISOTROPIC = { forceSeparateZ: null, separateZThreshold: 3 } as const;

/** Two planes of 3 x 4 that become three. */
function twoPlanes(how: Resampling) {
	return makePlaneResampler({
		heads: 1,
		fromShape: [2, 3, 4],
		toShape: [3, 3, 4],
		fromSpacing: UNIT,
		toSpacing: UNIT,
		how,
		onBand: () => undefined,
		onFree: () => undefined,
	});
}

function splines(order: SplineOrder, orderZ: SplineOrder = 0): Resampling {
	return { name: "resample_data_or_seg_to_shape", order, orderZ, ...NOT_ANISOTROPIC };
}

describe("makePlaneResampler", () => {
	it.each(dataCases)(
		"gives nnU-Net's numbers: $title",
		({ array, from, to, spacing, toSpacing, how, every, expected }) => {
			const shared = { heads: CHANNELS, fromShape: from, toShape: to, fromSpacing: spacing, toSpacing, how };
			const outcome = stream({ ...shared, values: array.data, bandBytes: 100 });
			expect(largestDifference(outcome.values, expected, every)).toBeLessThan(TOLERANCE);
			expect(outcome.times.every((times) => times === 1)).toBe(true);
			expect(outcome.freed).toBe(from[0]);
		},
	);

	const extent = fc.integer({ min: 1, max: 9 });
	const extents = fc.tuple(extent, extent, extent);
	const spacing = fc.constantFrom(1, 1.5, 5);
	const spacings = fc.tuple(spacing, spacing, spacing);
	const orders = fc.constantFrom<SplineOrder>(0, 1);
	const modes = fc.constantFrom<TorchMode>("linear", "nearest", "nearest-exact");
	const streamed: fc.Arbitrary<Resampling> = fc.oneof(
		fc.tuple(orders, orders).map(([order, orderZ]) => splines(order, orderZ)),
		fc.record<TorchResampling>({
			name: fc.constantFrom("resample_torch_fornnunet" as const, "resample_torch_simple" as const),
			mode: modes,
			modeZ: modes,
			forceSeparateZ: fc.constantFrom(null, true, false),
			separateZThreshold: fc.constantFrom(1, 3),
			memoryEfficient: fc.constant(false),
		}),
	);

	it("streams linear and nearest interpolation: the whole volume's result, two planes held, bands within their bytes", () => {
		fc.assert(
			fc.property(
				fc.record({ fromShape: extents, toShape: extents, fromSpacing: spacings, toSpacing: spacings, how: streamed }),
				fc.integer({ min: 1, max: 3 }),
				fc.integer({ min: 1, max: 2000 }),
				(given, heads, bandBytes) => {
					const { fromShape, toShape, fromSpacing, toSpacing, how } = given;
					const array = arrayOf(7, [heads, ...fromShape]);
					const whole = resampleData(array, toShape, fromSpacing, toSpacing, how);
					const outcome = stream({ ...given, heads, bandBytes, values: array.data });
					expect(largestDifference(outcome.values, whole.data)).toBeLessThan(1e-6);
					expect(outcome.times.every((times) => times === 1)).toBe(true);
					expect(outcome.held).toBeLessThanOrEqual(1);
					expect(outcome.freed).toBe(fromShape[0]);
					// A plane that needs nothing is passed on as it is.
					const row = heads * toShape[2] * 4;
					const isPlaneSame = fromShape[1] === toShape[1] && fromShape[2] === toShape[2];
					expect(outcome.largestBand).toBeLessThanOrEqual(isPlaneSame ? row * toShape[1] : Math.max(row, bandBytes));
				},
			),
			{ numRuns: 300 },
		);
	});

	it("does not depend on the size of bands, to the bit", () => {
		const shared = { heads: 3, fromShape: [5, 7, 6], toShape: [8, 11, 4], fromSpacing: UNIT, toSpacing: UNIT } as const;
		const { data } = arrayOf(3, [3, 5, 7, 6]);
		for (const how of [splines(0), splines(1), splines(3)]) {
			const whole = stream({ ...shared, how, values: data });
			for (const bandBytes of [1, 200, 333]) {
				expect(stream({ ...shared, how, values: data, bandBytes }).values).toEqual(whole.values);
			}
		}
	});

	it("passes planes on without copying where nothing changes", () => {
		const given: Float32Array[] = [];
		const freed: Float32Array[] = [];
		const resampler = makePlaneResampler({
			heads: 2,
			fromShape: [2, 3, 4],
			toShape: [2, 3, 4],
			fromSpacing: UNIT,
			toSpacing: [2, 2, 2],
			how: splines(1),
			bandBytes: 1,
			onBand: ({ values, y, rows }) => given.push(y === 0 && rows === 3 ? values : new Float32Array(0)),
			onFree: (plane) => freed.push(plane),
		});
		const planes = [new Float32Array(24), new Float32Array(24)];
		for (const plane of planes) resampler.push(plane);
		resampler.finish();
		expect(given[0]).toBe(planes[0]);
		expect(given[1]).toBe(planes[1]);
		expect(freed).toEqual(planes);
	});

	it("frees planes at once where they are resampled by splines by themselves", () => {
		const values = arrayOf(5, [2, 6, 5, 4]).data;
		const shared = { heads: 2, fromShape: [6, 5, 4], fromSpacing: [9, 1, 1], toSpacing: UNIT, values } as const;
		const inPlane = stream({ ...shared, toShape: [9, 8, 7], how: splines(3, 1), bandBytes: 64 });
		expect(inPlane.held).toBe(0);
		expect(inPlane.freed).toBe(6);
	});

	it.each([
		["too many planes", [12, 12, 12]],
		["a plane of another size", [12, 13]],
	])("refuses %s", (_, sizes) => {
		for (const how of [splines(1), splines(3)]) {
			const resampler = twoPlanes(how);
			expect(() => {
				for (const size of sizes) resampler.push(new Float32Array(size));
			}).toThrow(/expected 2 planes of 1 x 3 x 4/);
		}
	});

	it("refuses to finish before the last plane", () => {
		for (const how of [splines(1), splines(3)]) {
			const resampler = twoPlanes(how);
			resampler.push(new Float32Array(12));
			expect(() => resampler.finish()).toThrow(/1 of 2 planes came/);
		}
	});

	it("refuses another shape where the plans resample nothing", () => {
		const options = {
			heads: 1,
			fromShape: [2, 3, 4],
			fromSpacing: UNIT,
			toSpacing: UNIT,
			how: { name: "no_resampling_hack" },
			onBand: () => undefined,
			onFree: () => undefined,
		} as const;
		expect(() => makePlaneResampler({ ...options, toShape: [3, 3, 4] })).toThrow(/2x3x4 stands for an image of 3x3x4/);
		expect(() => makePlaneResampler({ ...options, toShape: [2, 3, 4] })).not.toThrow();
	});
});
