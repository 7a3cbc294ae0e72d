import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NdArray, zeros } from "../../src/core/array.ts";
import { type Box, boxShape, wholeBox } from "../../src/core/box.ts";
import { sizeOf, type Zyx, zyx } from "../../src/core/shape.ts";
import { type Band, makePlaneResampler, type PlaneResamplerOptions } from "../../src/export/resample.ts";
import { makeRegionResampler } from "../../src/export/resample-region.ts";
import type { Resampling, SplineOrder, TorchMode, TorchResampling } from "../../src/model/spec.ts";
import { arrayOf } from "../preprocess/resample-fixture.ts";

type Given = Omit<PlaneResamplerOptions, "onBand" | "onFree">;

/** Plane `z` of the part `box` of [heads, Z, Y, X], as [heads, Y, X] of the part. */
function planeOf({ data, shape }: NdArray<"float32">, box: Box, z: number): Float32Array<ArrayBuffer> {
	const [heads = 0, depth = 0, height = 0, width = 0] = shape;
	const [, top = 0, left = 0] = box.start;
	const [, rows = 0, columns = 0] = boxShape(box);
	const plane = new Float32Array(heads * rows * columns);
	for (let head = 0; head < heads; head++) {
		for (let y = 0; y < rows; y++) {
			const from = ((head * depth + z) * height + top + y) * width + left;
			plane.set(data.subarray(from, from + columns), (head * rows + y) * columns);
		}
	}
	return plane;
}

/** Bands of part `box` of the output, put together: [heads, ...box]. What was given is scribbled over. */
function gather(heads: number, box: Box) {
	const shape = zyx(boxShape(box));
	const out = zeros("float32", [heads, ...shape]);
	let at = 0;
	const onBand = ({ z, y, rows, values }: Band) => {
		const first = ((z - (box.start[0] ?? 0)) * shape[1] + y - (box.start[1] ?? 0)) * shape[2];
		const run = rows * shape[2];
		expect([first, values.length], "bands come in order").toEqual([at, heads * run]);
		at += run;
		for (let head = 0; head < heads; head++) {
			out.data.set(values.subarray(head * run, (head + 1) * run), head * sizeOf(shape) + first);
		}
		values.fill(Number.NaN);
	};
	return { out, onBand };
}

function whole(given: Given, source: NdArray<"float32">): NdArray<"float32"> {
	const { out, onBand } = gather(given.heads, wholeBox(given.toShape));
	const resampler = makePlaneResampler({ ...given, onBand, onFree: (plane) => plane.fill(Number.NaN) });
	for (let z = 0; z < given.fromShape[0]; z++) resampler.push(planeOf(source, wholeBox(given.fromShape), z));
	resampler.finish();
	return out;
}

function part(given: Given, source: NdArray<"float32">, box: Box): NdArray<"float32"> {
	const { out, onBand } = gather(given.heads, box);
	let held = 0;
	const onFree = (plane: Float32Array) => {
		held--;
		plane.fill(Number.NaN);
	};
	const { needs, resampler } = makeRegionResampler({ ...given, box, onBand, onFree });
	for (let z = needs.start[0] ?? 0; z < (needs.stop[0] ?? 0); z++) {
		resampler.push(planeOf(source, needs, z));
		held++;
		expect(held).toBeLessThanOrEqual(2);
	}
	resampler.finish();
	expect(held).toBe(0);
	return out;
}

/** `box` of [heads, Z, Y, X] as bytes: negative zeros count. */
function bytesOf(array: NdArray<"float32">, box: Box): Buffer {
	const planes: Float32Array[] = [];
	for (let z = box.start[0] ?? 0; z < (box.stop[0] ?? 0); z++) planes.push(planeOf(array, box, z));
	return Buffer.concat(planes.map((plane) => Buffer.from(plane.buffer)));
}

const UNIT: Zyx = [1, 1, 1];
const extent = fc.integer({ min: 1, max: 9 });
const extents = fc.tuple(extent, extent, extent);
const spacing = fc.constantFrom(1, 1.5, 5);
const spacings = fc.tuple(spacing, spacing, spacing);
const orders = fc.constantFrom<SplineOrder>(0, 1);
const modes = fc.constantFrom<TorchMode>("linear", "nearest", "nearest-exact");
const when = { forceSeparateZ: fc.constantFrom(null, true, false), separateZThreshold: fc.constantFrom(1, 3) };
const hows: fc.Arbitrary<Resampling> = fc.oneof(
	fc.record({ name: fc.constant("resample_data_or_seg_to_shape" as const), order: orders, orderZ: orders, ...when }),
	fc.record<TorchResampling>({
		name: fc.constantFrom("resample_torch_fornnunet" as const, "resample_torch_simple" as const),
		mode: modes,
		modeZ: modes,
		memoryEfficient: fc.constant(false),
		...when,
	}),
);
const portion = fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));

/** A box of at least one voxel within `shape`, by two shares an axis. */
function boxIn(shape: Zyx, portions: readonly (readonly [number, number])[]): Box {
	const start = shape.map((n, axis) => Math.floor((portions[axis]?.[0] ?? 0) * n));
	const stop = shape.map((n, axis) => {
		const first = start[axis] ?? 0;
		return first + Math.max(1, Math.round((portions[axis]?.[1] ?? 0) * (n - first)));
	});
	return { start, stop };
}

describe("makeRegionResampler", () => {
	it("gives the whole volume's bits for any part, band size and number of heads", () => {
		fc.assert(
			fc.property(
				fc.record({ fromShape: extents, toShape: extents, fromSpacing: spacings, toSpacing: spacings, how: hows }),
				fc.integer({ min: 1, max: 3 }),
				fc.integer({ min: 1, max: 2000 }),
				fc.tuple(portion, portion, portion),
				fc.boolean(),
				(shared, heads, bandBytes, portions, same) => {
					const toShape = same ? shared.fromShape : shared.toShape;
					const given = { ...shared, toShape, heads, bandBytes };
					const source = arrayOf(7, [heads, ...shared.fromShape]);
					for (let i = 0; i < source.data.length; i += 3) source.data[i] = i % 2 === 0 ? -0 : 0;
					const box = boxIn(toShape, portions);
					const found = part(given, source, box);
					const expected = bytesOf(whole(given, source), box);
					expect(bytesOf(found, wholeBox(boxShape(box))).equals(expected)).toBe(true);
				},
			),
			{ numRuns: 400 },
		);
	});

	it("needs as much as the part itself where nothing changes, and copies nothing", () => {
		const given: Float32Array[] = [];
		const box = { start: [1, 2, 0], stop: [3, 5, 2] };
		const { needs, resampler } = makeRegionResampler({
			heads: 2,
			fromShape: [4, 6, 5],
			toShape: [4, 6, 5],
			fromSpacing: UNIT,
			toSpacing: UNIT,
			how: { name: "no_resampling_hack" },
			box,
			bandBytes: 1,
			onBand: ({ z, y, rows, values }) => {
				expect([z, y, rows]).toEqual([1 + given.length, 2, 3]);
				given.push(values);
			},
			onFree: () => undefined,
		});
		expect(needs).toEqual(box);
		const planes = [new Float32Array(12), new Float32Array(12)];
		for (const plane of planes) resampler.push(plane);
		resampler.finish();
		expect(given[0]).toBe(planes[0]);
		expect(given[1]).toBe(planes[1]);
	});

	it("needs little more than its share of a volume", () => {
		const shared = {
			heads: 1,
			fromShape: [50, 50, 50],
			toShape: [100, 25, 100],
			fromSpacing: UNIT,
			toSpacing: UNIT,
		} as const;
		const how = {
			name: "resample_data_or_seg_to_shape",
			order: 1,
			orderZ: 0,
			forceSeparateZ: null,
			separateZThreshold: 3,
		} as const;
		const box = { start: [40, 10, 40], stop: [60, 15, 60] };
		const none = { onBand: () => undefined, onFree: () => undefined };
		const { needs } = makeRegionResampler({ ...shared, how, box, ...none });
		expect(needs).toEqual({ start: [19, 20, 19], stop: [31, 30, 31] });
	});

	it("refuses long splines, parts that are none, and another shape where the plans resample nothing", () => {
		const make = (over: Partial<Given> & { readonly box?: Box }) => () =>
			makeRegionResampler({
				heads: 1,
				fromShape: [2, 3, 4],
				toShape: [3, 3, 4],
				fromSpacing: UNIT,
				toSpacing: UNIT,
				how: {
					name: "resample_data_or_seg_to_shape",
					order: 3,
					orderZ: 0,
					forceSeparateZ: null,
					separateZThreshold: 3,
				},
				box: { start: [0, 0, 0], stop: [1, 1, 1] },
				onBand: () => undefined,
				onFree: () => undefined,
				...over,
			});
		expect(make({})).toThrow(expect.objectContaining({ code: "UNBUILT" }));
		expect(make({ toShape: [2, 3, 4] })).not.toThrow();
		expect(make({ box: { start: [0, 0, 0], stop: [4, 1, 1] } })).toThrow(/none of an output of 3x3x4/);
		expect(make({ box: { start: [0, 2, 0], stop: [1, 2, 1] } })).toThrow(RangeError);
		expect(make({ how: { name: "no_resampling_hack" } })).toThrow(/2x3x4 stands for an image of 3x3x4/);
	});
});
