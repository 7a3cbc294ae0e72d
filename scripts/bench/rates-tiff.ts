/**
 * Rates of TIFF stacks beside tifffile, and of PNG sections beside Pillow: the two take turns, the fastest turn counts.
 *
 *     npx tsx scripts/bench/rates-tiff.ts [--python PYTHON] [--rounds 3] [--only CODEC]
 *
 * 32 sections of 1024x1024 in slabs of 8, from and to memory, files in the page cache. One JSON line a codec, type and
 * direction: {format, codec, dtype, op, mb_per_s, python_mb_per_s}. Ours flushes what it writes to disk; the others do not.
 * Both sides of "deflate" write at zlib's level 6; of PNG ours does, Pillow at 1.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cut, type NdArray, zeros } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { formatByName, openVolume } from "../../src/volume/formats.ts";
import type { Compression } from "../../src/volume/volume.ts";
import { Python, timed } from "./python-turns.ts";

const SHAPE = [32, 1024, 1024];
const SLAB = 8;

type Case = {
	readonly format: "tiff" | "png";
	readonly codec: string;
	readonly dtype: "uint8" | "uint16";
	/** Undefined where it is only read. */
	readonly compression?: Compression;
};

const CASES: readonly Case[] = (["uint8", "uint16"] as const).flatMap((dtype): Case[] => [
	{ format: "tiff", codec: "raw", dtype, compression: "none" },
	{ format: "tiff", codec: "deflate", dtype, compression: "gzip" },
	{ format: "tiff", codec: "zstd", dtype, compression: "zstd" },
	{ format: "tiff", codec: "lzw+predictor", dtype },
	{ format: "png", codec: "png", dtype, compression: "gzip" },
]);

/** The slabs of `box`, first to last. */
function slabsOf(shape: readonly number[]): { start: number[]; stop: number[] }[] {
	const [depth = 0, height = 0, width = 0] = shape;
	return Array.from({ length: Math.ceil(depth / SLAB) }, (_, i) => ({
		start: [i * SLAB, 0, 0],
		stop: [Math.min(depth, (i + 1) * SLAB), height, width],
	}));
}

async function readAll(name: string): Promise<void> {
	const reader = await openVolume(name);
	for (const box of slabsOf(reader.info.shape)) await reader.read(box);
	await reader.close();
}

async function writeAll(name: string, { format, compression, dtype }: Case, slabs: readonly NdArray[]): Promise<void> {
	const made = await formatByName(format === "png" ? "sections" : "tiff");
	const layout = compression === undefined ? {} : { layout: { compression } };
	const writer = await made.create(name, { dtype, shape: SHAPE, axes: "zyx", ...layout });
	for (const [i, slab] of slabs.entries()) await writer.write([i * SLAB, 0, 0], slab);
	await writer.finish();
}

const { values: options } = parseArgs({
	options: {
		python: { type: "string", default: "python3" },
		rounds: { type: "string", default: "3" },
		only: { type: "string" },
	},
});
const folder = mkdtempSync(join(tmpdir(), "nnvol-rates-"));
const python = new Python(options.python, "rates-tiff.py");
try {
	for (const each of CASES) if ((options.only ?? each.codec) === each.codec) await measure(each);
} finally {
	python.end();
	rmSync(folder, { recursive: true, force: true });
}

async function measure(each: Case): Promise<void> {
	const { format, codec, dtype, compression } = each;
	const isPng = format === "png";
	const made = join(folder, isPng ? "made" : "made.tif");
	const job = { format, codec, dtype, shape: SHAPE, slab: SLAB };
	const name = isPng ? `stack:${made}/*.png` : made;
	await python.ask({ ...job, op: "make", path: made });
	const whole = zeros(dtype, SHAPE);
	const reader = await openVolume(name);
	whole.data.set(Array.from((await reader.read(wholeBox(SHAPE))).data, Number));
	await reader.close();
	const slabs = slabsOf(SHAPE).map((box) => cut(whole, box));
	const best = new Map<string, number>();
	const note = (key: string, seconds: number) =>
		best.set(key, Math.min(seconds, best.get(key) ?? Number.POSITIVE_INFINITY));
	for (let round = 0; round < Number(options.rounds); round++) {
		note("read", await timed(() => readAll(name)));
		note("read python", await python.ask({ ...job, op: "read", path: made }));
		if (compression === undefined) continue;
		const ours = join(folder, "ours");
		rmSync(ours, { recursive: true, force: true });
		if (isPng) mkdirSync(ours);
		note("write", await timed(() => writeAll(isPng ? `stack:${ours}/{z}.png` : ours, each, slabs)));
		note(
			"write python",
			await python.ask({ ...job, op: "write", path: join(folder, isPng ? "theirs" : "theirs.tif") }),
		);
	}
	const megabytes = whole.data.byteLength / 1e6;
	const rate = (key: string) => Math.round(megabytes / (best.get(key) ?? Number.NaN));
	for (const op of ["read", ...(compression === undefined ? [] : ["write"])]) {
		console.log(
			JSON.stringify({ format, codec, dtype, op, mb_per_s: rate(op), python_mb_per_s: rate(`${op} python`) }),
		);
	}
	rmSync(made, { recursive: true });
}
