import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tilesAlong, type VolumeFacts } from "../../src/plan/volume-plan.ts";
import { columnRuns, placesOf } from "../../src/plan/volume-runs.ts";
import { placesOfUnit, type VolumeUnit, volumeUnits } from "../../src/plan/volume-units.ts";
import { facts } from "./volume-facts.ts";

const workers = fc.integer({ min: 1, max: 40 });

/** Tiles that reach a unit; sections of it where they are predicted by themselves. */
function tilesOf(made: VolumeFacts, { layers, rows, columns }: VolumeUnit): number {
	const [cuts] = made.layout.cuts;
	const deep =
		made.sections > 1
			? (cuts[layers[1]] ?? 0) - (cuts[layers[0]] ?? 0)
			: Math.max(1, tilesAlong(made, 0, layers).length);
	const across = Math.max(1, tilesAlong(made, 1, rows).length) * Math.max(1, tilesAlong(made, 2, columns).length);
	return deep * across;
}

describe("units of a volume", () => {
	it("hold every block once", () => {
		fc.assert(
			fc.property(facts, workers, (made, count) => {
				const units = volumeUnits(made, count);
				const found = units.flatMap((unit) => [...placesOfUnit(unit)].map((place) => place.join()));
				expect(new Set(found).size).toBe(found.length);
				expect(found.sort()).toEqual([...placesOf(made.layout)].map((place) => place.join()).sort());
				const plan = {
					rows: [[0, made.layout.cuts[1].length - 1]],
					columns: [[0, made.layout.cuts[2].length - 1]],
				} as const;
				for (const unit of units) {
					const runs = [...columnRuns(made.layout, plan, () => true, unit)];
					expect(runs.flatMap(({ wanted }) => wanted)).toEqual([...placesOfUnit(unit)]);
				}
			}),
		);
	});

	it("are cut where the slowest worker ends first, within 1 %: never later than without a cut", () => {
		fc.assert(
			fc.property(facts, workers, (made, count) => {
				const units = volumeUnits(made, count);
				const most = Math.max(...units.map((unit) => tilesOf(made, unit)));
				const [layers, rows, columns] = made.layout.cuts.map((cuts) => [0, cuts.length - 1] as const);
				if (layers === undefined || rows === undefined || columns === undefined) throw new Error("no axes");
				const whole = tilesOf(made, { layers, rows, columns });
				expect(Math.ceil(units.length / count) * most).toBeLessThanOrEqual(whole * 1.01);
				expect(units.length).toBeLessThanOrEqual(Math.max(1, 16 * count));
			}),
		);
	});

	it("keep sections whole where parts of them are cleaned", () => {
		fc.assert(
			fc.property(facts, workers, (made, count) => {
				for (const { rows, columns } of volumeUnits({ ...made, wholePlanes: true }, count)) {
					expect(rows).toEqual([0, made.layout.cuts[1].length - 1]);
					expect(columns).toEqual([0, made.layout.cuts[2].length - 1]);
				}
			}),
		);
	});
});
