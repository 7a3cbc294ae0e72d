/**
 * Staged outputs are put together by all workers, go on where they were cut off, and are never made of older blocks.
 */
import { readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import type { Settings } from "../../../src/plan/settings.ts";
import { knownRuns, readBlockRecords } from "../../../src/run/block-records.ts";
import { LONE } from "../../../src/run/claims/lone.ts";
import { openState } from "../../../src/run/state-store.ts";
import { slabBoxes } from "../../../src/run/volume/assembly.ts";
import { shareParts } from "../../../src/run/volume/assembly-parts.ts";
import { closeVolumeCase, openVolumeCase } from "../../../src/run/volume/open-case.ts";
import { outputsOf, temporariesOf, treeOf } from "../../cli/scene.ts";
import { modelSpec } from "../../model-spec.ts";
import { expectSame } from "../../volume/conformance.ts";
import { type ItemNetwork, lopsided } from "../fake-session.ts";
import {
	inMemory,
	never,
	outputOf,
	planOfScene,
	type Scene,
	type SceneSpec,
	type StreamOptions,
	shareOf,
	stream,
	wavy,
	withScene,
} from "./scene.ts";

const TIMEOUT = 60_000;

const outputs: NonNullable<Settings["outputs"]> = [
	{ kind: "labels" },
	{ kind: "probabilities", channels: [0, 1], dtype: "float32" },
];

function volume(more: { readonly outputs?: NonNullable<Settings["outputs"]> } = { outputs }): SceneSpec {
	const spec = modelSpec({ reader: "Tiff3DIO" });
	const settings: Settings = { ...modelSettings(spec), views: [[]], ...more };
	return { spec, settings, array: wavy("uint8", [36, 20, 18], 1, 3), axes: "zyx", chunks: [4, 8, 8] };
}

// 15 planes each: three parts of labels, and six of probabilities
const choices = { blockVoxels: 1, partBytes: 700 };

const FORMATS = [
	["tiff", "out.tif", "out_probabilities.tif"],
	["nifti", "out.nii.gz", "out_probabilities.nii.gz"],
	["nrrd", "out.nrrd", "out_probabilities.nrrd"],
	["metaimage", "out.metaimage", undefined],
] as const;

const stateTree = ({ folder }: Scene) => treeOf(join(folder, "out", ".nnvol"));

function bytesOf({ folder }: Scene): Record<string, string> {
	const place = join(folder, "out");
	return Object.fromEntries(outputsOf(place).map((name) => [name, readFileSync(join(place, name), "latin1")]));
}

/** The parts that are there, with the times of their files. */
function partsOf(scene: Scene): Map<string, number> {
	const state = join(scene.folder, "out", ".nnvol");
	const names = stateTree(scene).filter((name) => name.endsWith(".part"));
	return new Map(names.map((name) => [name, statSync(join(state, name)).mtimeMs]));
}

/** Runs until so many parts were told of, then breaks off. */
async function breakOff(scene: Scene, how: StreamOptions, after: number): Promise<void> {
	const stop = new AbortController();
	let [parts, last] = [0, 0];
	const onEvent = (event: RunEvent) => {
		if (event.kind !== "phase" || event.phase !== "assembling") return;
		if (event.done > last) parts++;
		last = event.done;
		if (parts >= after) stop.abort();
	};
	const broken = stream(scene, { ...how, options: { onEvent, signal: stop.signal } });
	await expect(broken).rejects.toMatchObject({ code: "CANCELLED" });
}

function expectClean(scene: Scene): void {
	expect(stateTree(scene).filter((name) => /closing|parts|staging./.test(name))).toEqual([]);
	expect(temporariesOf(join(scene.folder, "out"))).toEqual([]);
}

async function undisturbed(made: SceneSpec, how: StreamOptions): Promise<Record<string, string>> {
	return withScene(made, async (scene) => {
		await stream(scene, how);
		return bytesOf(scene);
	});
}

async function recordsOf({ folder }: Scene, name: string) {
	const [run] = await knownRuns(join(folder, "out"), name);
	if (run === undefined) throw new Error("nothing is recorded");
	return readBlockRecords(run);
}

describe("a staged output", () => {
	it.each(FORMATS)(
		"goes on where it was cut off, and is that of a run that was not: %s",
		async (format, name, second) => {
			const made = volume(second === undefined ? {} : { outputs });
			const how: StreamOptions = { format, choices };
			const whole = await undisturbed(made, how);
			await withScene(made, async (scene) => {
				await breakOff(scene, how, 2);
				const before = partsOf(scene);
				expect(before.size).toBeGreaterThan(0);
				expect(outputsOf(join(scene.folder, "out"))).not.toContain(name);
				if (second !== undefined) {
					await breakOff(scene, { ...how, network: never }, 3);
					for (const [part, time] of before) expect(partsOf(scene).get(part)).toBe(time);
				}
				expect((await stream(scene, { ...how, network: never })).finished).toBe(true);
				expect(bytesOf(scene)).toEqual(whole);
				expectClean(scene);
				const memory = await inMemory(scene);
				expectSame(await outputOf(scene, name), memory.array);
				if (second !== undefined) expectSame(await outputOf(scene, second), memory.probabilities ?? memory.array);
			});
		},
		TIMEOUT,
	);

	it(
		"is put together by several workers",
		async () => {
			const how: StreamOptions = { format: "tiff", choices };
			const whole = await undisturbed(volume(), how);
			await withScene(volume(), async (scene) => {
				const outcomes = await Promise.all([0, 1, 2].map((n) => stream(scene, { ...how, share: shareOf(n, 3, true) })));
				expect(outcomes.map(({ finished }) => finished)).toEqual([true, true, true]);
				expect(bytesOf(scene)).toEqual(whole);
				expectClean(scene);
			});
		},
		TIMEOUT,
	);

	it(
		"is gone on with by the job that finishes, where a worker is lost",
		async () => {
			const how: StreamOptions = { format: "nifti", choices };
			const whole = await undisturbed(volume(), how);
			await withScene(volume(), async (scene) => {
				await breakOff(scene, { ...how, share: shareOf(0, 1, false) }, 2);
				await stream(scene, { ...how, network: never, share: { ...shareOf(0, 1, false), closesOnly: true } });
				expect(bytesOf(scene)).toEqual(whole);
				expectClean(scene);
			});
		},
		TIMEOUT,
	);

	it(
		"is not made of parts of blocks that are done again",
		async () => {
			const how: StreamOptions = { format: "tiff", choices };
			const whole = await undisturbed(volume(), how);
			await withScene(volume(), async (scene) => {
				const other: ItemNetwork = (item, shape) => scene.network(item, shape).map((value) => -value);
				await breakOff(scene, { ...how, network: other }, 3);
				const records = await recordsOf(scene, "out.tif");
				await records.removeAll([...records.done]);
				await stream(scene, how);
				expect(bytesOf(scene)).toEqual(whole);
				expectClean(scene);
			});
		},
		TIMEOUT,
	);

	it(
		"is not made of parts that were packed otherwise",
		async () => {
			const how: StreamOptions = { format: "tiff", choices, layout: { compression: "none" } };
			const whole = await undisturbed(volume(), how);
			await withScene(volume(), async (scene) => {
				await breakOff(scene, { ...how, layout: { compression: "zstd" } }, 2);
				await stream(scene, { ...how, network: never });
				expect(bytesOf(scene)).toEqual(whole);
				expectClean(scene);
			});
		},
		TIMEOUT,
	);

	it(
		"is not finished where a block is taken back meanwhile",
		async () => {
			const how: StreamOptions = { format: "tiff", choices };
			const whole = await undisturbed(volume(), how);
			await withScene(volume(), async (scene) => {
				const takeBack = (event: RunEvent) => {
					if (event.kind !== "phase" || event.phase !== "assembling") return;
					const state = join(scene.folder, "out", ".nnvol");
					const names = stateTree(scene).filter((name) => /closing\.txt$|\/0\.done\.json$/.test(name));
					for (const name of names) rmSync(join(state, name));
				};
				const disturbed = stream(scene, { ...how, options: { onEvent: takeBack } });
				await expect(disturbed).rejects.toMatchObject({ code: "RUN" });
				expect(outputsOf(join(scene.folder, "out"))).not.toContain("out.tif");
				expect((await stream(scene, how)).finished).toBe(true);
				expect(bytesOf(scene)).toEqual(whole);
				expectClean(scene);
			});
		},
		TIMEOUT,
	);

	it(
		"of labels by their values is refused once where a record is damaged",
		async () => {
			const regions = [
				{ name: "whole", values: [1, 300] },
				{ name: "core", values: [300] },
			];
			const spec = modelSpec({ reader: "Tiff3DIO", labels: { kind: "regions", regions, classOrder: [1, 300] } });
			const made: SceneSpec = { ...volume(), spec, settings: { ...modelSettings(spec), views: [[]] } };
			const how: StreamOptions = { format: "nifti", choices };
			const whole = await undisturbed(made, how);
			await withScene(made, async (scene) => {
				await breakOff(scene, how, 1);
				const state = join(scene.folder, "out", ".nnvol");
				for (const name of stateTree(scene)) {
					if (/\/0\.done\.json$/.test(name)) truncateSync(join(state, name), 3);
					if (/closing/.test(name)) rmSync(join(state, name), { recursive: true, force: true });
				}
				await expect(stream(scene, { ...how, network: never })).rejects.toThrow(/records of 1 blocks are damaged/);
				await stream(scene, how);
				expect(bytesOf(scene)).toEqual(whole);
			});
		},
		TIMEOUT,
	);

	it(
		"is not made of a stage that was gone when it was read",
		async () => {
			const how: StreamOptions = { format: "metaimage", choices, layout: { compression: "none" } };
			await withScene(volume({}), async (scene) => {
				await breakOff(scene, how, 1);
				const [entry] = planOfScene(scene, how).cases;
				if (entry === undefined) throw new Error("no case");
				const attributes = {};
				const layout = { compression: "none" } as const;
				const open = await openVolumeCase(
					entry,
					planOfScene(scene, how),
					scene.spec,
					{ attributes, layout },
					{ inline: true },
				);
				const [target] = open.targets;
				if (target === undefined) throw new Error("no target");
				let looks = 0;
				const pass = {
					kind: "closing",
					state: await openState(join(scene.folder, "state")),
					folder: "closing",
					share: { claims: LONE, index: 0, count: 1 },
					isOver: async () => ++looks > 2, // not yet when a slab is begun, but when it was read
				} as const;
				const closing = { round: "0123456789abcdef", pass };
				const { facts, io } = open;
				const made = shareParts({ target, facts, highest: 1, closing, io, bytes: 700, onVoxels: () => undefined });
				await expect(made).rejects.toThrow(/another process/);
				expect(stateTree(scene).filter((name) => name.endsWith("/whole"))).toEqual([]);
				await closeVolumeCase(open);
			});
		},
		TIMEOUT,
	);

	it(
		"with a damaged part is refused once, and made of new parts then",
		async () => {
			const how: StreamOptions = { format: "nifti", choices };
			const whole = await undisturbed(volume(), how);
			await withScene(volume(), async (scene) => {
				await breakOff(scene, how, 4);
				const [part = ""] = [...partsOf(scene).keys()].filter((name) => name.includes("probabilities"));
				truncateSync(join(scene.folder, "out", ".nnvol", part), 3);
				await expect(stream(scene, { ...how, network: never })).rejects.toMatchObject({ code: "VOLUME" });
				await stream(scene, { ...how, network: never });
				expect(bytesOf(scene)).toEqual(whole);
				expectClean(scene);
			});
		},
		TIMEOUT,
	);
});

it(
	"all products of a run are put together by several workers",
	async () => {
		const made = volume({
			outputs: [{ kind: "labels" }, { kind: "uncertainty", measure: "mutual_information", dtype: "uint8" }],
		});
		const other: ItemNetwork = (item, shape) => lopsided(item, shape).map((value) => value / 2);
		const how: StreamOptions = { format: "tiff", choices, folds: [other] };
		const whole = await undisturbed(made, how);
		await withScene(made, async (scene) => {
			await Promise.all([0, 1].map((n) => stream(scene, { ...how, share: shareOf(n, 2, true) })));
			expect(bytesOf(scene)).toEqual(whole);
			expect(Object.keys(whole)).toContain("out_mutual_information.tif");
		});
	},
	TIMEOUT,
);

describe("slabs of a stage", () => {
	it("are whole chunks deep where planes are large, so that no chunk is unpacked twice", () => {
		const info = { dtype: "uint8", shape: [40, 4096, 4096], chunks: [16, 128, 128] } as const;
		expect(slabBoxes(info).map(({ start, stop }) => [start[0], stop[0]])).toEqual([
			[0, 16],
			[16, 32],
			[32, 40],
		]);
	});
});
