/** Affinities, and filters that look at sections or neighbours: over blocks as in memory. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import { decodeArray } from "../../../src/decode/decode-array.ts";
import { parseDecoding } from "../../../src/decode/step.ts";
import { programOf } from "../../../src/decode/volume/program-of-steps.ts";
import { type RegionTable, regionStats } from "../../../src/image/region-stats.ts";
import { decodeApart, disturb } from "./processes.ts";
import { blobs, brokenOff, decoded, freshPath, randomFrom, readAll, scene, writeVolume } from "./scene.ts";
import type { SharedCall } from "./shared-program.ts";

let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-parts-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Three channels of values that are high within boxes: some edges of a voxel are cut, some voxels are alone. */
function affinities(seed: number, shape: Zyx, boxes: number): Float32Array<ArrayBuffer> {
	const voxels = sizeOf(shape);
	const mask = blobs(seed, shape, boxes, 0.02);
	const random = randomFrom(seed + 11);
	return Float32Array.from({ length: 3 * voxels }, (_, i) => {
		const chance = random();
		if (mask[i % voxels] === 0) return chance < 0.9 ? 0 : random();
		return chance < 0.6 ? 0.55 + 0.4 * random() : 0.3 * random();
	});
}

const GRAPH = { name: "decode_affinity_cc", kwargs: { threshold: 0.5, backend: "graph" } };

const MADE = [
	{ threshold: 0.5, backend: "graph" },
	{ threshold: 0.5, backend: "graph", edge_offset: 1 },
	{ threshold: 0.5, backend: "graph", orphan_fill: true, min_size: 3 },
	{ threshold: 0.6, backend: "graph", edge_offset: 1, orphan_fill: true },
	{ threshold: 0.5, backend: "graph", sectionwise: true, orphan_fill: true },
	{ threshold: 0.5, backend: "graph", sectionwise: true, edge_offset: 1, affinity_channels: [2, 0, 1] },
	{ threshold: 0.5, backend: "cc3d", min_size: 4 },
	{ threshold: 0.6, backend: "cc3d", orphan_fill: true },
	{ threshold: 0.7, backend: "cc3d", orphan_fill: true, sectionwise: true, min_size: 2 },
].map((kwargs) => [{ name: "decode_affinity_cc", kwargs }]);

const FILTERED = [
	{ name: "remove_small", kwargs: { min_size: 4, sectionwise: true } },
	{ name: "remove_small", kwargs: { min_size: 5, mode: "background_2d" } },
	{ name: "remove_small", kwargs: { min_size: 6, mode: "neighbor" } },
	{ name: "remove_small", kwargs: { min_size: 30, mode: "neighbor" } },
	{ name: "remove_small", kwargs: { min_size: 5, mode: "neighbor_2d" } },
	{ name: "remove_small", kwargs: { min_size: 20, mode: "neighbor", sectionwise: true } },
	{ name: "remove_large", kwargs: { max_size: 9, sectionwise: true } },
	{ name: "keep_largest", kwargs: { count: 2, sectionwise: true } },
].map((step) => [GRAPH, step]);

const SEVERAL = [
	[
		GRAPH,
		{ name: "remove_small", kwargs: { min_size: 4, mode: "neighbor" } },
		{ name: "keep_largest", kwargs: { count: 3, sectionwise: true } },
		{ name: "remove_small", kwargs: { min_size: 3, mode: "neighbor_2d" } },
		{ name: "remove_large", kwargs: { max_size: 40, sectionwise: true } },
	],
	...["graph", "cc3d"].map((backend) => [
		{ name: "decode_affinity_cc", kwargs: { threshold: 0.5, backend, orphan_fill: true, sectionwise: true } },
		{ name: "section_stitch", kwargs: { threshold: 0.2 } },
		{ name: "remove_small", kwargs: { min_size: 3 } },
	]),
];

async function asInMemory(raw: unknown, workers: number, runs: number): Promise<void> {
	await fc.assert(
		fc.asyncProperty(scene, async ({ seed, shape, block, boxes }) => {
			const data = affinities(seed, shape, boxes);
			const input = await writeVolume(folder, "float32", [3, ...shape], data);
			const steps = parseDecoding(raw);
			const program = programOf(steps, { channels: [0, 1, 2], depth: shape[0], sectionwise: false });
			const { labels, report } = await decoded(folder, input, program, block, { workers });
			const expected = decodeArray({ data, channels: 3, shape }, steps, { spacing: [1, 1, 1], sectionwise: false });
			expect(labels).toEqual(expected.labels);
			expect(report.objects).toBe(expected.count);
		}),
		{ numRuns: runs },
	);
}

describe("over blocks as in memory", () => {
	test.each(MADE.map((steps) => [JSON.stringify(steps[0]?.kwargs), steps] as const))(
		"affinities by %s",
		(_, raw) => asInMemory(raw, 1, 6),
		120_000,
	);

	test.each(FILTERED.map((steps) => [JSON.stringify(steps[1]), steps] as const))(
		"%s",
		(_, raw) => asInMemory(raw, 1, 6),
		120_000,
	);

	test.each(SEVERAL)("filters one after another", (...raw) => asInMemory(raw, 1, 6), 120_000);

	test("by two threads", async () => {
		await asInMemory([GRAPH, { name: "remove_small", kwargs: { min_size: 6, mode: "neighbor" } }], 2, 3);
		await asInMemory([GRAPH, { name: "keep_largest", kwargs: { count: 2, sectionwise: true } }], 2, 3);
	}, 120_000);
});

test("the table of objects that were put together is that of the whole array", async () => {
	await fc.assert(
		fc.asyncProperty(scene, async ({ seed, shape, block, boxes }) => {
			const data = affinities(seed, shape, boxes);
			const input = await writeVolume(folder, "float32", [3, ...shape], data);
			const steps = parseDecoding([GRAPH, { name: "remove_small", kwargs: { min_size: 5, mode: "neighbor_2d" } }]);
			const program = programOf(steps, { channels: [0, 1, 2], depth: shape[0], sectionwise: false });
			const tables: RegionTable[] = [];
			const take = async (table: RegionTable) => {
				tables.push(table);
			};
			const { labels } = await decoded(folder, input, program, block, { objects: { channel: 1, take } });
			if (!(labels instanceof Uint32Array)) throw new TypeError("uint32 expected");
			const values = data.subarray(sizeOf(shape), 2 * sizeOf(shape));
			expect(tables).toEqual([regionStats(labels, shape, [0, 0, 0], shape, values)]);
		}),
		{ numRuns: 5 },
	);
}, 120_000);

const SHAPE: Zyx = [16, 36, 40];
const STEPS = parseDecoding([
	{ name: "decode_affinity_cc", kwargs: { threshold: 0.5, backend: "graph", orphan_fill: true } },
	{ name: "remove_small", kwargs: { min_size: 5, mode: "neighbor" } },
	{ name: "remove_small", kwargs: { min_size: 4, mode: "neighbor_2d" } },
	{ name: "keep_largest", kwargs: { count: 12, sectionwise: true } },
]);

describe("what is broken off", () => {
	const whole = async (seed: number) => {
		const data = affinities(seed, SHAPE, 14);
		const input = await writeVolume(folder, "float32", [3, ...SHAPE], data);
		const program = programOf(STEPS, { channels: [0, 1, 2], depth: SHAPE[0], sectionwise: false });
		const { labels, count } = decodeArray({ data, channels: 3, shape: SHAPE }, STEPS, { spacing: [1, 1, 1] });
		expect(count).toBeGreaterThan(12);
		return { input, program, labels };
	};

	test("goes on in whatever pass that was", async () => {
		const { input, program, labels } = await whole(3);
		const path = freshPath(folder);
		const stops = await brokenOff(
			40,
			(before) => {
				let told = 0;
				return () => ++told > 14 + 2 * before; // what is done is told again
			},
			(more) => decoded(folder, input, program, [8, 18, 16], { ...more, layout: { chunks: [4, 6, 8] }, path }),
		);
		expect(stops).toBeGreaterThan(5);
		expect(await readAll(path)).toEqual(labels);
	}, 120_000);

	test("is made by processes that are killed and stopped as by one", async () => {
		const { input, program, labels } = await whole(4);
		const path = freshPath(folder);
		const shared: SharedCall = {
			input,
			path,
			format: "zarr",
			program,
			memory: 2e9,
			workers: 1,
			block: [8, 20, 20],
			lease: 1500,
		};
		await disturb({
			processes: 2,
			kills: 3,
			stops: 1,
			stopped: 3500,
			every: 600,
			random: randomFrom(9),
			begin: (n) => decodeApart({ ...shared, workers: 1 + (n % 2) }),
		});
		expect(await readAll(path)).toEqual(labels);
	}, 180_000);
});
