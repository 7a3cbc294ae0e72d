import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyBox, ndarray, zeros } from "../../src/core/array.ts";
import { type Box, boxShape, wholeBox } from "../../src/core/box.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { addTile, createAccumulator, normalise } from "../../src/tiling/blend.ts";
import { blockGrid, blocksOf } from "../../src/tiling/blocks.ts";
import { constantWeights, gaussianWeights } from "../../src/tiling/gaussian.ts";
import { type TileGrid, tileGrid, tilesTouching } from "../../src/tiling/tiles.ts";

const CHANNELS = 2;

/** Logits of tile `index`: any numbers, the same each time, of different sizes so that rounding shows. */
function logitsOf(index: number, voxels: number): Float32Array {
	return Float32Array.from(
		{ length: CHANNELS * voxels },
		(_, i) => Math.sin(index * 7919 + i * 104729) * 10 ** (i % 5),
	);
}

function blended(grid: TileGrid, box: Box, weights: Float32Array): Float32Array<ArrayBuffer> {
	const acc = createAccumulator(CHANNELS, box);
	for (const tile of tilesTouching(grid, box)) {
		addTile(acc, logitsOf(tile.index, sizeOf(grid.patch)), tile.start, grid.patch, weights);
	}
	normalise(acc);
	return acc.data;
}

const axis = fc.record({
	tile: fc.integer({ min: 1, max: 7 }),
	more: fc.integer({ min: 0, max: 12 }),
	block: fc.integer({ min: 1, max: 9 }),
});

describe("addTile", () => {
	it("gives the same bits for every partition of the volume into boxes", () => {
		fc.assert(
			fc.property(
				fc.array(axis, { minLength: 1, maxLength: 3 }),
				fc.constantFrom(0.3, 0.5, 1),
				fc.boolean(),
				(axes, step, gaussian) => {
					const shape = axes.map(({ tile, more }) => tile + more);
					const patch = axes.map(({ tile }) => tile);
					const grid = tileGrid(shape, patch, step);
					const weights = gaussian ? gaussianWeights(patch) : constantWeights(patch);
					const whole = blended(grid, wholeBox(shape), weights);
					const parts = zeros("float32", [CHANNELS, ...shape]);
					for (const { box } of blocksOf(
						blockGrid(
							shape,
							axes.map(({ block }) => block),
						),
					)) {
						const size = boxShape(box);
						const part = ndarray("float32", [CHANNELS, ...size], blended(grid, box, weights));
						copyBox(part, wholeBox(part.shape), parts, [0, ...box.start]);
					}
					expect(new Uint8Array(parts.data.buffer)).toEqual(new Uint8Array(whole.buffer));
				},
			),
			{ numRuns: 60 },
		);
	});

	it("is the weighted mean of the tiles over a voxel", () => {
		const acc = createAccumulator(1, { start: [1], stop: [4] });
		addTile(acc, Float32Array.of(1, 2, 3), [0], [3], Float32Array.of(1, 2, 1));
		addTile(acc, Float32Array.of(10, 20, 30), [2], [3], Float32Array.of(1, 2, 1));
		expect(acc.weights).toEqual(Float32Array.of(2, 2, 2));
		expect(acc.data).toEqual(Float32Array.of(4, 13, 40));
		normalise(acc);
		expect(acc.data).toEqual(Float32Array.of(2, 6.5, 20));
	});

	it("leaves equal predictions as they are", () => {
		const grid = tileGrid([9, 11], [4, 5], 0.5);
		const acc = createAccumulator(1, wholeBox(grid.shape));
		for (const tile of tilesTouching(grid, acc.box)) {
			addTile(acc, new Float32Array(20).fill(0.75), tile.start, grid.patch, gaussianWeights(grid.patch));
		}
		normalise(acc);
		for (const value of acc.data) expect(value).toBeCloseTo(0.75, 5);
	});

	it("ignores tiles outside the box and refuses sizes that do not fit", () => {
		const acc = createAccumulator(1, { start: [10], stop: [12] });
		addTile(acc, Float32Array.of(1, 1), [0], [2], Float32Array.of(1, 1));
		expect(acc.weights).toEqual(new Float32Array(2));
		expect(() => addTile(acc, Float32Array.of(1), [0], [2], Float32Array.of(1, 1))).toThrow(RangeError);
		expect(() => addTile(acc, Float32Array.of(1, 1), [0], [2], Float32Array.of(1))).toThrow(RangeError);
	});
});

describe("normalise", () => {
	it("refuses voxels that no tile reached", () => {
		expect(() => normalise(createAccumulator(1, wholeBox([3])))).toThrow(/reached by no tile/);
	});
});
