import fc from "fast-check";
import { expect, it } from "vitest";
import { type Box, boxShape } from "../../src/core/box.ts";
import { sizeOf, type Zyx } from "../../src/core/shape.ts";
import { gaussianWeights } from "../../src/tiling/gaussian.ts";
import { padToPatch } from "../../src/tiling/padding.ts";
import { type PlaneSpec, PlaneSums } from "../../src/tiling/plane-sums.ts";
import { SectionSums } from "../../src/tiling/section-sums.ts";
import { tileGrid, tilesTouching } from "../../src/tiling/tiles.ts";

const extent = fc.integer({ min: 1, max: 12 });
const part = fc.tuple(fc.double({ min: 0, max: 0.99, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
const cases = fc.record({
	shape: fc.tuple(fc.integer({ min: 1, max: 4 }), extent, extent),
	patch: fc.tuple(extent, extent),
	step: fc.constantFrom(0.25, 0.5, 0.7, 1),
	channels: fc.integer({ min: 1, max: 3 }),
	parts: fc.tuple(part, part, part),
});

function tileAt(start: readonly number[], size: number): Float32Array {
	const seed = start.reduce((n, value) => n * 31 + value, 7);
	return Float32Array.from({ length: size }, (_, i) => Math.sin(seed + i));
}

/** A part of the volume: where it begins, and how much of what is left. */
function boxOf(shape: Zyx, parts: readonly (readonly [number, number])[]): Box {
	const start = shape.map((most, axis) => Math.floor(most * (parts[axis]?.[0] ?? 0)));
	const stop = shape.map((most, axis) => {
		const from = start[axis] ?? 0;
		return from + 1 + Math.floor((most - from - 1) * (parts[axis]?.[1] ?? 0));
	});
	return { start, stop };
}

it("gives the bits of the sums over planes, sections in order, every voxel once", () => {
	fc.assert(
		fc.property(cases, ({ shape, patch, step, channels, parts }) => {
			const { before, shape: padded } = padToPatch(shape, [1, ...patch]);
			const grid = tileGrid(padded, [1, ...patch], step);
			const box = boxOf(shape, parts);
			const spec: PlaneSpec = { channels, shape, box, before, grid, weights: gaussianWeights([1, ...patch]) };
			const [, height = 1, width = 1] = boxShape(box);
			const size = channels * sizeOf(boxShape(box));
			const [expected, found, seen] = [new Float32Array(size), new Float32Array(size), new Uint8Array(size)];
			const [z0 = 0, y0 = 0, x0 = 0] = box.start;
			const planes = new PlaneSums(spec, (z, values) => expected.set(values, (z - z0) * channels * height * width));
			let last = z0;
			const sections = new SectionSums(spec, ({ z, y, x, rows, width: columns, values }) => {
				expect(z).toBeGreaterThanOrEqual(last);
				last = z;
				for (let i = 0; i < values.length; i++) {
					const [channel, row] = [Math.floor(i / rows / columns), Math.floor(i / columns) % rows];
					const at = (((z - z0) * channels + channel) * height + y - y0 + row) * width + x - x0 + (i % columns);
					found[at] = values[i] ?? 0;
					seen[at] = (seen[at] ?? 0) + 1;
				}
			});
			const needs = {
				start: box.start.map((v, axis) => v + (before[axis] ?? 0)),
				stop: box.stop.map((v, axis) => v + (before[axis] ?? 0)),
			};
			for (const { start } of tilesTouching(grid, needs)) {
				const values = tileAt(start, channels * sizeOf(grid.patch));
				planes.add(values, start);
				sections.add(values, start);
			}
			planes.finish();
			sections.finish();
			expect(seen.every((count) => count === 1)).toBe(true);
			expect(found).toEqual(expected);
		}),
		{ numRuns: 300 },
	);
});

it("refuses deeper tiles, tiles of another size and gaps", () => {
	const grid = tileGrid([2, 4, 8], [1, 4, 4], 1);
	const spec = {
		channels: 1,
		shape: [2, 4, 8],
		before: [0, 0, 0],
		grid,
		weights: new Float32Array(16).fill(1),
	} as const;
	const sums = () => new SectionSums(spec, () => undefined);
	expect(() => new SectionSums({ ...spec, grid: tileGrid([2, 4, 8], [2, 4, 4], 1) }, () => undefined)).toThrow(
		RangeError,
	);
	expect(() => sums().add(new Float32Array(8), [0, 0, 0])).toThrow(RangeError);
	expect(() => sums().finish()).toThrow(/reached by no tile/);
	const half = sums();
	half.add(new Float32Array(16), [0, 0, 0]);
	expect(() => half.finish()).toThrow(/reached by no tile/);
});
