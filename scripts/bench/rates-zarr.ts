/**
 * Rates of reading and writing Zarr, beside zarr-python and tensorstore: the three take turns, the fastest turn counts.
 *
 *     npx tsx scripts/bench/rates-zarr.ts [--python PYTHON] [--rounds 3] [--only CODEC]
 *
 * uint8 boxes of 64x1024x1024 from and to memory, files in the page cache. One JSON line a codec and direction:
 * {format, codec, op, mb_per_s, python_mb_per_s, tensorstore_mb_per_s}. Ours flushes what it writes to disk; the others do not.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { NdArray } from "../../src/core/array.ts";
import type { Compression } from "../../src/volume/volume.ts";
import { zarr } from "../../src/volume/zarr/zarr.ts";
import { Python, timed } from "./python-turns.ts";

const SHAPE = [128, 1024, 1024];
const BOX = [64, 1024, 1024];
const MEGABYTES = (128 * 1024 * 1024) / 1e6;
const CHUNKS = [64, 64, 64];
const SHARDS = [64, 512, 512];

type Case = {
	readonly codec: string;
	/** Undefined where it is only read. */
	readonly compression?: Compression;
	readonly sharded?: boolean;
};

const CASES: readonly Case[] = [
	{ codec: "raw", compression: "none" },
	{ codec: "gzip", compression: "gzip" },
	{ codec: "zstd", compression: "zstd" },
	{ codec: "blosc-zstd", compression: "blosc" },
	{ codec: "blosc-lz4" },
	{ codec: "raw", compression: "none", sharded: true },
	{ codec: "zstd", compression: "zstd", sharded: true },
	{ codec: "blosc-zstd", compression: "blosc", sharded: true },
];

async function readAll(path: string): Promise<NdArray> {
	const reader = await zarr.open(path);
	let last: NdArray | undefined;
	for (let z = 0; z < (SHAPE[0] ?? 0); z += 64) {
		last = await reader.read({ start: [z, 0, 0], stop: [z + 64, 1024, 1024] });
	}
	await reader.close();
	if (last === undefined) throw new Error("nothing was read");
	return last;
}

async function writeAll(path: string, { compression, sharded }: Case, box: NdArray): Promise<void> {
	const layout = { chunks: CHUNKS, ...(sharded ? { shards: SHARDS } : {}), ...(compression ? { compression } : {}) };
	const writer = await zarr.openRegions?.(path, { dtype: "uint8", shape: SHAPE, axes: "zyx", layout });
	for (let z = 0; z < (SHAPE[0] ?? 0); z += 64) await writer?.write([z, 0, 0], box);
	await writer?.finish();
	await writer?.close();
}

const { values: options } = parseArgs({
	options: {
		python: { type: "string", default: "python3" },
		rounds: { type: "string", default: "3" },
		only: { type: "string" },
	},
});
const folder = mkdtempSync(join(tmpdir(), "nnvol-rates-"));
const python = new Python(options.python, "rates-zarr.py");
try {
	for (const each of CASES) {
		if (options.only !== undefined && options.only !== each.codec) continue;
		await measure(each);
	}
} finally {
	python.end();
	rmSync(folder, { recursive: true, force: true });
}

async function measure(each: Case): Promise<void> {
	const job = {
		codec: each.codec,
		shape: SHAPE,
		box: BOX,
		chunks: CHUNKS,
		...(each.sharded ? { shards: SHARDS } : {}),
	};
	const made = join(folder, "made.zarr");
	await python.ask({ ...job, op: "make", path: made, library: "zarr" });
	const box = await readAll(made);
	const best = new Map<string, number>();
	const note = (name: string, seconds: number) =>
		best.set(name, Math.min(seconds, best.get(name) ?? Number.POSITIVE_INFINITY));
	for (let round = 0; round < Number(options.rounds); round++) {
		note("read", await timed(async () => void (await readAll(made))));
		for (const library of ["zarr", "tensorstore"])
			note(`read ${library}`, await python.ask({ ...job, op: "read", path: made, library }));
		const ours = join(folder, "ours.zarr");
		rmSync(ours, { recursive: true, force: true });
		if (each.compression !== undefined) note("write", await timed(() => writeAll(ours, each, box)));
		for (const library of ["zarr", "tensorstore"])
			note(`write ${library}`, await python.ask({ ...job, op: "write", path: join(folder, "theirs.zarr"), library }));
	}
	const rate = (name: string) => Math.round(MEGABYTES / (best.get(name) ?? Number.NaN));
	for (const op of ["read", ...(each.compression === undefined ? [] : ["write"])]) {
		const codec = `${each.codec}${each.sharded ? ", sharded" : ""}`;
		console.log(
			JSON.stringify({
				format: "zarr",
				codec,
				op,
				mb_per_s: rate(op),
				python_mb_per_s: rate(`${op} zarr`),
				tensorstore_mb_per_s: rate(`${op} tensorstore`),
			}),
		);
	}
}
