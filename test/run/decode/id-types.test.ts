/**
 * Element types of ids, and tables that are wanted of what was begun without one.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wholeBox } from "../../../src/core/box.ts";
import type { Zyx } from "../../../src/core/shape.ts";
import { placeOf } from "../../../src/decode/volume/voxel-place.ts";
import { components } from "../../../src/image/components.ts";
import type { RegionTable } from "../../../src/image/region-table.ts";
import type { DecodeOptions } from "../../../src/run/decode/decode-options.ts";
import { decodeVolume } from "../../../src/run/decode/decode-volume.ts";
import { openVolume } from "../../../src/volume/formats.ts";
import { blobs, COMPONENTS, freshPath, writeVolume } from "./scene.ts";

let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-ids-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SHAPE: Zyx = [24, 40, 40];

async function decode(input: string, path: string, more: Partial<DecodeOptions> = {}) {
	const reader = await openVolume(input);
	await reader.close();
	return decodeVolume(placeOf(reader.info, 1), { path, format: "zarr" }, COMPONENTS, {
		memory: 2e9,
		block: [8, 16, 16],
		layout: { chunks: [8, 8, 8] },
		...more,
	});
}

/** The voxels of a volume, of any type, as numbers. */
async function idsIn(path: string): Promise<number[]> {
	const reader = await openVolume(path);
	try {
		return Array.from((await reader.read(wholeBox(reader.info.shape))).data, Number);
	} finally {
		await reader.close();
	}
}

/** Breaks off after each block or two of a pass, and goes on until it is done; gives how often. */
async function inTries(input: string, path: string, more: Partial<DecodeOptions>): Promise<number> {
	for (let stops = 0; stops < 100; stops++) {
		const controller = new AbortController();
		let first: number | undefined;
		let pass = "";
		const onBlock = (name: string, done: number) => {
			if (name !== pass) [pass, first] = [name, done];
			if (name !== "scaling" && done > (first ?? 0)) controller.abort();
		};
		try {
			await decode(input, path, { ...more, onBlock, signal: controller.signal });
			return stops;
		} catch (error) {
			expect(error).toMatchObject({ code: "CANCELLED" });
		}
	}
	throw new Error("it never ends");
}

describe("ids of a decoding", () => {
	test.each(["uint16", "uint64"] as const)("as %s are those of uint32, broken off and with scales", async (ids) => {
		const shape: Zyx = [24, 70, 140]; // several blocks where the result is staged, too
		const mask = blobs(5, shape, 20, 0.01);
		const input = await writeVolume(folder, "uint8", shape, mask);
		const expected = Array.from(components(mask, shape, 3).labels);
		const path = freshPath(folder, ".zarr");
		expect(await inTries(input, path, { ids, pyramid: 2, block: [24, 40, 40] })).toBeGreaterThan(3);
		const reader = await openVolume(path);
		await reader.close();
		expect(reader.info).toMatchObject({ dtype: ids, chunks: [8, 8, 8] });
		expect(reader.info.scales?.map(({ shape }) => shape)).toEqual([
			[24, 70, 140],
			[12, 35, 70],
			[6, 18, 35],
		]);
		expect(await idsIn(path)).toEqual(expected);
		expect(await decode(input, path, { ids, pyramid: 2, block: [24, 40, 40] })).toMatchObject({ skipped: true });
	});

	test("a table that is wanted later is made of what is the caller's own", async () => {
		const mask = blobs(6, SHAPE, 20, 0.01);
		const input = await writeVolume(folder, "uint8", SHAPE, mask);
		const path = freshPath(folder, ".zarr");
		const controller = new AbortController();
		const onBlock = (pass: string, done: number) => {
			if (pass === "writing" && done > 3) controller.abort();
		};
		await expect(decode(input, path, { onBlock, signal: controller.signal })).rejects.toMatchObject({
			code: "CANCELLED",
		});
		const tables: RegionTable[] = [];
		const objects = {
			channel: 0,
			take: async (table: RegionTable) => {
				tables.push(table);
			},
		};
		await expect(decode(input, path, { objects })).rejects.toMatchObject({ code: "CONFIG" });
		expect(await decode(input, path, { objects, isOwn: true })).toMatchObject({ skipped: false });
		const { labels, count, sizes } = components(mask, SHAPE, 3);
		expect(await idsIn(path)).toEqual(Array.from(labels));
		expect(tables.map((table) => [...table.voxels])).toEqual([[...sizes.subarray(1, count + 1)]]);
	});
});
