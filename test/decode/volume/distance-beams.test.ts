import fc from "fast-check";
import { expect, it } from "vitest";
import { sizeOf } from "../../../src/core/shape.ts";
import { beamsOf } from "../../../src/decode/volume/distance-beams.ts";
import { blockCount, blockGrid } from "../../../src/tiling/blocks.ts";

const extent = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 40_000 }));

it("beams span the lines that they measure, each axis once, x first, and are multiples of chunks", () => {
	fc.assert(
		fc.property(
			fc.tuple(extent, extent, extent),
			fc.boolean(),
			fc.constantFrom(64, 4096, 2 ** 24),
			(shape, flat, most) => {
				const { passes, chunk } = beamsOf(shape, flat, most);
				expect(passes[0]?.grid.block[2]).toBe(shape[2]);
				expect(passes.flatMap(({ across }) => across)).toEqual(flat ? [1] : [1, 0]);
				for (const { grid, across } of passes) {
					for (const axis of across) expect(grid.block[axis]).toBe(shape[axis]);
					for (const [axis, length] of grid.block.entries()) {
						if (length !== shape[axis]) expect(length % (chunk[axis] ?? 1)).toBe(0);
					}
				}
			},
		),
	);
});

it("no beam of a volume of up to 20,000 sections of 20,000x20,000 voxels is large, and chunks are not many", () => {
	const up = fc.integer({ min: 1, max: 20_000 });
	fc.assert(
		fc.property(fc.tuple(up, up, up), fc.boolean(), (shape, flat) => {
			const beams = beamsOf(shape, flat);
			for (const { grid } of beams.passes) expect(sizeOf(grid.block)).toBeLessThanOrEqual(2 ** 24);
			const chunks = blockCount(blockGrid(shape, beams.chunk));
			expect(chunks).toBeLessThanOrEqual(Math.max(1024, sizeOf(shape) / 1024));
		}),
	);
});
