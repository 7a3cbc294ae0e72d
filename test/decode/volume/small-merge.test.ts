import fc from "fast-check";
import { expect, test } from "vitest";
import { sizeOf, type Zyx, zyx } from "../../../src/core/shape.ts";
import { mergeSmall } from "../../../src/decode/merge-small.ts";
import { voxelsOfIds } from "../../../src/decode/objects.ts";
import { besideIn } from "../../../src/decode/volume/beside-block.ts";
import { widened } from "../../../src/decode/volume/cores.ts";
import { SmallMerger } from "../../../src/decode/volume/small-merge.ts";
import { blockGrid, blocksOf } from "../../../src/tiling/blocks.ts";

const extent = (max: number) => fc.integer({ min: 1, max });

/** Labels of few ids in patches, so that small objects touch small ones. */
const labelled = fc.tuple(extent(3), extent(9), extent(9)).chain((shape) =>
	fc.record({
		shape: fc.constant<Zyx>(shape),
		labels: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: sizeOf(shape), maxLength: sizeOf(shape) }),
		block: fc.tuple(extent(3), extent(9), extent(9)),
		minSize: fc.integer({ min: 0, max: 12 }),
	}),
);

/** Of `labels` over `shape` those of a box. */
function cutOf(labels: Uint32Array, shape: Zyx, start: Zyx, stop: Zyx): Uint32Array {
	const out: number[] = [];
	for (let z = start[0]; z < stop[0]; z++)
		for (let y = start[1]; y < stop[1]; y++)
			for (let x = start[2]; x < stop[2]; x++) out.push(labels[(z * shape[1] + y) * shape[2] + x]!);
	return Uint32Array.from(out);
}

test("counts of blocks tell what small objects become, as voxels do", () => {
	fc.assert(
		fc.property(labelled, ({ shape, labels: list, block, minSize }) => {
			const labels = Uint32Array.from(list);
			const isSmall = Uint8Array.from({ length: 10 }, (_, id) => ((voxelsOfIds(labels)[id] ?? 0) < minSize ? 1 : 0));
			isSmall[0] = 0;
			const merger = new SmallMerger(9);
			for (const { box } of blocksOf(blockGrid(shape, block))) {
				const seen = widened(box, [0, 1, 1], shape);
				merger.add(besideIn(cutOf(labels, shape, zyx(seen.start), zyx(seen.stop)), seen, box, isSmall));
			}
			const becomes = merger.finish(isSmall);
			const expected = labels.slice();
			mergeSmall(expected, shape, minSize);
			expect(labels.map((id) => becomes[id] ?? 0)).toEqual(expected);
		}),
		{ numRuns: 400 },
	);
});

test("a voxel beside two small objects counts once when they become one", () => {
	// 1 goes into 2, which touches four voxels of 4, and three of 3 that lie beside 1 as well
	const rows = ["4444", "4444", "2220", "2120", "3330", "3330"];
	const labels = Uint32Array.from(rows.join(""), Number);
	const isSmall = Uint8Array.of(0, 1, 1, 0, 0);
	const box = { start: [0, 0, 0], stop: [1, 6, 4] };
	const merger = new SmallMerger(4);
	merger.add(besideIn(labels, box, box, isSmall));
	expect([...merger.finish(isSmall)]).toEqual([0, 4, 4, 3, 4]);
	const merged = labels.slice();
	mergeSmall(merged, [6, 4], 6);
	expect([...merged.subarray(8, 12)]).toEqual([4, 4, 4, 0]);
});
