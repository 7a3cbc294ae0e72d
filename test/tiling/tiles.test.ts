import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { intersect, isEmpty } from "../../src/core/box.ts";
import { tileBox, tileCount, tileGrid, tilesOf, tilesTouching } from "../../src/tiling/tiles.ts";

const axis = fc.record({ tile: fc.integer({ min: 1, max: 6 }), more: fc.integer({ min: 0, max: 12 }) });
const grids = fc
	.tuple(fc.array(axis, { minLength: 1, maxLength: 3 }), fc.constantFrom(0.25, 0.5, 0.7, 1))
	.map(([axes, step]) =>
		tileGrid(
			axes.map(({ tile, more }) => tile + more),
			axes.map(({ tile }) => tile),
			step,
		),
	);
const boxed = grids.chain((grid) =>
	fc.tuple(
		fc.constant(grid),
		fc
			.tuple(
				...grid.shape.map((size) => fc.tuple(fc.integer({ min: -2, max: size }), fc.integer({ min: 0, max: size }))),
			)
			.map((spans) => ({
				start: spans.map(([from]) => from),
				stop: spans.map(([from, length]) => from + length),
			})),
	),
);

describe("tileGrid", () => {
	it("takes every slice once where the patch is one voxel", () => {
		const grid = tileGrid([4, 10, 8], [1, 6, 8], 0.5);
		expect(grid.starts).toEqual([[0, 1, 2, 3], [0, 2, 4], [0]]);
		expect(tileCount(grid)).toBe(12);
	});

	it("refuses patches of another rank or larger than the volume, and bad steps", () => {
		expect(() => tileGrid([4, 4], [1, 4, 4], 0.5)).toThrow(RangeError);
		expect(() => tileGrid([], [], 0.5)).toThrow(RangeError);
		expect(() => tileGrid([4, 4], [4, 5], 0.5)).toThrow(RangeError);
		expect(() => tileGrid([4, 4], [1, 1], 2)).toThrow(/above 0 and up to 1/);
	});
});

describe("tilesOf", () => {
	it("runs the first axis outermost and numbers tiles in that order", () => {
		const tiles = [...tilesOf(tileGrid([3, 4], [2, 2], 0.5))];
		expect(tiles.map(({ start }) => start)).toEqual([
			[0, 0],
			[0, 1],
			[0, 2],
			[1, 0],
			[1, 1],
			[1, 2],
		]);
		expect(tiles.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
	});

	it("covers every voxel and stays inside", () => {
		fc.assert(
			fc.property(grids, (grid) => {
				const [depth = 1, height = 1, width = 1] = grid.shape;
				const seen = new Uint8Array(depth * height * width);
				for (const tile of tilesOf(grid)) {
					const { start, stop } = tileBox(grid, tile);
					expect(stop.every((s, i) => s <= (grid.shape[i] ?? 0))).toBe(true);
					for (let z = start[0] ?? 0; z < (stop[0] ?? 1); z++)
						for (let y = start[1] ?? 0; y < (stop[1] ?? 1); y++)
							for (let x = start[2] ?? 0; x < (stop[2] ?? 1); x++) seen[(z * height + y) * width + x] = 1;
				}
				expect(seen.includes(0)).toBe(false);
			}),
			{ numRuns: 50 },
		);
	});
});

describe("tilesTouching", () => {
	it("is what is left of all tiles that share a voxel with the box, same order, same indices", () => {
		fc.assert(
			fc.property(boxed, ([grid, box]) => {
				const expected = [...tilesOf(grid)].filter((tile) => !isEmpty(intersect(tileBox(grid, tile), box)));
				expect([...tilesTouching(grid, box)]).toEqual(isEmpty(box) ? [] : expected);
			}),
		);
	});

	it("does not visit the others", () => {
		const grid = tileGrid([1_000_000, 1_000_000, 1_000_000], [64, 64, 64], 0.5);
		const box = { start: [500_000, 0, 0], stop: [500_001, 1, 1] };
		expect([...tilesTouching(grid, box)]).toHaveLength(2);
	});
});
