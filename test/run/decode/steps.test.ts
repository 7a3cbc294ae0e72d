import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sizeOf } from "../../../src/core/shape.ts";
import { decodeArray } from "../../../src/decode/decode-array.ts";
import { parseDecoding } from "../../../src/decode/step.ts";
import { programOf } from "../../../src/decode/volume/program-of-steps.ts";
import { type RegionTable, regionStats } from "../../../src/image/region-stats.ts";
import { channels, decoded, scene, writeVolume } from "./scene.ts";

let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-steps-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

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
					const steps = parseDecoding(raw);
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
				const steps = parseDecoding(raw);
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
});
