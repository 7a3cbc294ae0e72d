import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wholeBox } from "../../src/core/box.ts";
import { sizeOf, type Zyx } from "../../src/core/shape.ts";
import { addTile, createAccumulator, normalise } from "../../src/tiling/blend.ts";
import { gaussianWeights } from "../../src/tiling/gaussian.ts";
import { padToPatch } from "../../src/tiling/padding.ts";
import { PlaneSums } from "../../src/tiling/plane-sums.ts";
import { tileGrid, tilesOf } from "../../src/tiling/tiles.ts";

const extent = fc.integer({ min: 1, max: 9 });
const cases = fc.record({
	shape: fc.tuple(extent, extent, extent),
	patch: fc.tuple(extent, extent, extent),
	step: fc.constantFrom(0.25, 0.5, 0.7, 1),
	channels: fc.integer({ min: 1, max: 3 }),
});

/** Values of a tile: a function of where it lies. */
function tileAt(start: readonly number[], size: number): Float32Array {
	const seed = start.reduce((n, value) => n * 31 + value, 7);
	return Float32Array.from({ length: size }, (_, i) => Math.sin(seed + i));
}

describe("planes of sums", () => {
	it("are those of the whole volume bit for bit, in order, and few are held", () => {
		fc.assert(
			fc.property(cases, ({ shape, patch, step, channels }) => {
				const padding = padToPatch(shape, patch);
				const grid = tileGrid(padding.shape, patch, step);
				const weights = gaussianWeights(patch);
				const inside = { start: padding.before, stop: shape.map((n, axis) => n + (padding.before[axis] ?? 0)) };
				const whole = createAccumulator(channels, inside);
				const seen: number[] = [];
				const [, height, width] = shape;
				const found = new Float32Array(channels * sizeOf(shape));
				const sums: PlaneSums = new PlaneSums(
					{ channels, shape, before: padding.before, patch, weights },
					(z, values) => {
						seen.push(z);
						for (let c = 0; c < channels; c++) {
							found.set(
								values.subarray(c * height * width, (c + 1) * height * width),
								(c * shape[0] + z) * height * width,
							);
						}
						sums.free(values);
					},
				);
				for (const { start } of tilesOf(grid)) {
					const tile = tileAt(start, channels * sizeOf(patch));
					addTile(whole, tile, start, patch, weights);
					sums.add(tile, start);
					expect(sums.held).toBeLessThanOrEqual(patch[0]);
				}
				sums.finish();
				normalise(whole);
				expect(seen).toEqual(Array.from({ length: shape[0] }, (_, z) => z));
				expect(found).toEqual(whole.data);
			}),
			{ numRuns: 200 },
		);
	});

	it("miss a voxel with an error, never with a wrong number", () => {
		const shape: Zyx = [2, 1, 1];
		const spec = { channels: 1, shape, before: [0, 0, 0], patch: [1, 1, 1], weights: Float32Array.of(1) };
		const sums = new PlaneSums(spec, () => undefined);
		sums.add(Float32Array.of(3), wholeBox(shape).start);
		expect(() => sums.finish()).toThrow(RangeError);
	});
});
