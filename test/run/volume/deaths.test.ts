/**
 * A block under which every worker dies is given up, and said to be; the others are done.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../../src/core/shape.ts";
import { knownRuns, readBlockRecords } from "../../../src/run/block-records.ts";
import { expectSame } from "../../volume/conformance.ts";
import { DYING_SETTINGS, DYING_SPEC } from "./dying-worker.ts";
import { inMemory, outputOf, wavy, withScene } from "./scene.ts";

const PROGRAM = join(import.meta.dirname, "dying-worker.ts");
const SHAPE = [6, 24, 24] as const;

/** What a worker said, and the signal that it died of. */
function work(folder: string, input: string, dies: boolean, since: Date) {
	const scene = JSON.stringify({ folder, input, dies, since: since.toISOString() });
	const { stdout, signal } = spawnSync(process.execPath, ["--import", "tsx", PROGRAM, scene], { encoding: "utf8" });
	return { said: stdout, signal };
}

describe("a block under which workers die", () => {
	it("is found, given up and said; the next run tries it again", async () => {
		const array = wavy("uint8", SHAPE, 0, 2);
		for (let i = 0; i < array.data.length; i++) if (array.data[i] === 255) array.data[i] = 254;
		array.data[(3 * SHAPE[1] + 10) * SHAPE[2] + 9] = 255;
		const made = { spec: DYING_SPEC, settings: DYING_SETTINGS, array, axes: "zyx", chunks: [2, 8, 6] };
		await withScene(made, async (scene) => {
			const begun = new Date();
			const deaths: string[] = [];
			let said = "";
			for (let n = 0; n < 9 && said === ""; n++) {
				const one = work(scene.folder, scene.input, true, begun);
				if (one.signal !== null) deaths.push(one.signal);
				said = one.said;
			}
			expect(said).toMatch(/1 of 36 blocks .* 3 workers died while they did this block/);
			expect(deaths).toEqual(Array.from({ length: 5 }, () => "SIGKILL")); // two under the unit, three under the block
			const [run] = await knownRuns(join(scene.folder, "out"), "out.zarr");
			if (run === undefined) throw new Error("no records");
			const records = await readBlockRecords(run);
			expect(records.done.size).toBe(sizeOf([3, 3, 4]) - 1);
			expect(work(scene.folder, scene.input, false, new Date(Date.now() + 1000)).said).toBe("finished");
			expectSame(await outputOf(scene, "out.zarr"), (await inMemory(scene)).array);
		});
	}, 120_000);
});
