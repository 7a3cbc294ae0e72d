/**
 * How workers divide a run: all of it is done once, and the last one to end has no more than its share and a piece.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { CaseForecast, CaseWork } from "../../../src/run/forecast/forecast.ts";
import { divide } from "../../../src/run/forecast/workers-forecast.ts";

const WORKER = { threads: 2, memory: 10 };

/** A case of so many tiles, cut into units of the tiles and as many blocks. */
function caseOf(tiles: number, units?: readonly number[], seconds?: number): CaseForecast {
	const work: CaseWork = {
		input: { files: 1, bytes: 1, format: "zarr", channels: 1, shape: [1, 1, 1], dtype: "uint8", axes: "zyx" },
		network: { shape: [1, 1, 1], spacing: [1, 1, 1], isResampled: false, isCropped: false, sections: 1 },
		why: "",
		tiles,
		tilesRun: tiles,
		twice: 0,
		views: 1,
		networkRuns: tiles,
		...(units === undefined ? {} : { units: units.map((each) => ({ blocks: each, tiles: each })) }),
		passes: [],
		bytesRead: 0,
		bytesWritten: 0,
		bytesStaged: 0,
		memory: { volume: 1, reserve: 0, budget: 10, ...(seconds === undefined ? {} : { peak: 7 }) },
		...(seconds === undefined ? {} : { seconds }),
	};
	return { id: "c", output: "o", format: "zarr", state: "to do", work };
}

it("all pieces are done once, and nobody has more than the mean and one piece", () => {
	const given = fc.record({
		tiles: fc.integer({ min: 1, max: 50 }),
		units: fc.option(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 })),
	});
	fc.assert(
		fc.property(fc.array(given), fc.integer({ min: 2, max: 9 }), (cases, count) => {
			const made = cases.map(({ tiles, units }) => caseOf(tiles, units ?? undefined, 2 * tiles));
			const found = divide([...made, { id: "d", output: "o", format: "zarr", state: "done" }], { count, ...WORKER });
			const pieces = cases.flatMap(({ tiles, units }) => units ?? [tiles]);
			const sum = pieces.reduce((a, b) => a + b, 0);
			expect(found.tilesRun).toBe(sum);
			expect(found.each.reduce((total, { tiles }) => total + tiles, 0)).toBe(sum);
			expect(found.each.reduce((total, one) => total + one.pieces, 0)).toBe(found.pieces);
			expect(found.pieces).toBe(pieces.length);
			expect(found.each).toHaveLength(count);
			if (cases.length === 0) return;
			expect(found.peak).toBe(7 * count);
			expect(found.seconds).toBe(Math.max(...found.each.map(({ seconds = 0 }) => seconds)));
			const costs = cases.flatMap(({ tiles, units }) => (units ?? [tiles]).map((each) => 2 * each));
			const mean = costs.reduce((a, b) => a + b, 0) / count;
			expect(found.seconds).toBeLessThanOrEqual(mean + Math.max(...costs) + 1e-9);
		}),
	);
});

it("what was not measured is divided by tiles, and its time stays unknown", () => {
	const found = divide([caseOf(10, [6, 3, 3]), caseOf(2)], { count: 2, ...WORKER });
	expect(found).toMatchObject({
		by: "units",
		pieces: 4,
		tilesRun: 14,
		twice: 2 / 14,
		each: [
			{ pieces: 2, tiles: 8 },
			{ pieces: 2, tiles: 6 },
		],
	});
	expect(found).not.toHaveProperty("seconds");
	expect(found).not.toHaveProperty("peak");
});
