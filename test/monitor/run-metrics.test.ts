/**
 * What events come to: counts, rates of the last minute, what is left.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RunMetrics } from "../../src/monitor/run-metrics.ts";

function clocked() {
	const clock = { now: 1000 };
	return { clock, metrics: new RunMetrics(() => clock.now) };
}

describe("what a run comes to", () => {
	it("tiles and voxels are counted once, however they arrive; what is tried again counts again", () => {
		const steps = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 20 });
		fc.assert(
			fc.property(fc.dictionary(fc.string(), steps, { maxKeys: 4 }), (cases) => {
				const { metrics } = clocked();
				let tiles = 0;
				for (const [id, increments] of Object.entries(cases)) {
					const total = increments.reduce((a, b) => a + b, 0);
					let done = 0;
					for (const more of increments) {
						done += more;
						metrics.take({ kind: "tile", id, done, total, voxels: 10 });
					}
					tiles += total;
				}
				expect(metrics.tiles).toBe(tiles);
				expect(metrics.voxels).toBeCloseTo(10 * Object.keys(cases).length, 6);
			}),
		);
		const { metrics } = clocked();
		for (const done of [1, 2, 1, 2]) metrics.take({ kind: "tile", id: "a", done, total: 2 });
		expect(metrics.tiles).toBe(4);
	});

	it("rates are those of the last minute, and fall to nothing when nothing happens", () => {
		const { clock, metrics } = clocked();
		metrics.take({ kind: "started", total: 1, skipped: 0, remaining: 1 });
		for (let done = 1; done <= 600; done++) {
			clock.now += done <= 300 ? 1000 : 250; // one a second, then four
			metrics.take({ kind: "tile", id: "a", done, total: 1000, voxels: 1000 });
		}
		expect(metrics.rates.tiles).toBeGreaterThan(3.5);
		expect(metrics.rates.tiles).toBeLessThan(4.1);
		expect(metrics.rates.voxels).toBeCloseTo(metrics.rates.tiles, 6);
		for (let n = 0; n < 130; n++) {
			clock.now += 1000;
			expect(metrics.rates.tiles).toBeLessThan(4.1);
		}
		expect(metrics.rates.tiles).toBe(0);
	});

	it("the time that is left follows from this process's pace, without what was done before", () => {
		const { clock, metrics } = clocked();
		metrics.take({ kind: "started", total: 1, skipped: 0, remaining: 1 });
		metrics.take({ kind: "block", id: "a", done: 50, total: 100, failed: 0 });
		expect(metrics.left).toBeUndefined();
		metrics.take({ kind: "tile", id: "a", done: 0, total: 100 });
		clock.now += 10_000;
		metrics.take({ kind: "tile", id: "a", done: 20, total: 100 });
		expect(metrics.part).toBeCloseTo(0.6);
		expect(metrics.left).toBeCloseTo(40);
		expect(metrics.seconds).toBe(10);
		metrics.take({ kind: "case-done", id: "a", output: "a.zarr", seconds: 9 });
		expect([metrics.part, metrics.left]).toEqual([1, 0]);
	});

	it("part and counts stay in their bounds, whatever comes", () => {
		const id = fc.constantFrom("a", "b", "c");
		const count = fc.integer({ min: 0, max: 20 });
		const event = fc.oneof(
			fc.record({ kind: fc.constant("tile" as const), id, done: count, total: count }),
			fc.record({ kind: fc.constant("block" as const), id, done: count, total: count, failed: count }),
			fc.record({ kind: fc.constant("case-done" as const), id, output: id, seconds: count }),
			fc.record({ kind: fc.constant("case-failed" as const), id, error: id }),
			fc.record({ kind: fc.constant("started" as const), total: count, skipped: count, remaining: count }),
		);
		fc.assert(
			fc.property(fc.array(event), (events) => {
				const { clock, metrics } = clocked();
				for (const one of events) {
					clock.now += 700;
					metrics.take(one);
					expect(metrics.part).toBeGreaterThanOrEqual(0);
					expect(metrics.part).toBeLessThanOrEqual(1);
					expect(metrics.left ?? 0).toBeGreaterThanOrEqual(0);
					expect(metrics.rates.tiles).toBeGreaterThanOrEqual(0);
				}
			}),
		);
	});

	it("stages are those of cases that ended and of volumes in hand, each once; blocks stay counted", () => {
		const { metrics } = clocked();
		metrics.take({ kind: "block", id: "v", done: 1, total: 4, failed: 0, timing: { network: 2 } });
		metrics.take({ kind: "block", id: "v", done: 2, total: 4, failed: 1, timing: { network: 3, write: 1 } });
		metrics.take({ kind: "case-done", id: "a", output: "a", seconds: 1, timing: { network: 10 } });
		expect(Object.fromEntries(metrics.stages)).toEqual({ network: 13, write: 1 });
		metrics.take({ kind: "case-failed", id: "v", error: "blocks failed" });
		expect(Object.fromEntries(metrics.stages)).toEqual({ network: 13, write: 1 });
		expect(metrics.blocks).toEqual({ total: 4, done: 2, failed: 1 });
	});
});
