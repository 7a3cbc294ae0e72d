/**
 * What is staged stays whole until it is recorded that the output is in its place, and is gone after that.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import { treeOf } from "../../cli/scene.ts";
import { modelSpec } from "../../model-spec.ts";
import { expectSame } from "../../volume/conformance.ts";
import type { ItemNetwork } from "../fake-session.ts";
import { inMemory, never, outputOf, type Scene, type SceneSpec, stream, wavy, withScene } from "./scene.ts";

/** Resampled on its way in, and staged on its way out. */
function scene(): SceneSpec {
	const spec = modelSpec({ reader: "Tiff3DIO" });
	const settings = { ...modelSettings(spec), views: [[]] };
	const array = wavy("uint8", [8, 20, 20], 0, 3);
	return { spec, settings, array, axes: "zyx", spacing: [1, 1.3, 1], chunks: [4, 8, 8] };
}

const how = { format: "hdf5", choices: { blockVoxels: 1 } } as const;

const stateOf = ({ folder }: Scene) => join(folder, "out", ".nnvol");

/** The folder of the one run's records. */
function recordsFolder(scene: Scene): string {
	const found = treeOf(stateOf(scene)).find((name) => name.endsWith("run.json"));
	if (found === undefined) throw new Error("nothing is recorded");
	return join(stateOf(scene), dirname(found));
}

/** The records of done blocks, by name. */
function doneRecords(scene: Scene): Record<string, string> {
	const folder = recordsFolder(scene);
	const names = treeOf(folder).filter((name) => name.endsWith(".done.json"));
	return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

describe("what is staged", () => {
	it("is whole until the output is recorded as finished", async () => {
		await withScene(scene(), async (made) => {
			const whole = await inMemory(made);
			const inTheWay: ItemNetwork = (item, shape) => {
				mkdirSync(join(recordsFolder(made), "finished.json"), { recursive: true });
				return made.network(item, shape);
			};
			await expect(stream(made, { ...how, network: inTheWay })).rejects.toThrow();
			expect(treeOf(join(stateOf(made), "staging")).length).toBeGreaterThan(0);
			rmSync(join(made.folder, "out", "out.h5"));
			rmSync(join(recordsFolder(made), "finished.json"), { recursive: true });
			const records = doneRecords(made);
			await stream(made, how);
			expect(doneRecords(made)).toEqual(records);
			expectSame(await outputOf(made, "out.h5"), whole.array);
			expect(treeOf(join(stateOf(made), "staging"))).toEqual([]);
		});
	}, 60_000);

	it("is no part of a finished output: what a killed process left of it goes", async () => {
		await withScene(scene(), async (made) => {
			const whole = await inMemory(made);
			await stream(made, how);
			const left = join(stateOf(made), "staging", "out.h5.zarr", "c", "0", "0");
			mkdirSync(left, { recursive: true });
			writeFileSync(join(left, "0"), "a part of what was staged");
			await stream(made, { ...how, network: never });
			expectSame(await outputOf(made, "out.h5"), whole.array);
			expect(treeOf(join(stateOf(made), "staging"))).toEqual([]);
		});
	}, 60_000);

	it("is not put together again from a part where the output was removed", async () => {
		await withScene(scene(), async (made) => {
			const whole = await inMemory(made);
			await stream(made, how);
			rmSync(join(made.folder, "out", "out.h5"));
			const left = join(stateOf(made), "staging", "out.h5.zarr", "c", "0", "0");
			mkdirSync(left, { recursive: true });
			writeFileSync(join(left, "0"), "a part of what was staged");
			await stream(made, how);
			expectSame(await outputOf(made, "out.h5"), whole.array);
			expect(treeOf(join(stateOf(made), "staging"))).toEqual([]);
		});
	}, 60_000);
});
