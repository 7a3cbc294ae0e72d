/**
 * Blocks that cannot be done: only they stay unwritten, are named, and are done by a later run.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isNnvolError } from "../../../src/core/errors.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import { readBlockRecords } from "../../../src/run/block-records.ts";
import { findOutputs } from "../../../src/run/found-outputs.ts";
import { verifyVolume } from "../../../src/run/verify-volume.ts";
import { assertFinite } from "../../../src/runtime/finite.ts";
import { modelSpec } from "../../model-spec.ts";
import { expectSame } from "../../volume/conformance.ts";
import { type ItemNetwork, lopsided } from "../fake-session.ts";
import { inMemory, outputOf, type Scene, type SceneSpec, stream, wavy, withScene } from "./scene.ts";

const SHAPE = [12, 24, 24];

function scene(): SceneSpec {
	const spec = modelSpec({ reader: "Tiff3DIO" });
	const settings = { ...modelSettings(spec), views: [[]] };
	return { spec, settings, array: wavy("uint8", SHAPE, 0, 3), axes: "zyx", spacing: [1, 1, 1], chunks: [4, 8, 8] };
}

const how = { layout: { chunks: [2, 8, 8] }, choices: { blockVoxels: 1 } };

/** Turns the tile that is the `nth` to be seen into NaN, as often as it is run. */
function spoilt(nth: number): ItemNetwork {
	const marks = new Map<string, number>();
	return (item, shape) => {
		const key = Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString("base64");
		if (!marks.has(key)) marks.set(key, marks.size);
		const out = lopsided(item, shape);
		if (marks.get(key) === nth) out[5] = Number.NaN;
		assertFinite(out, "a tile");
		return out;
	};
}

async function verdictOf({ folder }: Scene) {
	const found = await findOutputs(join(folder, "out"));
	const [volume] = found.volumes;
	if (volume === undefined) throw new Error("nothing is recorded");
	return { volume, verdict: await verifyVolume(found.folder, volume) };
}

async function doneRecords(folder: string): Promise<Map<string, string>> {
	const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".done.json"));
	return new Map(
		await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)),
	);
}

describe("a tile that comes out as NaN", () => {
	it("spoils the blocks that need it and no others; with a network that is whole they are done, and nothing else", async () => {
		await withScene(scene(), async (made) => {
			const whole = await inMemory(made);
			const problem: unknown = await stream(made, { ...how, network: spoilt(3) }).catch((error: unknown) => error);
			expect(isNnvolError(problem, "RUN")).toBe(true);
			expect(String(problem)).toMatch(/blocks are not done and stay unwritten .*non-finite logits/);
			const { volume, verdict } = await verdictOf(made);
			expect(verdict.damaged).toEqual([]);
			expect(verdict.missing).toEqual([]);
			expect(verdict.failed.length).toBeGreaterThan(0);
			expect(verdict.failed.length).toBeLessThan(verdict.blocks.total / 2);
			for (const { error, code, box } of verdict.failed) {
				expect({ error, code }).toMatchObject({ code: "RUNTIME", error: expect.stringContaining("non-finite") });
				expect(box.stop.every((end, axis) => end > (box.start[axis] ?? 0) && end <= (SHAPE[axis] ?? 0))).toBe(true);
			}
			const before = await doneRecords(volume.run.folder);
			expect(before.size).toBe(verdict.blocks.total - verdict.failed.length);

			const outcome = await stream(made, how);
			expect(outcome.done).toBe(verdict.blocks.total);
			expectSame(await outputOf(made, "out.zarr"), whole.array);
			const after = await doneRecords(volume.run.folder);
			for (const [name, text] of before) expect(after.get(name)).toBe(text);
			const records = await readBlockRecords(volume.run);
			expect({ failed: records.failed.size, finished: records.finished }).toEqual({ failed: 0, finished: true });
			expect((await verdictOf(made)).verdict.clean).toBe(true);
		});
	}, 60_000);
});
