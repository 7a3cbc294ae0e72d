import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isNnvolError } from "../../src/core/errors.ts";
import { zyx } from "../../src/core/shape.ts";
import {
	type BlockRange,
	bytesOfColumn,
	planVolume,
	type VolumeFacts,
	type VolumePlan,
} from "../../src/plan/volume-plan.ts";
import { columnRuns } from "../../src/plan/volume-runs.ts";
import { workOf } from "../../src/plan/volume-work.ts";
import { layoutOf as chunkLayout } from "../../src/volume/chunking.ts";
import { facts, layoutOf } from "./volume-facts.ts";

/** The plan within `budget`; undefined where nothing fits. */
function planned(made: VolumeFacts, budget: number): VolumePlan | undefined {
	try {
		return planVolume(made, budget);
	} catch (error) {
		if (isNnvolError(error, "CONFIG")) return undefined;
		throw error;
	}
}

/** True where `ranges` follow each other from 0 to `count`. */
function arePartition(ranges: readonly BlockRange[], count: number): boolean {
	return (
		ranges.every(([from, to], n) => from === (ranges[n - 1]?.[1] ?? 0) && to > from) && ranges.at(-1)?.[1] === count
	);
}

const budgets = fc.integer({ min: 1000, max: 3_000_000 });

describe("a plan", () => {
	it("has columns that partition the blocks, and fits its budget", () => {
		fc.assert(
			fc.property(facts, budgets, (made, budget) => {
				const plan = planned(made, budget);
				if (plan === undefined) return;
				const [, high = 1, wide = 1] = made.layout.cuts.map((along) => along.length - 1);
				expect(arePartition(plan.rows, high)).toBe(true);
				expect(arePartition(plan.columns, wide)).toBe(true);
				expect(plan.bytes).toBeLessThanOrEqual(budget);
				expect(plan.bytes).toBe(bytesOfColumn(made, plan.rows, plan.columns, plan.slab));
				expect(plan.slab).toBeGreaterThanOrEqual(1);
				expect(plan.tilesRun).toBeGreaterThanOrEqual(0);
			}),
		);
	});

	it("counts the tiles that its sweeps run", () => {
		fc.assert(
			fc.property(facts, budgets, (made, budget) => {
				const plan = planned(made, budget);
				if (plan === undefined) return;
				const work = workOf(
					made,
					columnRuns(made.layout, plan, () => true),
				);
				expect(work.tiles).toBe(plan.tilesRun);
				if (plan.rows.length === 1 && plan.columns.length === 1) expect(plan.tilesRun).toBe(plan.tiles);
			}),
		);
	});

	it("that does not fit says what would, and with that it does", () => {
		fc.assert(
			fc.property(facts, (made) => {
				try {
					planVolume(made, 1);
					throw new Error("one byte was enough");
				} catch (error) {
					if (!isNnvolError(error, "CONFIG")) throw error;
					const { bytes } = error.fields;
					expect(planVolume(made, Number(bytes)).bytes).toBe(bytes);
					expect(planned(made, Number(bytes) - 1)).toBeUndefined();
				}
			}),
		);
	});

	it("runs no more tiles where there is more memory and nothing is read twice", () => {
		fc.assert(
			fc.property(facts, budgets, budgets, (made, a, b) => {
				const flat = { ...made, chunks: zyx([1, 16, 16]) };
				const [less, more] = [planned(flat, Math.min(a, b)), planned(flat, Math.max(a, b))];
				if (less === undefined || more === undefined) return;
				expect(more.tilesRun).toBeLessThanOrEqual(less.tilesRun);
			}),
		);
	});

	it("holds as much for a volume of ten times the depth", () => {
		const at = (depth: number) => planVolume(big([depth, 2048, 2048], [64, 128, 128]), 2 * 2 ** 30);
		const [one, ten] = [at(1024), at(10_240)];
		expect(ten.bytes).toBe(one.bytes);
		expect({ rows: ten.rows, columns: ten.columns }).toEqual({ rows: one.rows, columns: one.columns });
	});

	it("is as wide as a section where sections are cleaned", () => {
		const plan = planVolume({ ...big([64, 2048, 2048], [1, 384, 512]), wholePlanes: true }, 16 * 2 ** 30);
		expect([plan.rows.length, plan.columns.length]).toEqual([1, 1]);
	});

	it("runs less than a tenth of the tiles twice where there are 4 GB, in the usual shapes", () => {
		const shapes = [[512, 2048, 2048] as const, [2048, 4096, 4096] as const];
		const patches = [[1, 384, 512] as const, [64, 128, 128] as const, [128, 128, 128] as const];
		for (const shape of shapes) {
			for (const patch of patches) {
				const { tiles, tilesRun } = planVolume(big(shape, patch), 3.08e9);
				expect(tilesRun / tiles).toBeLessThan(1.1);
			}
		}
	});
});

it("wider columns hold more, and so do deeper slabs", () => {
	fc.assert(
		fc.property(facts, (made) => {
			const [, high = 1, wide = 1] = made.layout.cuts.map((along) => along.length - 1);
			const single = (count: number): BlockRange[] => Array.from({ length: count }, (_, n) => [n, n + 1]);
			const narrow = bytesOfColumn(made, single(high), single(wide), 1);
			const whole = bytesOfColumn(made, [[0, high]], [[0, wide]], 1);
			expect(whole).toBeGreaterThanOrEqual(narrow);
			expect(bytesOfColumn(made, [[0, high]], [[0, wide]], 8)).toBeGreaterThanOrEqual(whole);
		}),
	);
});

/** A uint8 volume of two classes in chunks of 64x64x64, its output as runs lay it out. */
function big(shape: readonly [number, number, number], patch: readonly [number, number, number]): VolumeFacts {
	const { chunks, shards: own } = chunkLayout(shape, "uint8");
	const shards = own === undefined ? chunks : [16, 1024, 1024]; // as outputs of runs have them
	const isPlanar = patch[0] === 1;
	return {
		layout: layoutOf(shape, shards),
		network: isPlanar ? [1, shape[1], shape[2]] : shape,
		sections: isPlanar ? shape[0] : 1,
		scale: [1, 1, 1],
		patch,
		step: 0.5,
		views: 1,
		channels: 1,
		heads: 2,
		sourceBytes: 1,
		chunks: [64, 64, 64],
		outputBytes: 1,
		writeBytes: 1,
		tilesHeld: 3,
		wholePlanes: false,
	};
}
