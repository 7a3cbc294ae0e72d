/**
 * Zarr that is damaged or hostile: an error that names the chunk and the file, at once and without a large allocation.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NdArray, zeros } from "../../src/core/array.ts";
import { type Box, wholeBox } from "../../src/core/box.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import type { Layout } from "../../src/volume/volume.ts";
import { crc32c } from "../../src/volume/zarr/crc32c.ts";
import { zarr } from "../../src/volume/zarr/zarr.ts";
import { expectSame, noise } from "./conformance.ts";

const SHAPE = [8, 10, 12];
const LAYOUT: Layout = { chunks: [4, 4, 4], shards: [8, 8, 8], compression: "zstd" };
const SHARD = "c/0/0/0";
/** 2x2x2 chunks of 16 bytes, and a checksum. */
const INDEX_BYTES = 8 * 16 + 4;

let folder = "";
let count = 0;
const array = noise("uint16", SHAPE, 5);

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "nnvol-zarr-damage-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function made(layout: Layout = LAYOUT): Promise<string> {
	const path = join(folder, `${count++}.zarr`);
	const writer = await zarr.openRegions?.(path, { dtype: "uint16", shape: SHAPE, axes: "zyx", layout });
	await writer?.write([0, 0, 0], array);
	await writer?.close();
	return path;
}

async function load(path: string, box?: Box): Promise<NdArray> {
	const reader = await zarr.open(path);
	try {
		return await reader.read(box ?? wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

async function messageOf(work: Promise<unknown>): Promise<string> {
	const error: unknown = await work.then(
		() => undefined,
		(e: unknown) => e,
	);
	return isNnvolError(error, "VOLUME") ? error.message : `not a VOLUME error: ${String(error)}`;
}

/** One chunk alone, so that the index is read by itself; and the whole shard. */
const BOXES: readonly Box[] = [
	{ start: [0, 0, 0], stop: [2, 2, 2] },
	{ start: [0, 0, 0], stop: [8, 8, 8] },
];

async function expectDamage(path: string, wanted: RegExp): Promise<void> {
	for (const box of BOXES) {
		const message = await messageOf(load(path, box));
		expect(message).toMatch(wanted);
		expect(message).toContain(path);
		expect(message).toMatch(/chunk \[0, 0, 0\]/);
	}
}

/** Replaces the index entry of the first chunk, with the right checksum behind. */
function forgeIndex(path: string, offset: bigint, length: bigint): void {
	const file = join(path, SHARD);
	const bytes = readFileSync(file);
	const index = bytes.subarray(bytes.length - INDEX_BYTES);
	index.writeBigUInt64LE(offset, 0);
	index.writeBigUInt64LE(length, 8);
	index.writeUInt32LE(crc32c(index.subarray(0, INDEX_BYTES - 4)), INDEX_BYTES - 4);
	writeFileSync(file, bytes);
}

describe("zarr: damaged shards", () => {
	it("cut short, wherever", async () => {
		const path = await made();
		const file = join(path, SHARD);
		const bytes = readFileSync(file);
		for (const length of [0, 1, INDEX_BYTES - 1, INDEX_BYTES, INDEX_BYTES + 1, bytes.length - 1]) {
			writeFileSync(file, bytes);
			truncateSync(file, length);
			await expectDamage(path, /damaged/);
		}
		writeFileSync(file, bytes);
		expectSame(await load(path), array);
	});

	it("an index with a wrong checksum", async () => {
		const path = await made();
		const file = join(path, SHARD);
		const bytes = readFileSync(file);
		bytes[bytes.length - 10] = (bytes[bytes.length - 10] ?? 0) ^ 1;
		writeFileSync(file, bytes);
		await expectDamage(path, /crc32c checksum/);
	});

	it("an index that tells of more than there is", async () => {
		for (const [offset, length] of [
			[0n, 2n ** 40n],
			[2n ** 63n, 8n],
			[2n ** 64n - 2n, 2n ** 64n - 2n],
			[1_000_000n, 8n],
			[0n, 2n ** 31n],
		] as const) {
			const path = await made();
			forgeIndex(path, offset, length);
			await expectDamage(path, /damaged|tells of/);
		}
	});

	it("an index that points to other bytes", async () => {
		const path = await made();
		forgeIndex(path, 3n, 20n);
		await expectDamage(path, /cannot be decoded/);
	});

	it("any flipped byte gives an error or voxels of the same shape", async () => {
		const path = await made({ ...LAYOUT, compression: "gzip" });
		const file = join(path, SHARD);
		const bytes = readFileSync(file);
		await fc.assert(
			fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
				const damaged = Buffer.from(bytes);
				damaged[at] = (damaged[at] ?? 0) ^ mask;
				writeFileSync(file, damaged);
				const result = await load(path).catch((error: unknown) => error);
				if (result instanceof Error) expect(isNnvolError(result, "VOLUME") ? "VOLUME" : result).toBe("VOLUME");
				else expect(result).toMatchObject({ shape: SHAPE });
			}),
			{ numRuns: 80 },
		);
	});

	it("a shard that is missing reads as zeros, the others as they are", async () => {
		const path = await made();
		rmSync(join(path, SHARD));
		const found = await load(path);
		const zero = load(path, { start: [0, 0, 0], stop: [8, 8, 8] });
		expectSame(await zero, zeros("uint16", [8, 8, 8]));
		expect(found.data.at(-1)).toBe(array.data.at(-1));
	});
});

describe("zarr: hostile metadata", () => {
	const edits: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
		["extents beyond all memory", { shape: [2 ** 40, 2 ** 40, 2 ** 40] }, /cannot hold|memory/],
		["extents beyond exact numbers", { shape: [2 ** 60, 10, 12] }, /not valid at shape/],
		["shards of countless chunks", { chunk_grid: grid([4000, 4000, 4000]) }, /hold over|do not divide/],
		["shards that chunks do not divide", { chunk_grid: grid([6, 8, 8]) }, /do not divide/],
		["a codec that is unknown", { codecs: [{ name: "bytes" }, { name: "pcodec" }] }, /encoded with "pcodec"/],
		["no codec that makes bytes", { codecs: [{ name: "gzip", configuration: { level: 1 } }] }, /lack "bytes"/],
		[
			"a transposition of other axes",
			{ codecs: [{ name: "transpose", configuration: { order: [0, 0, 1] } }, { name: "bytes" }] },
			/transpose codec/,
		],
		[
			"a packed shard",
			{ codecs: [{ name: "sharding_indexed", configuration: {} }, { name: "gzip" }] },
			/encoded once more/,
		],
	];
	function grid(shape: readonly number[]) {
		return { name: "regular", configuration: { chunk_shape: shape } };
	}
	for (const [what, edit, wanted] of edits) {
		it(what, async () => {
			const path = await made();
			const file = join(path, "zarr.json");
			const document: object = JSON.parse(readFileSync(file, "utf8"));
			writeFileSync(file, JSON.stringify({ ...document, ...edit }));
			expect(await messageOf(load(path))).toMatch(wanted);
		});
	}

	it("chunks of the wrong size", async () => {
		const path = await made({ chunks: [8, 10, 12], compression: "none" });
		const file = join(path, SHARD);
		for (const bytes of [new Uint8Array(7), new Uint8Array(8 * 10 * 12 * 2 + 1), new Uint8Array()]) {
			writeFileSync(file, bytes);
			expect(await messageOf(load(path))).toMatch(/chunk \[0, 0, 0\] cannot be decoded.*expected 1920 bytes, found/);
		}
	});
});
