import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ndarray } from "../../../src/core/array.ts";
import { wholeBox } from "../../../src/core/box.ts";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import type { VolumeProgram } from "../../../src/decode/volume/program.ts";
import { placeOf } from "../../../src/decode/volume/voxel-place.ts";
import { type Connectivity, components, removeSmall } from "../../../src/image/components.ts";
import { fillHoles } from "../../../src/image/fill-holes.ts";
import { type RegionTable, regionStats } from "../../../src/image/region-stats.ts";
import { type DecodeOptions, decodeVolume } from "../../../src/run/decode/decode-volume.ts";
import { formatByName, openVolume } from "../../../src/volume/formats.ts";
import type { FormatName } from "../../../src/volume/volume.ts";

let folder = "";
let count = 0;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-decode-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeMask(mask: Uint8Array<ArrayBuffer>, shape: Zyx): Promise<string> {
	const path = join(folder, `in${count++}.zarr`);
	const spec = {
		dtype: "uint8",
		shape,
		axes: "zyx",
		layout: { chunks: [7, 8, 9].map((c, a) => Math.min(c, shape[a]!)) },
	} as const;
	const writer = await (await formatByName("zarr")).create(path, spec);
	await writer.write([0, 0, 0], ndarray("uint8", shape, mask));
	await writer.finish();
	return path;
}

async function readAll(path: string): Promise<Uint8Array | Uint32Array> {
	const reader = await openVolume(path);
	try {
		const { data } = await reader.read(wholeBox(reader.info.shape));
		if (data instanceof Uint32Array || data instanceof Uint8Array) return data;
		throw new TypeError("labels expected");
	} finally {
		await reader.close();
	}
}

/** Decodes `input` in blocks of `block`; the output's chunks are tiny, so that blocks may be. */
async function decoded(input: string, program: VolumeProgram, block: Zyx, more: Partial<DecodeOptions> = {}) {
	const reader = await openVolume(input);
	const place = placeOf(reader.info, 1);
	await reader.close();
	const path = join(folder, `out${count++}.zarr`);
	const layout = { chunks: [3, 4, 4] };
	const report = await decodeVolume(place, { path, format: "zarr" }, program, { memory: 2e9, block, layout, ...more });
	return { report, labels: await readAll(path), path };
}

/** Blobs of random boxes, so that objects span blocks and enclose holes. */
function blobs(seed: number, shape: Zyx, boxes: number, noise: number): Uint8Array<ArrayBuffer> {
	let state = seed >>> 0 || 1;
	const random = () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
	const mask = new Uint8Array(sizeOf(shape));
	const [depth, height, width] = shape;
	for (let n = 0; n < boxes; n++) {
		const from = shape.map((extent) => Math.floor(random() * extent));
		const size = shape.map((extent) => 1 + Math.floor((random() * extent) / 2));
		const isHollow = random() < 0.5;
		for (let z = from[0]!; z < Math.min(depth, from[0]! + size[0]!); z++)
			for (let y = from[1]!; y < Math.min(height, from[1]! + size[1]!); y++)
				for (let x = from[2]!; x < Math.min(width, from[2]! + size[2]!); x++) {
					const edge = [z, y, x].some((at, axis) => at === from[axis] || at === from[axis]! + size[axis]! - 1);
					mask[(z * height + y) * width + x] = isHollow && !edge ? 0 : 1;
				}
	}
	for (let i = 0; i < mask.length; i++) if (random() < noise) mask[i] = 1 - (mask[i] ?? 0);
	return mask;
}

const scene = fc.record({
	seed: fc.nat(),
	shape: fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 2, max: 18 }), fc.integer({ min: 2, max: 18 })),
	block: fc.tuple(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })),
	boxes: fc.integer({ min: 0, max: 12 }),
	noise: fc.constantFrom(0, 0.02, 0.3),
});

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
					const { labels, report } = await decoded(await writeMask(mask, shape), where({ connectivity }), block);
					const expected = components(mask, shape, connectivity);
					expect(report.objects).toBe(expected.count);
					expect(labels).toEqual(expected.labels);
				},
			),
			{ numRuns: 60 },
		);
	});

	test("sizes are those of whole objects", async () => {
		await fc.assert(
			fc.asyncProperty(
				scene,
				fc.integer({ min: 1, max: 60 }),
				async ({ seed, shape, block, boxes, noise }, atLeast) => {
					const mask = blobs(seed, shape, boxes, noise);
					const { labels } = await decoded(await writeMask(mask, shape), where({ filters: [{ atLeast }] }), block);
					expect(labels).toEqual(components(removeSmall(mask, shape, atLeast), shape).labels);
				},
			),
			{ numRuns: 25 },
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
				const { labels } = await decoded(await writeMask(mask, shape), where({}), block, { objects });
				if (!(labels instanceof Uint32Array)) throw new TypeError("uint32 expected");
				expect(tables).toEqual([regionStats(labels, shape, [0, 0, 0], shape, Float32Array.from(mask))]);
			}),
			{ numRuns: 25 },
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
				};
				const { labels } = await decoded(await writeMask(mask, shape), program, block);
				const plane = shape[0] === 1 ? shape.slice(1) : shape;
				expect(labels).toEqual(fillHoles(removeSmall(mask, plane, small), plane));
			}),
			{ numRuns: 40 },
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
		const input = await writeMask(mask, shape);
		const reader = await openVolume(input);
		const path = join(folder, `formats${ending}`);
		const target = { path, format };
		await decodeVolume(placeOf(reader.info, 1), target, where({}), { memory: 2e9, block: [8, 8, 8] });
		await reader.close();
		expect(await readAll(path)).toEqual(components(mask, shape).labels);
	});
});
