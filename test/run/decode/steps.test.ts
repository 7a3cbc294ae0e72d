import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import { decodeArray } from "../../../src/decode/decode-array.ts";
import { parseSteps } from "../../../src/decode/step.ts";
import { programOf } from "../../../src/decode/volume/program-of-steps.ts";
import { type RegionTable, regionStats } from "../../../src/image/region-stats.ts";
import { blobs, decoded, randomFrom, scene, writeVolume } from "./scene.ts";

let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-steps-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Two channels of values from 0 to 1 that are high in boxes, smoothed a little, no two alike. */
function channels(seed: number, shape: Zyx, boxes: number): Float32Array<ArrayBuffer> {
	const voxels = sizeOf(shape);
	const random = randomFrom(seed + 7);
	const data = new Float32Array(2 * voxels);
	for (const channel of [0, 1]) {
		const mask = blobs(seed + channel, shape, boxes, 0.02);
		for (let i = 0; i < voxels; i++) {
			const around = [-1, 1, -shape[2], shape[2]].reduce((sum, offset) => sum + (mask[i + offset] ?? 0), 2 * mask[i]!);
			data[channel * voxels + i] = 0.05 + 0.13 * around + 0.12 * random();
		}
	}
	return data;
}

const SINGLE = [
	[{ name: "decode_connected_components", kwargs: { threshold: 0.5 } }],
	[{ name: "decode_connected_components", kwargs: { threshold: 0.5, connectivity: 6, min_size: 5 } }],
	[{ name: "decode_connected_components", kwargs: { threshold: 0.5, sectionwise: true } }],
	[{ name: "select_channels", kwargs: { channels: [1] } }, { name: "decode_connected_components" }],
	[{ name: "decode_connected_components" }, { name: "keep_largest", kwargs: { count: 2 } }],
	[
		{ name: "decode_connected_components", kwargs: { connectivity: 6 } },
		{ name: "remove_large", kwargs: { max_size: 200 } },
		{ name: "remove_small", kwargs: { min_size: 4 } },
		{ name: "keep_largest", kwargs: { count: 3 } },
	],
	[{ name: "decode_binary_watershed", kwargs: { threshold: 0.4, seed_threshold: 0.75, min_seed_size: 3 } }],
	[
		{
			name: "decode_binary_watershed",
			kwargs: { threshold: 0.3, seed_threshold: 0.8, min_seed_size: 0, min_size: 20, sectionwise: true },
		},
	],
	[
		{
			name: "decode_binary_contour_watershed",
			kwargs: { threshold: 0.4, seed_threshold: 0.6, contour_threshold: 0.6, min_seed_size: 2, min_size: 8 },
		},
		{ name: "keep_largest", kwargs: { count: 4 } },
	],
	[
		{ name: "decode_connected_components", kwargs: { threshold: 0.45, sectionwise: true } },
		{ name: "remove_small", kwargs: { min_size: 2 } },
		{ name: "section_stitch", kwargs: { threshold: 0.2 } },
		{ name: "remove_small", kwargs: { min_size: 12 } },
	],
	[
		{
			name: "decode_binary_watershed",
			kwargs: { threshold: 0.4, seed_threshold: 0.7, min_seed_size: 2, sectionwise: true },
		},
		{ name: "section_stitch", kwargs: { threshold: 0.3, measure: "smaller", join: "all" } },
	],
];

describe("steps over a written volume", () => {
	test.each(SINGLE.map((steps) => [steps.map(({ name }) => name).join(", "), steps] as const))(
		"%s are as in memory",
		async (_, raw) => {
			await fc.assert(
				fc.asyncProperty(scene, async ({ seed, shape, block, boxes }) => {
					const data = channels(seed, shape, boxes);
					const input = await writeVolume(folder, "float32", [2, ...shape], data);
					const steps = parseSteps(raw);
					const program = programOf(steps, { channels: [0, 1], depth: shape[0], sectionwise: false });
					const { labels, report } = await decoded(folder, input, program, block);
					const expected = decodeArray({ data, channels: 2, shape }, steps, { spacing: [1, 1, 1], sectionwise: false });
					expect(labels).toEqual(expected.labels);
					expect(report.objects).toBe(expected.count);
				}),
				{ numRuns: 8 },
			);
		},
	);

	test.each([
		[[{ name: "decode_binary_watershed", kwargs: { threshold: 0.4, seed_threshold: 0.7 } }]],
		[[{ name: "decode_connected_components", kwargs: { sectionwise: true } }, { name: "section_stitch" }]],
	])("the table of what was joined or has grown is that of the whole array: %j", async (raw) => {
		await fc.assert(
			fc.asyncProperty(scene, async ({ seed, shape, block, boxes }) => {
				const data = channels(seed, shape, boxes);
				const input = await writeVolume(folder, "float32", [2, ...shape], data);
				const steps = parseSteps(raw);
				const program = programOf(steps, { channels: [1, 0], depth: shape[0], sectionwise: false });
				const tables: RegionTable[] = [];
				const take = async (table: RegionTable) => {
					tables.push(table);
				};
				const { labels } = await decoded(folder, input, program, block, { objects: { channel: 1, take } });
				if (!(labels instanceof Uint32Array)) throw new TypeError("uint32 expected");
				const values = data.subarray(sizeOf(shape));
				expect(tables).toEqual([regionStats(labels, shape, [0, 0, 0], shape, values)]);
			}),
			{ numRuns: 8 },
		);
	});

	test("a step that needs the whole volume is named", () => {
		const facts = { channels: [0], depth: 3, sectionwise: false };
		const stitched = parseSteps([{ name: "decode_connected_components" }, { name: "section_stitch" }]);
		expect(() => programOf(stitched, facts)).toThrow(/section_stitch of objects that span sections/);
		const affinity = parseSteps([{ name: "decode_affinity_cc" }]);
		expect(() => programOf(affinity, facts)).toThrow(/decode_affinity_cc is not built/);
	});
});
