/**
 * Law 1 for several workers on one volume at the same time, with and without claims, some of which break off.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import type { Settings } from "../../../src/plan/settings.ts";
import { knownRuns, readBlockRecords } from "../../../src/run/block-records.ts";
import { closeVolumeCase, openVolumeCase } from "../../../src/run/volume/open-case.ts";
import { unitOrder } from "../../../src/run/volume/unit-queue.ts";
import { settleTargets } from "../../../src/run/volume/volume-records.ts";
import { modelSpec } from "../../model-spec.ts";
import { expectSame } from "../../volume/conformance.ts";
import {
	columnsOf,
	inMemory,
	outputOf,
	planOfScene,
	type Scene,
	SINCE,
	type StreamOptions,
	shareOf,
	stream,
	wavy,
	withScene,
} from "./scene.ts";

function sceneOf(dimensions: 2 | 3, shape: readonly number[], seed: number) {
	const spec = modelSpec({ dimensions, reader: "Tiff3DIO" });
	const settings: Settings = {
		...modelSettings(spec),
		views: [[]],
		outputs: [{ kind: "labels" }, { kind: "probabilities", channels: [0, 1], dtype: "float32" }],
	};
	return { spec, settings, array: wavy("uint8", shape, 1, seed), axes: "zyx", chunks: [4, 8, 8] };
}

async function expectWhole(scene: Scene) {
	const whole = await inMemory(scene);
	expectSame(await outputOf(scene, "out.zarr"), whole.array);
	expectSame(await outputOf(scene, "out_probabilities.zarr"), whole.probabilities ?? whole.array);
}

const scenes = fc.record({
	dimensions: fc.constantFrom(2 as const, 3 as const),
	shape: fc.tuple(fc.integer({ min: 2, max: 14 }), fc.integer({ min: 8, max: 26 }), fc.integer({ min: 8, max: 26 })),
	seed: fc.integer({ min: 0, max: 99 }),
	count: fc.integer({ min: 1, max: 4 }),
	claims: fc.boolean(),
});

const how: StreamOptions = { layout: { chunks: [2, 6, 6] }, choices: { blockVoxels: 1, planOf: columnsOf(2, 2, 2) } };

describe("several workers on one volume", () => {
	it("write what one writes, all at once", async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async ({ dimensions, shape, seed, count, claims }) => {
				await withScene(sceneOf(dimensions, shape, seed), async (scene) => {
					const all = Array.from({ length: count }, (_, n) =>
						stream(scene, { ...how, share: shareOf(n, count, claims) }),
					);
					const outcomes = await Promise.all(all);
					expect(outcomes.some(({ finished }) => finished)).toBe(true);
					if (claims) expect(outcomes.every(({ finished }) => finished)).toBe(true);
					await expectWhole(scene);
				});
			}),
			{ numRuns: 8, seed: 20261124 },
		);
	}, 120_000);

	it("go on with what one process began that shared it with nobody", async () => {
		const scene = sceneOf(3, [14, 20, 20], 5);
		await withScene(scene, async (made) => {
			const stop = new AbortController();
			const onEvent = (event: RunEvent) => event.kind === "block" && event.done >= 3 && stop.abort();
			const broken = stream(made, { ...how, options: { onEvent, signal: stop.signal } });
			await expect(broken).rejects.toMatchObject({ code: "CANCELLED" });
			const outcomes = await Promise.all([0, 1].map((n) => stream(made, { ...how, share: shareOf(n, 2, true) })));
			expect(outcomes.map(({ finished }) => finished)).toEqual([true, true]);
			await expectWhole(made);
		});
	}, 120_000);

	it("take no record back of what another has finished meanwhile", async () => {
		await withScene(sceneOf(2, [4, 16, 16], 3), async (scene) => {
			const stop = new AbortController();
			const onEvent = (event: RunEvent) => event.kind === "phase" && event.phase === "assembling" && stop.abort();
			const late = { format: "tiff", choices: { blockVoxels: 1, partBytes: 64 } } as const;
			await expect(stream(scene, { ...late, options: { onEvent, signal: stop.signal } })).rejects.toThrow();
			const [run] = await knownRuns(join(scene.folder, "out"), "out.tif");
			if (run === undefined) throw new Error("no run");
			const before = await readBlockRecords(run);
			expect(before.finished).toBe(false);
			await stream(scene, late);
			const { size } = before.done;
			const entry = planOfScene(scene, late).cases[0];
			if (entry === undefined) throw new Error("no case");
			const open = await openVolumeCase(
				entry,
				planOfScene(scene, late),
				scene.spec,
				{ attributes: {} },
				{ inline: true },
			);
			try {
				await settleTargets(open, before, false, true);
			} finally {
				await closeVolumeCase(open);
			}
			expect(before.finished).toBe(true);
			expect((await readBlockRecords(run)).done.size).toBe(size);
		});
	}, 120_000);

	it("do what one of them leaves, with claims", async () => {
		await fc.assert(
			fc.asyncProperty(scenes, fc.nat({ max: 5 }), async ({ dimensions, shape, seed }, after) => {
				await withScene(sceneOf(dimensions, shape, seed), async (scene) => {
					let left = after;
					const failing: typeof scene.network = (item, extents) => {
						if (left-- <= 0) throw Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
						return scene.network(item, extents);
					};
					const broken = stream(scene, { ...how, network: failing, share: shareOf(0, 2, true) }).catch(() => undefined);
					const { finished } = await stream(scene, { ...how, share: shareOf(1, 2, true) });
					await broken;
					expect(finished).toBe(true);
					await expectWhole(scene);
				});
			}),
			{ numRuns: 6, seed: 20261124 },
		);
	}, 120_000);

	it("leave a block that failed in this run, and try one that failed before", async () => {
		await withScene(sceneOf(2, [4, 16, 16], 3), async (scene) => {
			const share = shareOf(0, 1, true);
			let calls = 0; // the network is run once, on a batch of two, before any block
			const bad: typeof scene.network = (item, extents) => {
				if (++calls > 2) throw new Error("no such layer");
				return scene.network(item, extents);
			};
			await expect(stream(scene, { ...how, network: bad, share })).rejects.toThrow(/no such layer/);
			let runs = 0;
			const counted: typeof scene.network = (item, extents) => {
				runs++;
				return scene.network(item, extents);
			};
			await expect(stream(scene, { ...how, network: counted, share })).rejects.toThrow(/no such layer/);
			expect(runs).toBeLessThanOrEqual(2);
			const later = { ...share, since: new Date(Date.now() + 1000).toISOString() };
			expect((await stream(scene, { ...how, network: counted, share: later })).finished).toBe(true);
			await expectWhole(scene);
			await rm(join(scene.folder, "out"), { recursive: true });
		});
	});

	it("begin with their own units, each unit once", () => {
		fc.assert(
			fc.property(
				fc.nat({ max: 60 }),
				fc.integer({ min: 1, max: 9 }),
				fc.nat(),
				fc.boolean(),
				(units, count, at, others) => {
					const share = { index: at % count, count, offset: at % 7, others };
					const order = unitOrder(units, { ...share, wait: false, since: SINCE });
					expect(new Set(order).size).toBe(order.length);
					const mine = order.filter((n) => (n + share.offset) % count === share.index);
					expect(order.slice(0, mine.length)).toEqual(mine);
					expect(order.length).toBe(others ? units : mine.length);
				},
			),
		);
	});
});
