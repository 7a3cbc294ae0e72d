import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contains } from "../../src/core/box.ts";
import { blockBoxAt, blockIdAt } from "../../src/plan/volume-layout.ts";
import type { BlockRange } from "../../src/plan/volume-plan.ts";
import { columnRuns, isDense, placesOf, runBox, singleRuns, splitAt } from "../../src/plan/volume-runs.ts";
import { blocksIn, layouts } from "./volume-facts.ts";

/** Ranges of so many blocks over `count`. */
function rangesOf(count: number, size: number): BlockRange[] {
	return Array.from(
		{ length: Math.ceil(count / size) },
		(_, n) => [n * size, Math.min(count, (n + 1) * size)] as const,
	);
}

const cases = fc.record({
	layout: layouts,
	rows: fc.integer({ min: 1, max: 4 }),
	columns: fc.integer({ min: 1, max: 4 }),
	/** A block is wanted where this is no multiple. */
	sparse: fc.integer({ min: 2, max: 5 }),
	all: fc.boolean(),
});

describe("runs", () => {
	it("do every block that is wanted once, and no other", () => {
		fc.assert(
			fc.property(cases, ({ layout, rows, columns, sparse, all }) => {
				const [, high, wide] = layout.cuts.map((along) => along.length - 1);
				const plan = { rows: rangesOf(high ?? 1, rows), columns: rangesOf(wide ?? 1, columns) };
				const isWanted = (id: number) => all || (id * 7) % sparse !== 0;
				const runs = [...columnRuns(layout, plan, (place) => isWanted(blockIdAt(layout, place)))];
				const done = runs.flatMap(({ wanted }) => wanted.map((place) => blockIdAt(layout, place)));
				const expected = [...placesOf(layout)].map((place) => blockIdAt(layout, place)).filter(isWanted);
				expect(done.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
				for (const run of runs) {
					const box = runBox(layout, run);
					for (const place of run.wanted) expect(contains(box, blockBoxAt(layout, place))).toBe(true);
				}
				if (all) {
					expect(runs).toHaveLength(plan.rows.length * plan.columns.length);
					expect(runs.every(isDense)).toBe(true);
				}
			}),
		);
	});

	it("cut at a layer, or into blocks, do the same", () => {
		fc.assert(
			fc.property(layouts, fc.nat(8), (layout, layer) => {
				const [, high = 1, wide = 1] = layout.cuts.map((along) => along.length - 1);
				const [run] = columnRuns(layout, { rows: [[0, high]], columns: [[0, wide]] }, () => true);
				if (run === undefined) throw new Error("no run");
				for (const parts of [splitAt(run, layer), singleRuns(run)]) {
					expect(parts.flatMap(({ wanted }) => wanted)).toEqual(run.wanted);
					expect(parts.every(isDense)).toBe(true);
				}
				expect(singleRuns(run)).toHaveLength(blocksIn(layout));
			}),
		);
	});
});
