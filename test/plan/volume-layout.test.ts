import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { boxShape } from "../../src/core/box.ts";
import { sizeOf, zyx } from "../../src/core/shape.ts";
import { turnBack } from "../../src/export/canvas.ts";
import {
	blockBoxAt,
	blockExtents,
	blockIdAt,
	imageBox,
	outputBox,
	outputShape,
	volumeLayout,
} from "../../src/plan/volume-layout.ts";
import { placesOf } from "../../src/plan/volume-runs.ts";
import { turnArray } from "../../src/preprocess/reorient.ts";
import { blockAt } from "../../src/tiling/blocks.ts";
import { blocksIn, layouts, maps } from "./volume-facts.ts";

describe("boxes of image and output", () => {
	it("are each other's inverse, however the axes lie", () => {
		fc.assert(
			fc.property(maps, fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99), fc.nat(99), fc.nat(99), fc.nat(99)), (map, at) => {
				const start = map.shape.map((extent, axis) => (at[axis] ?? 0) % extent);
				const stop = map.shape.map(
					(extent, axis) => (start[axis] ?? 0) + 1 + ((at[axis + 3] ?? 0) % (extent - (start[axis] ?? 0))),
				);
				const box = { start, stop };
				const out = outputBox(map, box);
				expect(sizeOf(boxShape(out))).toBe(sizeOf(boxShape(box)));
				expect(imageBox(map, out)).toEqual(box);
			}),
		);
	});

	it("are where the voxels go when an array is turned", () => {
		fc.assert(
			fc.property(maps, fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)), (map, at) => {
				const place = map.shape.map((extent, axis) => (at[axis] ?? 0) % extent);
				const [, height, width] = map.shape;
				const data = new Uint8Array(sizeOf(map.shape));
				data[((place[0] ?? 0) * height + (place[1] ?? 0)) * width + (place[2] ?? 0)] = 1;
				const turned = turnArray(turnBack(ndarray("uint8", [1, ...map.shape], data), map.transposeBackward), map.turn);
				expect(turned.shape.slice(1)).toEqual([...outputShape(map)]);
				const { start } = outputBox(map, { start: place, stop: place.map((first) => first + 1) });
				const [, , high = 0, wide = 0] = turned.shape;
				expect(turned.data[((start[0] ?? 0) * high + (start[1] ?? 0)) * wide + (start[2] ?? 0)]).toBe(1);
			}),
		);
	});
});

describe("blocks", () => {
	it("partition the output, each with the voxels that its number says", () => {
		fc.assert(
			fc.property(layouts, (layout) => {
				const seen = new Set<number>();
				let voxels = 0;
				for (const place of placesOf(layout)) {
					const id = blockIdAt(layout, place);
					const box = blockBoxAt(layout, place);
					seen.add(id);
					voxels += sizeOf(boxShape(box));
					expect(outputBox(layout.map, box)).toEqual(blockAt(layout.grid, id).box);
				}
				expect(seen.size).toBe(blocksIn(layout));
				expect(voxels).toBe(sizeOf(layout.map.shape));
			}),
		);
	});

	it("are whole units of their format", () => {
		fc.assert(
			fc.property(layouts, ({ grid, unit }) => {
				expect(grid.block.map((extent, axis) => extent % (unit[axis] ?? 1))).toEqual([0, 0, 0]);
			}),
		);
	});

	it("hold 16 M voxels at most, but for units that are larger, and are 512 long at most", () => {
		const extents = fc.integer({ min: 1, max: 5000 });
		const units = fc.integer({ min: 1, max: 300 });
		fc.assert(
			fc.property(fc.tuple(extents, extents, extents), fc.tuple(units, units, units), (shape, unit) => {
				const block = blockExtents(zyx(shape), zyx(unit));
				expect(sizeOf(block)).toBeLessThanOrEqual(Math.max(2 ** 24, sizeOf(unit)));
				for (const axis of [1, 2]) {
					expect(block[axis]).toBeLessThan(Math.max(2 * 512, 1 + (unit[axis] ?? 1)));
				}
				expect(block[0]).toBe(unit[0]);
			}),
		);
	});

	it("are the same for volumes of any depth", () => {
		const map = { transposeBackward: [0, 1, 2], turn: { order: [0, 1, 2], flip: [false, false, false] } };
		const blockOf = (depth: number) => volumeLayout({ ...map, shape: [depth, 2048, 2048] }, [64, 64, 64]).grid.block;
		expect(blockOf(10_000)).toEqual(blockOf(1000));
		expect(blockOf(1000)).toEqual([64, 512, 512]);
	});
});
