import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Box, boxShape } from "../../src/core/box.ts";
import { sizeOf, type Zyx } from "../../src/core/shape.ts";
import { constantWeights, gaussianWeights } from "../../src/tiling/gaussian.ts";
import { padToPatch } from "../../src/tiling/padding.ts";
import { type PlaneSpec, PlaneSums } from "../../src/tiling/plane-sums.ts";
import { type TileGrid, tileGrid, tilesOf, tilesTouching } from "../../src/tiling/tiles.ts";

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

/** The law written down voxel by voxel: float32 sums in tile order, the value itself where one tile lies alone. */
function naive(
	grid: TileGrid,
	shape: Zyx,
	before: readonly number[],
	channels: number,
	weights: Float32Array,
): Float32Array {
	const size = sizeOf(grid.patch);
	const [, py = 1, px = 1] = grid.patch;
	const tiles = [...tilesOf(grid)].map(({ start }) => ({ start, values: tileAt(start, channels * size) }));
	const found = new Float32Array(channels * sizeOf(shape));
	for (let i = 0; i < found.length; i++) {
		const voxel = i % sizeOf(shape);
		const c = Math.floor(i / sizeOf(shape));
		const at = [Math.floor(voxel / shape[1] / shape[2]), Math.floor(voxel / shape[2]) % shape[1], voxel % shape[2]];
		let [sum, weight, seen] = [0, 0, 0];
		let only = 0;
		for (const { start, values } of tiles) {
			const [z = 0, y = 0, x = 0] = at.map((v, axis) => v + (before[axis] ?? 0) - (start[axis] ?? 0));
			const inside = [z, y, x].every((v, axis) => v >= 0 && v < (grid.patch[axis] ?? 1));
			if (!inside) continue;
			const w = weights[(z * py + y) * px + x] ?? 0;
			only = values[c * size + (z * py + y) * px + x] ?? 0;
			sum = Math.fround(sum + w * only);
			weight = Math.fround(weight + w);
			seen++;
		}
		found[i] = seen === 1 ? only : sum / weight;
	}
	return found;
}

/** What the sums give over the box of `spec`, [channels, ...box], and which planes came. */
function summed(
	spec: PlaneSpec,
	box: Box,
): { readonly found: Float32Array; readonly seen: number[]; readonly held: number } {
	const { channels, grid, before } = spec;
	const [depth = 1, height = 1, width = 1] = boxShape(box);
	const found = new Float32Array(channels * depth * height * width);
	const seen: number[] = [];
	let held = 0;
	const sums: PlaneSums = new PlaneSums({ ...spec, box }, (z, values) => {
		seen.push(z);
		const at = z - (box.start[0] ?? 0);
		for (let c = 0; c < channels; c++) {
			found.set(values.subarray(c * height * width, (c + 1) * height * width), (c * depth + at) * height * width);
		}
		sums.free(values);
	});
	const padded = {
		start: box.start.map((v, axis) => v + (before[axis] ?? 0)),
		stop: box.stop.map((v, axis) => v + (before[axis] ?? 0)),
	};
	for (const { start } of tilesTouching(grid, padded)) {
		sums.add(tileAt(start, channels * sizeOf(grid.patch)), start);
		held = Math.max(held, sums.held);
	}
	sums.finish();
	return { found, seen, held };
}

describe("planes of sums", () => {
	it("are what the law says, bit for bit and in order, in every box, and few are held", () => {
		fc.assert(
			fc.property(cases, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), fc.boolean(), (one, corners, gaussian) => {
				const { shape, patch, step, channels } = one;
				const padding = padToPatch(shape, patch);
				const grid = tileGrid(padding.shape, patch, step);
				const weights = gaussian ? gaussianWeights(patch) : constantWeights(patch);
				const start = shape.map((n, axis) => (corners[axis] ?? 0) % n);
				const stop = shape.map(
					(n, axis) => (start[axis] ?? 0) + 1 + ((corners[axis + 3] ?? 0) % (n - (start[axis] ?? 0))),
				);
				const spec = { channels, shape, before: padding.before, grid, weights };
				const whole = naive(grid, shape, padding.before, channels, weights);
				for (const box of [
					{ start: [0, 0, 0], stop: shape },
					{ start, stop },
				]) {
					const { found, seen, held } = summed(spec, box);
					const [dz = 1, dy = 1, dx = 1] = boxShape(box);
					const [z0 = 0, y0 = 0, x0 = 0] = box.start;
					const expected = Float32Array.from({ length: found.length }, (_, i) => {
						const [x, y, z] = [i % dx, Math.floor(i / dx) % dy, Math.floor(i / dx / dy) % dz];
						const c = Math.floor(i / dx / dy / dz);
						return whole[((c * shape[0] + z0 + z) * shape[1] + y0 + y) * shape[2] + x0 + x] ?? 0;
					});
					expect(found).toEqual(expected);
					expect(seen).toEqual(Array.from({ length: dz }, (_, z) => z0 + z));
					expect(held).toBeLessThanOrEqual(patch[0]);
				}
			}),
			{ numRuns: 150 },
		);
	});

	it("give back what every tile says where all say the same", () => {
		const grid = tileGrid([5, 9, 9], [3, 4, 4], 0.5);
		const spec = { channels: 1, shape: zyxOf(grid), before: [0, 0, 0], grid, weights: gaussianWeights([3, 4, 4]) };
		const sums: PlaneSums = new PlaneSums(spec, (_, values) => {
			for (const value of values) expect(value).toBeCloseTo(0.75, 6);
		});
		for (const { start } of tilesOf(grid)) sums.add(new Float32Array(48).fill(0.75), start);
		sums.finish();
	});

	it("miss a voxel with an error, never with a wrong number; but for sparse ones, where it is 0", () => {
		const grid = tileGrid([2, 1, 1], [1, 1, 1], 1);
		const spec = { channels: 1, shape: [2, 1, 1] as const, before: [0, 0, 0], grid, weights: Float32Array.of(1) };
		const sums = new PlaneSums(spec, () => undefined);
		sums.add(Float32Array.of(3), [0, 0, 0]);
		expect(() => sums.finish()).toThrow(RangeError);
		const found: number[] = [];
		const sparse = new PlaneSums({ ...spec, sparse: true }, (_, [value = -1]) => found.push(value));
		sparse.add(Float32Array.of(3), [0, 0, 0]);
		sparse.finish();
		expect(found).toEqual([3, 0]);
	});

	it("refuse tiles of another size", () => {
		const grid = tileGrid([2, 2, 2], [2, 2, 2], 1);
		const spec = { channels: 2, shape: [2, 2, 2] as const, before: [0, 0, 0], grid, weights: new Float32Array(8) };
		const sums = new PlaneSums(spec, () => undefined);
		expect(() => sums.add(new Float32Array(8), [0, 0, 0])).toThrow(RangeError);
	});
});

function zyxOf({ shape: [z = 1, y = 1, x = 1] }: TileGrid): Zyx {
	return [z, y, x];
}
