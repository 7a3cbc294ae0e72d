import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf, type Zyx } from "../../src/core/shape.ts";
import type { Subject } from "../../src/preprocess/subject.ts";
import { cutTile } from "../../src/run/tile-input.ts";
import { padToPatch } from "../../src/tiling/padding.ts";
import { tileGrid, tilesOf } from "../../src/tiling/tiles.ts";

function numbered(shape: Zyx, channels: number): Subject {
	const data = Float32Array.from({ length: channels * sizeOf(shape) }, (_, i) => i + 1);
	const spacing = { image: [1, 1, 1], network: [1, 1, 1] } as const;
	return { data, channels, shape, crop: { start: [0, 0, 0], stop: [...shape] }, sections: [0, shape[0]], spacing };
}

const extent = (max: number) => fc.integer({ min: 1, max });
const triple = (max: number) => fc.tuple(extent(max), extent(max), extent(max));

describe("cutTile", () => {
	it("gives every voxel of every tile its place, and zero outside the subject", () => {
		fc.assert(
			fc.property(triple(6), triple(5), extent(2), fc.nat(7), (shape, patch, channels, offset) => {
				const subject = numbered(shape, channels);
				const padding = padToPatch(shape, patch);
				const [pz, py, px] = patch;
				for (const { start } of tilesOf(tileGrid(padding.shape, patch, 0.5))) {
					const target = new Float32Array(offset + channels * sizeOf(patch) + 3).fill(-1);
					cutTile(subject, padding.before, start, patch, target, offset);
					const expected: number[] = [];
					for (let c = 0; c < channels; c++) {
						for (let z = 0; z < pz; z++) {
							for (let y = 0; y < py; y++) {
								for (let x = 0; x < px; x++) {
									const at = [z, y, x].map((v, axis) => v + (start[axis] ?? 0) - (padding.before[axis] ?? 0));
									const isInside = at.every((v, axis) => v >= 0 && v < (shape[axis] ?? 0));
									const [vz = 0, vy = 0, vx = 0] = at;
									expected.push(isInside ? ((c * shape[0] + vz) * shape[1] + vy) * shape[2] + vx + 1 : 0);
								}
							}
						}
					}
					const before = new Array(offset).fill(-1);
					expect([...target]).toEqual([...before, ...expected, -1, -1, -1]);
				}
			}),
		);
	});
});
