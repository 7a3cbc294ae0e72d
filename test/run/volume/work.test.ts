/**
 * The planner's count of tiles against sweeps that are carried out, over a network that counts.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import { blockIdAt } from "../../../src/plan/volume-layout.ts";
import type { VolumeFacts, VolumePlan } from "../../../src/plan/volume-plan.ts";
import { columnRuns, placesOf } from "../../../src/plan/volume-runs.ts";
import { workOf } from "../../../src/plan/volume-work.ts";
import { knownRuns, readBlockRecords } from "../../../src/run/block-records.ts";
import { modelSpec } from "../../model-spec.ts";
import { columnsOf, planOfScene, type Scene, type StreamOptions, stream, wavy, withScene } from "./scene.ts";

const cases = fc.record({
	shape: fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 5, max: 26 }), fc.integer({ min: 5, max: 26 })),
	unit: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 12 }), fc.integer({ min: 2, max: 12 })),
	dimensions: fc.constantFrom(2 as const, 3 as const),
	border: fc.integer({ min: 0, max: 2 }),
	step: fc.constantFrom(0.5, 1),
	rows: fc.integer({ min: 1, max: 3 }),
	columns: fc.integer({ min: 1, max: 3 }),
	blockVoxels: fc.constantFrom(1, 200, 2 ** 24),
	/** Blocks whose number is a multiple of it are done. */
	every: fc.integer({ min: 1, max: 3 }),
});

it("as many tiles are run as the planner says", async () => {
	await fc.assert(
		fc.asyncProperty(cases, async (made) => {
			const { shape, unit, dimensions, border, step, rows, columns, blockVoxels, every } = made;
			const isPlain = dimensions === 2;
			const spec = modelSpec({
				dimensions,
				transposeForward: [0, 1, 2],
				transposeBackward: [0, 1, 2],
				reader: isPlain ? "NaturalImage2DIO" : "Tiff3DIO",
			});
			// sections have crops of their own, which a plan does not know: nothing is cropped there
			const array = wavy("uint8", shape, isPlain ? 0 : border, 1);
			const settings = { ...modelSettings(spec), step, views: [[]] };
			const scene = { spec, settings, array, axes: "zyx" };
			await withScene({ ...scene, ...(isPlain ? {} : { spacing: [1, 1, 1] }) }, async (made) => {
				let ran = 0;
				let facts: VolumeFacts | undefined;
				let plan: VolumePlan | undefined;
				const events: RunEvent[] = [];
				const isWanted = (id: number) => id % every === 0;
				const how: StreamOptions = {
					batchSize: 1,
					network: (item, extents) => {
						ran++;
						return made.network(item, extents);
					},
					layout: { chunks: unit.map((extent, axis) => Math.min(extent, shape[axis] ?? 1)) },
					choices: {
						blockVoxels,
						planOf: (found) => {
							facts = found;
							plan = columnsOf(rows, columns, 2)(found);
							ran = 0; // the network was run to warm up
							return plan;
						},
					},
					options: { onEvent: (event) => events.push(event) },
				};
				await stream(made, how);
				await takeBack(made, isWanted);
				events.length = 0;
				await stream(made, how);
				if (facts === undefined || plan === undefined) throw new Error("not planned");
				const { layout } = facts;
				const wanted = [...columnRuns(layout, plan, (place) => isWanted(blockIdAt(layout, place)))];
				const work = workOf(facts, wanted);
				expect(ran).toBe(work.tiles);
				const tiles = events.filter((event) => event.kind === "tile");
				if (work.tiles > 0) expect(tiles.at(-1)).toMatchObject({ done: work.tiles, total: work.tiles });
				const blocks = events.filter((event) => event.kind === "block");
				expect(blocks.at(-1)).toMatchObject({ done: [...placesOf(layout)].length, failed: 0 });
				expect(events.filter((event) => event.kind === "block-done")).toHaveLength(work.blocks);
			});
		}),
		{ numRuns: 12 },
	);
}, 120_000);

/** Takes back the records of some blocks of a finished run. */
async function takeBack(scene: Scene, isWanted: (id: number) => boolean): Promise<void> {
	const [run] = await knownRuns(planOfScene(scene, {}).folder, "out.zarr");
	if (run === undefined) throw new Error("no run");
	const records = await readBlockRecords(run);
	await records.removeAll([...records.done].filter(isWanted));
}
