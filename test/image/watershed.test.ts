import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { asZyx, sizeOf, type Zyx } from "../../src/core/shape.ts";
import { type Connectivity, components } from "../../src/image/components.ts";
import { watershed } from "../../src/image/watershed.ts";
import { bytesOf, casesOf, floatsOf, shortsOf } from "./arrays.ts";

const LEVELS: readonly Connectivity[] = [1, 2, 3];

const cases = casesOf(
	"watershed.json",
	z.object({
		shape: z.array(z.number()),
		kind: z.string(),
		heights: z.string(),
		markers: z.string(),
		mask: z.string(),
		whole: z.array(z.string()),
		masked: z.array(z.string()),
		mahotas: z.string(),
	}),
);

/** What waits to flood its neighbours. */
type Waiting = { readonly height: number; readonly age: number; readonly voxel: number };

/** Whether `b` is a neighbour of `a`. */
function areNeighbours(a: number, b: number, [, height, width]: Zyx, connectivity: number): boolean {
	const parts = [width * height, width, 1].map((stride, i) => {
		const extent = [Number.POSITIVE_INFINITY, height, width][i] ?? 1;
		return Math.abs((Math.floor(a / stride) % extent) - (Math.floor(b / stride) % extent));
	});
	return a !== b && Math.max(...parts) === 1 && parts.reduce((x, y) => x + y, 0) <= connectivity;
}

/** The same with a sorted list, for markers of different heights. */
function naive(heights: Float32Array, markers: Uint32Array, mask: Uint8Array, shape: Zyx, connectivity: Connectivity) {
	const labels = markers.map((label, i) => (mask[i] === 0 ? 0 : label));
	const waiting: Waiting[] = [];
	for (const [voxel, label] of labels.entries())
		if (label > 0) waiting.push({ height: heights[voxel] ?? 0, age: 0, voxel });
	let age = 0;
	while (waiting.length > 0) {
		waiting.sort((a, b) => a.height - b.height || a.age - b.age);
		const next = waiting.shift();
		if (next === undefined) break;
		const around = [...labels.keys()].filter((i) => areNeighbours(next.voxel, i, shape, connectivity));
		const away = (i: number) => {
			const [, height, width] = shape;
			const difference = (stride: number, extent: number) =>
				Math.abs((Math.floor(i / stride) % extent) - (Math.floor(next.voxel / stride) % extent));
			return difference(width * height, 1e9) + difference(width, height) + difference(1, width);
		};
		for (const to of around.toSorted((a, b) => away(a) - away(b) || a - b)) {
			if (mask[to] === 0 || labels[to] !== 0) continue;
			labels[to] = labels[next.voxel] ?? 0;
			waiting.push({ height: Math.max(next.height, heights[to] ?? 0), age: ++age, voxel: to });
		}
	}
	return labels;
}

const floods = fc
	.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 }))
	.chain((shape) => {
		const length = { minLength: sizeOf(shape), maxLength: sizeOf(shape) };
		return fc.record({
			shape: fc.constant(shape),
			levels: fc.array(fc.integer({ min: -3, max: 3 }), length),
			seeds: fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 5 })), length),
			mask: fc.uint8Array({ ...length, max: 3 }),
			connectivity: fc.constantFrom<Connectivity>(1, 2, 3),
		});
	});

describe("watershed", () => {
	it.each(cases)("floods $kind of $shape as scikit-image does", ({ shape, heights, markers, mask, whole, masked }) => {
		for (const [i, expected] of whole.entries()) {
			const connectivity = LEVELS[i] ?? 1;
			const found = watershed(floatsOf(heights), shortsOf(markers), shape, { connectivity });
			expect([...found]).toEqual([...shortsOf(expected)]);
		}
		for (const [i, expected] of masked.entries()) {
			const options = { connectivity: LEVELS[i] ?? 1, mask: bytesOf(mask) };
			const found = watershed(floatsOf(heights), shortsOf(markers), shape, options);
			expect([...found]).toEqual([...shortsOf(expected)]);
		}
	});

	it.each(cases)(
		"floods $kind of $shape as mahotas does where it is asked to",
		({ shape, heights, markers, mahotas }) => {
			const found = watershed(floatsOf(heights), shortsOf(markers), shape, { order: "mahotas" });
			expect([...found]).toEqual([...shortsOf(mahotas)]);
		},
	);

	it("is what a sorted list gives where markers have different heights", () => {
		fc.assert(
			fc.property(floods, ({ shape, levels, seeds, mask, connectivity }) => {
				const heights = Float32Array.from(levels, (level, i) => (seeds[i] === 0 ? level : -4 - i));
				const markers = Uint32Array.from(seeds);
				const expected = naive(heights, markers, mask, asZyx(shape), connectivity);
				expect([...watershed(heights, markers, shape, { mask, connectivity })]).toEqual([...expected]);
			}),
		);
	});

	it("leaves markers as they are, and labels all that they reach within the mask and nothing else", () => {
		fc.assert(
			fc.property(floods, ({ shape, levels, seeds, mask, connectivity }) => {
				const inside = mask.map((v) => (v > 0 ? 1 : 0));
				const { labels: parts } = components(inside, shape, connectivity);
				const reached = new Set([...parts].filter((part, i) => part > 0 && (seeds[i] ?? 0) > 0));
				const heights = Float32Array.from(levels);
				const found = watershed(heights, Uint32Array.from(seeds), shape, { mask, connectivity });
				for (const [i, label] of found.entries()) {
					expect(label > 0).toBe(reached.has(parts[i] ?? 0));
					if (inside[i] === 1 && (seeds[i] ?? 0) > 0) expect(label).toBe(seeds[i]);
				}
			}),
		);
	});

	it("takes 0 and -0 for one height, and labels above 2^31", () => {
		const heights = new Float32Array([0, 0, -0, 0, 0]);
		expect([...watershed(heights, new Uint32Array([7, 0, 0, 0, 4e9]), [5])]).toEqual([7, 7, 7, 4e9, 4e9]);
	});

	it("refuses lengths and connectivities that do not fit", () => {
		const six = new Float32Array(6);
		expect(() => watershed(six, new Uint32Array(5), [2, 3])).toThrow(RangeError);
		expect(() => watershed(six, new Uint32Array(6), [2, 3], { mask: new Uint8Array(7) })).toThrow(/7 voxels/);
		expect(() => watershed(six, new Uint32Array(6), [2, 3], { connectivity: 3 })).toThrow(/up to 2/);
	});
});
