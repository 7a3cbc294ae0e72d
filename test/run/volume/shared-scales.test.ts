/**
 * Coarser scales of a streamed output go on where they were cut off, are shared by workers, and are never those of older blocks.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import type { Settings } from "../../../src/plan/settings.ts";
import { knownRuns, readBlockRecords } from "../../../src/run/block-records.ts";
import type { FormatName } from "../../../src/volume/volume.ts";
import { treeOf } from "../../cli/scene.ts";
import { modelSpec } from "../../model-spec.ts";
import type { ItemNetwork } from "../fake-session.ts";
import {
	columnsOf,
	never,
	type Scene,
	type SceneSpec,
	type StreamOptions,
	shareOf,
	stream,
	wavy,
	withScene,
} from "./scene.ts";

const TIMEOUT = 60_000;

function volume(): SceneSpec {
	const spec = modelSpec();
	const outputs: Settings["outputs"] = [
		{ kind: "labels" },
		{ kind: "probabilities", channels: [0, 1], dtype: "uint8" },
	];
	const settings: Settings = { ...modelSettings(spec), views: [[]], pyramid: 2, outputs };
	return {
		spec,
		settings,
		array: wavy("uint8", [9, 20, 18], 1, 3),
		axes: "zyx",
		chunks: [4, 8, 8],
		spacing: [2, 1, 1],
	};
}

const how: StreamOptions = { layout: { chunks: [2, 4, 4] }, choices: { blockVoxels: 1, planOf: columnsOf(3, 3, 3) } };
const ofPrecomputed: StreamOptions = { ...how, layout: { chunks: [4, 4, 4] }, format: "precomputed" };

/** The bytes of an output, without its records, and without the hash of the plan, which tells the folder. */
function bytesOf({ folder }: Scene): Record<string, string> {
	const place = join(folder, "out");
	const names = treeOf(place).filter((name) => !name.startsWith(".nnvol") && statSync(join(place, name)).isFile());
	const read = (name: string) => readFileSync(join(place, name), "latin1").replace(/[0-9a-f]{64}/g, "HASH");
	return Object.fromEntries(names.map((name) => [name, read(name)]));
}

const stateTree = ({ folder }: Scene) => treeOf(join(folder, "out", ".nnvol"));

/** Runs until so many units of scales were made, then breaks off; gives how many were. */
async function breakOff(scene: Scene, options: StreamOptions, after: number, network = scene.network): Promise<number> {
	const stop = new AbortController();
	let units = 0;
	const onEvent = (event: RunEvent) => {
		if (event.kind !== "phase" || event.phase !== "scaling" || event.done === 0) return;
		if (++units >= after) stop.abort();
	};
	const broken = stream(scene, { ...options, network, options: { ...options.options, onEvent, signal: stop.signal } });
	await expect(broken).rejects.toMatchObject({ code: "CANCELLED" });
	return units;
}

/** The one run's records. */
async function recordsOf({ folder }: Scene, name: string) {
	const [run] = await knownRuns(join(folder, "out"), name);
	if (run === undefined) throw new Error("nothing is recorded");
	return readBlockRecords(run);
}

async function undisturbed(format: FormatName | undefined) {
	return withScene(volume(), async (scene) => {
		await stream(scene, format === "precomputed" ? ofPrecomputed : how);
		return bytesOf(scene);
	});
}

describe("coarser scales of a streamed output", () => {
	it.each(["zarr", "precomputed"] as const)(
		"go on where they were cut off: %s",
		async (format) => {
			const options = format === "zarr" ? how : ofPrecomputed;
			const whole = await undisturbed(format);
			await withScene(volume(), async (scene) => {
				await breakOff(scene, options, 5);
				const recorded = stateTree(scene).filter((name) => /closing.*[.]json$/.test(name));
				expect(recorded.length).toBeGreaterThan(0);
				const out = join(scene.folder, "out");
				const before = new Map(treeOf(out).map((name) => [name, statSync(join(out, name)).mtimeMs]));
				await breakOff(scene, options, 25, never);
				const kept = recorded.map((name) => join(".nnvol", name));
				expect(kept.map((name) => statSync(join(out, name)).mtimeMs)).toEqual(kept.map((name) => before.get(name)));
				expect((await stream(scene, { ...options, network: never })).finished).toBe(true);
				expect(bytesOf(scene)).toEqual(whole);
				expect(stateTree(scene).filter((name) => name.includes("closing"))).toEqual([]);
			});
		},
		TIMEOUT,
	);

	it(
		"are shared by the workers that have come to the end",
		async () => {
			const whole = await undisturbed("zarr");
			await withScene(volume(), async (scene) => {
				const units = [0, 0, 0];
				const work = (n: number) => {
					let last = 0;
					const onEvent = (event: RunEvent) => {
						if (event.kind !== "phase" || event.phase !== "scaling") return;
						if (event.done > last) units[n] = (units[n] ?? 0) + 1;
						last = event.done;
					};
					return stream(scene, { ...how, share: shareOf(n, 3, true), options: { onEvent } });
				};
				const outcomes = await Promise.all([0, 1, 2].map(work));
				expect(outcomes.map(({ finished }) => finished)).toEqual([true, true, true]);
				expect(bytesOf(scene)).toEqual(whole);
				expect(stateTree(scene).filter((name) => name.includes("closing"))).toEqual([]);
				expect(units.filter((count) => count > 0).length).toBeGreaterThan(1);
			});
		},
		TIMEOUT,
	);

	it(
		"are gone on with by another worker where one is lost",
		async () => {
			const whole = await undisturbed("zarr");
			await withScene(volume(), async (scene) => {
				await breakOff(scene, { ...how, share: shareOf(0, 2, true) }, 7);
				await stream(scene, { ...how, network: never, share: { ...shareOf(0, 1, false), closesOnly: true } });
				expect(bytesOf(scene)).toEqual(whole);
			});
		},
		TIMEOUT,
	);

	it.each(["zarr", "precomputed"] as const)(
		"are made anew of blocks that are done again: %s",
		async (format) => {
			const options = format === "zarr" ? how : ofPrecomputed;
			const whole = await undisturbed(format);
			await withScene(volume(), async (scene) => {
				// scales of other voxels, as of blocks that were damaged
				const other: ItemNetwork = (item, shape) => scene.network(item, shape).map((value) => -value);
				await stream(scene, { ...options, network: other });
				expect(bytesOf(scene)).not.toEqual(whole);
				const records = await recordsOf(scene, `out.${format}`);
				await records.removeAll([...records.done]);
				const left = bytesOf(scene);
				await breakOff(scene, options, 5);
				await stream(scene, { ...options, network: never });
				expect(bytesOf(scene)).toEqual({ ...left, ...whole });
				const again = await recordsOf(scene, `out.${format}`);
				expect(again.finished).toBe(true);
			});
		},
		TIMEOUT,
	);

	it(
		"that were begun are made anew where a block is taken back before their end",
		async () => {
			const whole = await undisturbed("zarr");
			await withScene(volume(), async (scene) => {
				const other: ItemNetwork = (item, shape) => scene.network(item, shape).map((value) => -value);
				await breakOff(scene, how, 9, other);
				const records = await recordsOf(scene, "out.zarr");
				expect(records.finished).toBe(false);
				await records.removeAll([...records.done]);
				await stream(scene, how);
				expect(bytesOf(scene)).toEqual(whole);
			});
		},
		TIMEOUT,
	);
});
