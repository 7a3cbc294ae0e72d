import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Box } from "../../../src/core/box.ts";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import { type ChooseOptions, choose, sharedPart } from "../../../src/nnunet/sample/choose.ts";
import { axisGrid, cellOf, mostOverlapping } from "../../../src/nnunet/sample/grid.ts";
import { type Candidate, compareCandidates, Ranking, type RankOptions } from "../../../src/nnunet/sample/ranking.ts";
import { boxesOf } from "../../../src/volume/convert/boxes.ts";

const triple = (max: number) =>
	fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max }), fc.integer({ min: 1, max }));

const scenes = fc
	.record({
		shape: triple(11),
		size: triple(7),
		part: fc.constantFrom(0.25, 0.5, 0.7, 1),
		boxes: triple(6),
		seed: fc.integer({ min: 1, max: 999 }),
		count: fc.integer({ min: 1, max: 9 }),
		overlap: fc.constantFrom(0, 0, 0.2, 0.6),
		quantile: fc.constantFrom(undefined, 0.5, 0.9, 1),
		most: fc.constantFrom(1, 0.25),
	})
	.map(({ size, part, seed, ...rest }) => {
		const stride: Zyx = [step(size[0], part), step(size[1], part), step(size[2], part)];
		const voxels = sizeOf(rest.shape);
		// a few values only, so that there are equal scores
		const values = Float32Array.from(
			{ length: voxels },
			(_, i) => ((Math.imul(i + 1, 2654435761 + 2 * seed) >>> 24) % (seed % 3 === 0 ? 3 : 200)) / 255,
		);
		return { ...rest, size, stride, values: values.map((value) => value * rest.most) };
	});

function step(size: number, part: number): number {
	return Math.max(1, Math.round(size * part));
}

function ranked(shape: Zyx, values: Float32Array, extents: Zyx, options: RankOptions) {
	const ranking = new Ranking(shape, options);
	for (const box of boxesOf(shape, extents)) ranking.add(box, cutOut(values, shape, box));
	return { size: ranking.size, candidates: ranking.finish() };
}

function cutOut(values: Float32Array, [, height, width]: Zyx, { start, stop }: Box): Float32Array {
	const out: number[] = [];
	for (let z = start[0] ?? 0; z < (stop[0] ?? 0); z++)
		for (let y = start[1] ?? 0; y < (stop[1] ?? 0); y++)
			for (let x = start[2] ?? 0; x < (stop[2] ?? 0); x++) out.push(values[(z * height + y) * width + x] ?? 0);
	return Float32Array.from(out);
}

/** Every region by itself. */
function everyRegion(shape: Zyx, values: Float32Array, { size, stride, quantile, most }: RankOptions): Candidate[] {
	const axes = [0, 1, 2].map((axis) => axisGrid(shape[axis] ?? 1, size[axis] ?? 1, stride[axis] ?? 1));
	const [zs, ys, xs] = axes;
	const found: Candidate[] = [];
	for (const z of zs?.starts ?? [])
		for (const y of ys?.starts ?? [])
			for (const x of xs?.starts ?? []) {
				const start: Zyx = [z, y, x];
				const stop = start.map((at, axis) => at + (axes[axis]?.size ?? 1));
				const own = cutOut(values, shape, { start, stop });
				const steps = [...own].map((value) => Math.round((value / most) * 2 ** 24));
				const mean = (steps.reduce((a, b) => a + b, 0) / own.length / 2 ** 24) * most;
				const sorted = [...own].map((value) => Math.round((value / most) * 255) / 255).sort((a, b) => a - b);
				const at = quantile === undefined ? 0 : Math.max(1, Math.ceil(quantile * own.length)) - 1;
				const score = quantile === undefined ? mean : (sorted[at] ?? 0) * most;
				found.push({ start, score, mean });
			}
	return found.sort(compareCandidates);
}

describe("places along an axis", () => {
	it("lie inside, cover it, and are whole cells", () => {
		const one = fc.integer({ min: 1, max: 40 });
		fc.assert(
			fc.property(one, one, one, (extent, size, every) => {
				const stride = Math.min(size, every);
				const grid = axisGrid(extent, size, stride);
				expect(grid.size).toBe(Math.min(size, extent));
				const covered = new Set<number>();
				for (const start of grid.starts) {
					for (let at = start; at < start + grid.size; at++) covered.add(at);
					expect(grid.cuts).toContain(start);
					expect(grid.cuts).toContain(start + grid.size);
				}
				expect([...covered].sort((a, b) => a - b)).toEqual(Array.from({ length: extent }, (_, at) => at));
				expect(Math.max(...grid.starts) + grid.size).toBe(extent);
				for (let at = 0; at < extent; at++) {
					const cell = cellOf(grid.cuts, at);
					expect((grid.cuts[cell] ?? 99) <= at && at < (grid.cuts[cell + 1] ?? 0)).toBe(true);
				}
				const most = Math.max(...grid.starts.map((a) => grid.starts.filter((b) => Math.abs(a - b) < grid.size).length));
				expect(mostOverlapping(grid)).toBe(most);
			}),
		);
	});

	it("refuses what is no extent", () => {
		expect(() => axisGrid(4, 0, 1)).toThrow(RangeError);
		expect(axisGrid(5, 9, 3)).toEqual({ size: 5, starts: [0], cuts: [0, 5] });
		expect(axisGrid(10, 4, 4)).toEqual({ size: 4, starts: [0, 4, 6], cuts: [0, 4, 6, 8, 10] });
	});
});

describe("a ranking", () => {
	it("has the scores of every region by itself, whatever the boxes, and loses none that is chosen", () => {
		fc.assert(
			fc.property(scenes, ({ shape, size, stride, boxes, values, count, overlap, quantile, most }) => {
				const options = { size, stride, most, count, ...(quantile === undefined ? {} : { quantile }) };
				const found = ranked(shape, values, boxes, options);
				const all = everyRegion(shape, values, options);
				expect(found.candidates).toEqual(all.slice(0, found.candidates.length));
				const how: ChooseOptions = { count, overlap, spread: false };
				const chosen = choose([found], how);
				expect(chosen).toEqual(choose([{ size: found.size, candidates: all }], how));
				expect(found).toEqual(ranked(shape, values, shape, options));
				for (const [n, { region, size: own }] of chosen.entries()) {
					const stop = region.start.map((at, axis) => at + (own[axis] ?? 0));
					expect(region.start.every((at, axis) => at >= 0 && (stop[axis] ?? 99) <= (shape[axis] ?? 0))).toBe(true);
					for (const other of chosen.slice(0, n)) {
						expect(sharedPart(region.start, other.region.start, own)).toBeLessThanOrEqual(overlap);
						expect(other.region.score).toBeGreaterThanOrEqual(region.score);
					}
				}
			}),
			{ numRuns: 300 },
		);
	});

	it("finds the one bright place", () => {
		const shape: Zyx = [4, 20, 20];
		const values = new Float32Array(sizeOf(shape));
		for (let z = 0; z < 2; z++)
			for (let y = 12; y < 16; y++) values.fill(0.9, (z * 20 + y) * 20 + 4, (z * 20 + y) * 20 + 8);
		const found = ranked(shape, values, [1, 20, 20], { size: [2, 4, 4], stride: [1, 2, 2], most: 1, count: 3 });
		expect(found.candidates[0]?.start).toEqual([0, 12, 4]);
		expect(found.candidates[0]?.mean).toBeCloseTo(0.9, 6);
	});

	it("counts what lies beyond the largest value as it", () => {
		const values = Float32Array.of(2, -1, 0.5, 1);
		const found = ranked([1, 1, 4], values, [1, 1, 4], { size: [1, 1, 1], stride: [1, 1, 1], most: 1, count: 4 });
		expect(found.candidates.map(({ mean }) => mean)).toEqual([1, 1, 0.5, 0]);
	});
});

describe("a choice over cases", () => {
	const at = (x: number, score: number): Candidate => ({ start: [0, 0, x], score, mean: score });
	const size: Zyx = [1, 1, 4];
	const a = { size, candidates: [at(0, 0.9), at(2, 0.85), at(4, 0.8), at(8, 0.1)] };
	const b = { size, candidates: [at(0, 0.7), at(4, 0.6)] };
	const names = (options: Partial<ChooseOptions>) =>
		choose([a, b], { count: 4, overlap: 0, spread: false, ...options }).map(
			({ index, region }) => `${"ab"[index]}${region.start[2]}`,
		);

	it("takes the best that do not overlap", () => {
		expect(names({})).toEqual(["a0", "a4", "b0", "b4"]);
		expect(names({ overlap: 0.5 })).toEqual(["a0", "a2", "a4", "b0"]);
		expect(names({ count: 99 })).toEqual(["a0", "a4", "b0", "b4", "a8"]);
	});

	it("takes so many of a case, or of every case in turn", () => {
		expect(names({ perCase: 1 })).toEqual(["a0", "b0"]);
		expect(names({ spread: true })).toEqual(["a0", "b0", "a4", "b4"]);
		expect(names({ spread: true, count: 3 })).toEqual(["a0", "b0", "a4"]);
	});

	it("tells equal ones apart by the order of cases, then by place", () => {
		const equal = { size, candidates: [at(0, 0.5), at(4, 0.5)] };
		const chosen = choose([equal, equal], { count: 3, overlap: 0, spread: false });
		expect(chosen.map(({ index, region }) => [index, region.start[2]])).toEqual([
			[0, 0],
			[0, 4],
			[1, 0],
		]);
	});
});
