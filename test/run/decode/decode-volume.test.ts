import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Zyx } from "../../../src/core/shape.ts";
import type { VolumeProgram } from "../../../src/decode/volume/program.ts";
import { placeOf } from "../../../src/decode/volume/voxel-place.ts";
import { type Connectivity, components, labelledComponents, removeSmall } from "../../../src/image/components.ts";
import { fillHoles } from "../../../src/image/fill-holes.ts";
import { type RegionTable, regionStats } from "../../../src/image/region-stats.ts";
import { decodeVolume } from "../../../src/run/decode/decode-volume.ts";
import { openVolume } from "../../../src/volume/formats.ts";
import type { FormatName } from "../../../src/volume/volume.ts";
import { blobs, decoded, readAll, scene, writeVolume } from "./scene.ts";

let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-decode-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const where = (program: Partial<VolumeProgram>) =>
	({
		kind: "components",
		foreground: { kind: "where", conditions: [{ channel: 0, above: 0.5 }] },
		connectivity: 1,
		flat: false,
		filters: [],
		...program,
	}) as VolumeProgram;

describe("components of a written volume", () => {
	test("are those of the whole array, ids and all, whatever the blocks", async () => {
		await fc.assert(
			fc.asyncProperty(
				scene,
				fc.constantFrom<Connectivity>(1, 2, 3),
				async ({ seed, shape, block, boxes, noise }, connectivity) => {
					const mask = blobs(seed, shape, boxes, noise);
					const { labels, report } = await decoded(
						folder,
						await writeVolume(folder, "uint8", shape, mask),
						where({ connectivity }),
						block,
					);
					const expected = components(mask, shape, connectivity);
					expect(report.objects).toBe(expected.count);
					expect(labels).toEqual(expected.labels);
				},
			),
			{ numRuns: 30 },
		);
	});

	test("of several labels end where labels do", async () => {
		await fc.assert(
			fc.asyncProperty(
				scene,
				fc.constantFrom<Connectivity>(1, 2, 3),
				async ({ seed, shape, block, boxes, noise }, connectivity) => {
					const other = blobs(seed + 1, shape, boxes, noise);
					const values = Uint32Array.from(
						blobs(seed, shape, boxes, noise),
						(value, i) => value * 7 + other[i]! * 70000,
					);
					const foreground = { kind: "labels", channel: 0 } as const;
					const input = await writeVolume(folder, "uint32", shape, values);
					const { labels } = await decoded(folder, input, where({ connectivity, foreground }), block);
					expect(labels).toEqual(labelledComponents(values, shape, connectivity).labels);
				},
			),
			{ numRuns: 12 },
		);
	});

	test("sizes are those of whole objects", async () => {
		await fc.assert(
			fc.asyncProperty(
				scene,
				fc.integer({ min: 1, max: 60 }),
				async ({ seed, shape, block, boxes, noise }, atLeast) => {
					const mask = blobs(seed, shape, boxes, noise);
					const { labels } = await decoded(
						folder,
						await writeVolume(folder, "uint8", shape, mask),
						where({ filters: [{ atLeast }] }),
						block,
					);
					expect(labels).toEqual(components(removeSmall(mask, shape, atLeast), shape).labels);
				},
			),
			{ numRuns: 12 },
		);
	});

	test("the table of objects is that of the whole array", async () => {
		await fc.assert(
			fc.asyncProperty(scene, async ({ seed, shape, block, boxes, noise }) => {
				const mask = blobs(seed, shape, boxes, noise);
				const tables: RegionTable[] = [];
				const objects = {
					channel: 0,
					take: async (found: RegionTable) => {
						tables.push(found);
					},
				};
				const { labels } = await decoded(folder, await writeVolume(folder, "uint8", shape, mask), where({}), block, {
					objects,
				});
				if (!(labels instanceof Uint32Array)) throw new TypeError("uint32 expected");
				expect(tables).toEqual([regionStats(labels, shape, [0, 0, 0], shape, Float32Array.from(mask))]);
			}),
			{ numRuns: 12 },
		);
	});
});

describe("masks of a written volume", () => {
	test("small objects and holes are those of the whole volume", async () => {
		await fc.assert(
			fc.asyncProperty(scene, fc.integer({ min: 0, max: 40 }), async ({ seed, shape, block, boxes, noise }, small) => {
				const mask = blobs(seed, shape, boxes, noise);
				const program: VolumeProgram = {
					kind: "binary",
					conditions: [{ channel: 0, above: 0.5 }],
					removeSmall: small,
					fillHoles: true,
					flat: false,
					value: 1,
					dtype: "uint8",
				};
				const { labels } = await decoded(folder, await writeVolume(folder, "uint8", shape, mask), program, block);
				const plane = shape[0] === 1 ? shape.slice(1) : shape;
				expect(labels).toEqual(fillHoles(removeSmall(mask, plane, small), plane));
			}),
			{ numRuns: 15 },
		);
	});
});

describe("formats", () => {
	test.each<[FormatName, string]>([
		["zarr", ".zarr"],
		["n5", ".n5"],
		["hdf5", ".h5"],
		["tiff", ".tif"],
		["nifti", ".nii.gz"],
		["precomputed", ".precomputed"],
	])("%s", async (format, ending) => {
		const shape: Zyx = [20, 24, 28];
		const mask = blobs(5, shape, 9, 0.01);
		const input = await writeVolume(folder, "uint8", shape, mask);
		const reader = await openVolume(input);
		const path = join(folder, `formats${ending}`);
		const target = { path, format };
		await decodeVolume(placeOf(reader.info, 1), target, where({}), { memory: 2e9, block: [8, 8, 8] });
		await reader.close();
		expect(await readAll(path)).toEqual(components(mask, shape).labels);
	});
});
