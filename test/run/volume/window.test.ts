import fc from "fast-check";
import { expect, it } from "vitest";
import { cut, ndarray } from "../../../src/core/array.ts";
import { type Box, wholeBox } from "../../../src/core/box.ts";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import type { VoxelSource } from "../../../src/preprocess/voxel-source.ts";
import { Window } from "../../../src/run/volume/window.ts";
import { WindowCutter, type WindowView } from "../../../src/run/volume/window-cutter.ts";

const extent = (max: number) => fc.integer({ min: 1, max });
const scenes = fc.record({
	shape: fc.tuple(extent(9), extent(12), extent(12)),
	chunks: fc.tuple(extent(4), extent(6), extent(6)),
	patch: fc.tuple(extent(4), extent(8), extent(8)),
	slab: extent(4),
	channels: extent(2),
	at: fc.tuple(fc.double({ min: 0, max: 0.99, noNaN: true }), fc.double({ min: 0, max: 0.99, noNaN: true })),
});

function sourceOf(
	shape: Zyx,
	chunks: Zyx,
	channels: number,
	readsChunks: boolean,
	onRead: (box: Box) => void,
): VoxelSource {
	const all = [channels, ...shape];
	const array = ndarray(
		"uint8",
		all,
		Uint8Array.from({ length: sizeOf(all) }, (_, i) => (i * 7) % 251),
	);
	return {
		channels,
		shape,
		chunks,
		dtype: "uint8",
		readsChunks,
		read: async (box) => {
			onRead(box);
			return cut(array, { start: [0, ...box.start], stop: [channels, ...box.stop] });
		},
	};
}

it("cuts the same tiles whether slabs come whole or chunk by chunk, which then end with chunks", async () => {
	await fc.assert(
		fc.asyncProperty(scenes, async ({ shape, chunks, patch, slab, channels, at }) => {
			const view: WindowView = {
				offset: [0, 0, 0],
				shape,
				before: [0, 0, 0],
				patch,
				networkPatch: patch,
				scales: Array.from({ length: channels }, () => ({ kind: "scale", subtract: 3, divide: 2 }) as const),
			};
			const tilesOf = async (readsChunks: boolean, onRead: (box: Box) => void) => {
				const source = sourceOf(shape, chunks, channels, readsChunks, onRead);
				const cutter = new WindowCutter(new Window(source, wholeBox(shape), { slab }), "uint8");
				const tiles: Float32Array[] = [];
				for (let z = 0; z < shape[0]; z++) {
					const start = [z, Math.floor(at[0] * shape[1]), Math.floor(at[1] * shape[2])];
					tiles.push(await cutter.cut([{ view, start, flips: [] }]));
				}
				await cutter.close();
				return tiles;
			};
			const expected = await tilesOf(false, () => undefined);
			const found = await tilesOf(true, ({ start, stop }) => {
				if (slab !== chunks[0]) return;
				for (const axis of [1, 2]) {
					expect((start[axis] ?? 0) % (chunks[axis] ?? 1)).toBe(0);
					expect((stop[axis] ?? 0) - (start[axis] ?? 0)).toBeLessThanOrEqual(chunks[axis] ?? 1);
				}
			});
			expect(found).toEqual(expected);
		}),
		{ numRuns: 200 },
	);
});
