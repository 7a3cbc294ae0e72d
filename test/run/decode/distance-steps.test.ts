import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import { decodeArray } from "../../../src/decode/decode-array.ts";
import { parseDecoding } from "../../../src/decode/step.ts";
import { programOf } from "../../../src/decode/volume/program-of-steps.ts";
import { blobs, decoded, randomFrom, scene, writeVolume } from "./scene.ts";

let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-distances-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Three channels: high in boxes; high at few places (outlines); from -1 to 1 (distances). */
function channels(seed: number, shape: Zyx, boxes: number): Float32Array<ArrayBuffer> {
	const voxels = sizeOf(shape);
	const random = randomFrom(seed + 3);
	const masks = [blobs(seed, shape, boxes, 0.01), blobs(seed + 1, shape, 2, 0.1), blobs(seed + 2, shape, boxes, 0.2)];
	return Float32Array.from({ length: 3 * voxels }, (_, i) => {
		const channel = Math.floor(i / voxels);
		const value = 0.1 + 0.7 * (masks[channel]?.[i % voxels] ?? 0) + 0.2 * random();
		return channel === 2 ? 2 * value - 1 : value;
	});
}

const DISTANCE = "decode_distance_watershed";
const CONTOUR = "decode_instance_binary_contour_distance";

const CASES = [
	[{ name: DISTANCE }],
	[
		{
			name: DISTANCE,
			kwargs: { seed_distance: 1, border: "ignored", connectivity: 6, min_seed_size: 2, min_size: 10 },
		},
	],
	[
		{ name: DISTANCE, kwargs: { seed_distance: 1.2, spacing: [2.5, 1, 0.8] } },
		{ name: "keep_largest", kwargs: { count: 3 } },
	],
	[{ name: DISTANCE, kwargs: { seed_distance: 1, spacing: [1.5, 1], sectionwise: true } }, { name: "section_stitch" }],
	[{ name: DISTANCE, kwargs: { distance_channels: [0, 2], distance_threshold: [0.7, 0.2] } }],
	[
		{ name: "select_channels", kwargs: { channels: [1, 0] } },
		{ name: DISTANCE, kwargs: { distance_channels: [1], seed_distance: 1, sectionwise: true, border: "ignored" } },
		{ name: "remove_small", kwargs: { min_size: 5 } },
	],
	[{ name: CONTOUR, kwargs: { binary_threshold: [0.8, 0.5], min_seed_size: 3 } }],
	[{ name: CONTOUR, kwargs: { mode: "cc", binary_channels: "0:2", binary_channel_reduction: "max", min_size: 4 } }],
	[
		{
			name: CONTOUR,
			kwargs: {
				distance_channels: null,
				binary_threshold: [0.5, 0.5],
				contour_threshold: null,
				distance_threshold: [0.1, 0],
				min_seed_size: 1,
				min_size: 6,
			},
		},
	],
	[
		{
			name: CONTOUR,
			kwargs: {
				distance_channels: null,
				binary_threshold: [0.6, 0.5],
				contour_threshold: [0.8, 1.1],
				distance_threshold: [0.15, 0],
				min_seed_size: 0,
				sectionwise: true,
			},
		},
	],
	[
		{
			name: CONTOUR,
			kwargs: {
				binary_channels: [0, 1],
				binary_channel_reduction: "min",
				binary_threshold: [0.2, 0.15],
				contour_channels: null,
				distance_threshold: [0.4, -0.9],
				min_seed_size: 2,
			},
		},
		{ name: "remove_large", kwargs: { max_size: 300 } },
	],
	// voxels that objects only grew through are marked between passes: steps that cut objects into sections meet the marks
	[
		{ name: CONTOUR, kwargs: { binary_threshold: [0.8, 0.5], min_seed_size: 1 } },
		{ name: "keep_largest", kwargs: { count: 2, sectionwise: true } },
	],
	[
		{ name: CONTOUR, kwargs: { binary_threshold: [0.8, 0.5], min_seed_size: 1 } },
		{ name: "remove_small", kwargs: { min_size: 9, mode: "neighbor_2d" } },
		{ name: "section_stitch" },
	],
] as const;

describe("objects by distances over a written volume", () => {
	test.each(CASES.map((steps) => [JSON.stringify(steps), steps] as const))("%s are as in memory", async (_, raw) => {
		await fc.assert(
			fc.asyncProperty(
				scene,
				fc.constantFrom<Zyx>([1, 1, 1], [3, 1, 1], [40, 8, 10]),
				async ({ seed, shape, block, boxes }, spacing) => {
					const data = channels(seed, shape, boxes);
					const input = await writeVolume(folder, "float32", [3, ...shape], data);
					const steps = parseDecoding(raw);
					const facts = { channels: [0, 1, 2], depth: shape[0], sectionwise: false, spacing };
					const { labels, report } = await decoded(folder, input, programOf(steps, facts), block);
					const expected = decodeArray({ data, channels: 3, shape }, steps, { spacing, sectionwise: false });
					expect(labels).toEqual(expected.labels);
					expect(report.objects).toBe(expected.count);
				},
			),
			{ numRuns: 6 },
		);
	});
});
