import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../src/core/shape.ts";
import { blockAt, blockCount, blockGrid, blocksOf } from "../../src/tiling/blocks.ts";

const axis = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 15 }));

describe("blockGrid", () => {
	it("partitions the volume: every voxel lies in exactly one block", () => {
		fc.assert(
			fc.property(fc.array(axis, { minLength: 1, maxLength: 3 }), (axes) => {
				const shape = axes.map(([size]) => size);
				const grid = blockGrid(
					shape,
					axes.map(([, block]) => block),
				);
				const hits = new Uint8Array(sizeOf(shape));
				for (const { box } of blocksOf(grid)) mark(hits, shape, box.start, box.stop);
				expect(hits.every((n) => n === 1)).toBe(true);
			}),
		);
	});

	it("numbers blocks in C order, the same for a block alone as in the run", () => {
		const grid = blockGrid([5, 4], [2, 3]);
		expect(blockCount(grid)).toBe(6);
		expect(blockAt(grid, 3)).toEqual({ id: 3, box: { start: [2, 3], stop: [4, 4] } });
		expect([...blocksOf(grid)]).toEqual(Array.from({ length: 6 }, (_, id) => blockAt(grid, id)));
	});

	it("refuses what does not fit", () => {
		expect(() => blockGrid([5], [2, 2])).toThrow(RangeError);
		expect(() => blockGrid([5], [0])).toThrow(RangeError);
		expect(() => blockAt(blockGrid([5], [2]), 3)).toThrow(/0 to 2/);
		expect(() => blockAt(blockGrid([5], [2]), -1)).toThrow(RangeError);
	});
});

function mark(hits: Uint8Array, shape: readonly number[], start: readonly number[], stop: readonly number[]): void {
	for (let at = 0; at < hits.length; at++) {
		let rest = at;
		let inside = true;
		for (let i = shape.length - 1; i >= 0; i--) {
			const v = rest % (shape[i] ?? 1);
			rest = Math.floor(rest / (shape[i] ?? 1));
			inside &&= v >= (start[i] ?? 0) && v < (stop[i] ?? 0);
		}
		if (inside) hits[at] = (hits[at] ?? 0) + 1;
	}
}
