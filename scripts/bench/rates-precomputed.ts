/**
 * Rates of reading and writing precomputed and N5, beside cloud-volume and tensorstore: they take turns, the fastest turn
 * counts.
 *
 *     npx tsx scripts/bench/rates-precomputed.ts [--python PYTHON] [--rounds 3] [--only FORMAT]
 *
 * Boxes of 64x512x512 from and to memory, files in the page cache. One JSON line a codec and direction: {format, codec, op,
 * mb_per_s, python_mb_per_s, tensorstore_mb_per_s}; `python` is cloud-volume, which knows no N5 and writes no shards. Ours
 * flushes what it writes to disk; the others do not.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type NdArray, ndarray } from "../../src/core/array.ts";
import { DTYPES, viewAs } from "../../src/core/dtype.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { n5 } from "../../src/volume/n5/n5.ts";
import { precomputed } from "../../src/volume/precomputed/precomputed.ts";
import type { Compression, VolumeFormat } from "../../src/volume/volume.ts";
import { Python, timed } from "./python-turns.ts";

const SHAPE = [128, 512, 512];
const BOX = [64, 512, 512];
const CHUNKS = [64, 64, 64];
const SHARDS = [64, 128, 128];

type Case = {
	readonly format: VolumeFormat;
	readonly codec: string;
	readonly dtype: "uint8" | "uint64";
	readonly compression: Compression;
	readonly sharded?: boolean;
};

const CASES: readonly Case[] = [
	{ format: precomputed, codec: "raw", dtype: "uint8", compression: "none" },
	{ format: precomputed, codec: "gzip", dtype: "uint8", compression: "gzip", sharded: true },
	{ format: precomputed, codec: "compressed_segmentation", dtype: "uint64", compression: "compressed_segmentation" },
	{ format: n5, codec: "raw", dtype: "uint8", compression: "none" },
	{ format: n5, codec: "gzip", dtype: "uint8", compression: "gzip" },
	{ format: n5, codec: "zstd", dtype: "uint8", compression: "zstd" },
	{ format: n5, codec: "blosc (zstd)", dtype: "uint8", compression: "blosc" },
];

async function readAll(format: VolumeFormat, path: string): Promise<void> {
	const reader = await format.open(path);
	for (let z = 0; z < (SHAPE[0] ?? 0); z += 64) await reader.read({ start: [z, 0, 0], stop: [z + 64, 512, 512] });
	await reader.close();
}

async function writeAll(path: string, { format, dtype, compression, sharded }: Case, box: NdArray): Promise<void> {
	const layout = { chunks: CHUNKS, compression, ...(sharded ? { shards: SHARDS } : {}) };
	const writer = await format.openRegions?.(path, { dtype, shape: SHAPE, axes: "zyx", layout });
	for (let z = 0; z < (SHAPE[0] ?? 0); z += BOX[0] ?? 1) await writer?.write([z, 0, 0], box);
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
const python = new Python(options.python, "rates-precomputed.py");
try {
	for (const each of CASES) {
		if (options.only === undefined || options.only === each.format.name) await measure(each);
	}
} finally {
	python.end();
	rmSync(folder, { recursive: true, force: true });
}

async function measure(each: Case): Promise<void> {
	const { format, dtype, codec } = each;
	const made = join(folder, "made");
	const ours = join(folder, "ours");
	rmSync(made, { recursive: true, force: true });
	const job = { format: format.name, shape: SHAPE, box: BOX, dtype, from: made };
	await python.ask({ ...job, op: "content", path: join(folder, "box") });
	const box = ndarray(dtype, BOX, viewAs(dtype, readFileSync(join(folder, "box"))));
	await writeAll(made, each, box);
	const libraries = format.name === "precomputed" ? ["cloud-volume", "tensorstore"] : ["tensorstore"];
	const best = new Map<string, number>();
	const note = (name: string, seconds: number) =>
		best.set(name, Math.min(seconds, best.get(name) ?? Number.POSITIVE_INFINITY));
	for (let round = 0; round < Number(options.rounds); round++) {
		note("read", await timed(() => readAll(format, made)));
		for (const library of libraries)
			note(`read ${library}`, await python.ask({ ...job, op: "read", path: made, library }));
		rmSync(ours, { recursive: true, force: true });
		note("write", await timed(() => writeAll(ours, each, box)));
		for (const library of libraries) {
			if (each.sharded === true && library === "cloud-volume") continue;
			note(`write ${library}`, await python.ask({ ...job, op: "write", path: join(folder, "theirs"), library }));
		}
	}
	const megabytes = (sizeOf(SHAPE) * DTYPES[dtype].bytes) / 1e6;
	const rate = (name: string) => {
		const seconds = best.get(name);
		return seconds === undefined ? undefined : Math.round(megabytes / seconds);
	};
	for (const op of ["read", "write"]) {
		const rates = {
			mb_per_s: rate(op),
			python_mb_per_s: rate(`${op} cloud-volume`),
			tensorstore_mb_per_s: rate(`${op} tensorstore`),
		};
		console.log(
			JSON.stringify({ format: format.name, codec: `${codec}${each.sharded ? ", sharded" : ""}`, op, ...rates }),
		);
	}
}
