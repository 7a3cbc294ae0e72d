/**
 * Rates of reading and writing HDF5, beside h5py (with hdf5plugin): the two take turns, the fastest turn counts.
 *
 *     npx tsx scripts/bench/rates-hdf5.ts [--python PYTHON] [--rounds 3] [--only CODEC]
 *
 * uint8 boxes of 64x1024x1024 from and to memory, two at once as a run reads them, files in the page cache. One JSON line a codec
 * and direction: {format, codec, op, mb_per_s, one_by_one_mb_per_s, python_mb_per_s, cpu_s_per_gb, python_cpu_s_per_gb}. Both flush
 * what they write to disk. On a busy machine the seconds of CPU, of all threads, tell more than the rates.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import type { NdArray } from "../../src/core/array.ts";
import { hdf5 } from "../../src/volume/hdf5/hdf5.ts";
import type { Compression, VolumeReader } from "../../src/volume/volume.ts";
import { Python } from "./python-turns.ts";

const SHAPE = [256, 1024, 1024];
const DEPTH = 64;
const STARTS = [0, 64, 128, 192];
const MEGABYTES = (256 * 1024 * 1024) / 1e6;
const CHUNKS = [64, 64, 64];

/** Codecs, with what ours is written with; undefined where it is only read. */
const CASES: readonly (readonly [string, Compression | undefined])[] = [
	["raw", "none"],
	["gzip", "gzip"],
	["blosc", undefined],
	["zstd", "zstd"],
	["lz4", "lz4"],
];

const Taken = z.object({ seconds: z.number(), cpu: z.number() });
type Taken = z.infer<typeof Taken>;

/** What a job took. */
const ask = async (job: object): Promise<Taken> => Taken.parse(await python.answer(job));

async function timed(work: () => Promise<unknown>): Promise<Taken> {
	const start = performance.now();
	const before = process.cpuUsage();
	await work();
	const { user, system } = process.cpuUsage(before);
	return { seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

const readBox = (reader: VolumeReader, z: number) =>
	reader.read({ start: [z, 0, 0], stop: [z + DEPTH, SHAPE[1] ?? 0, SHAPE[2] ?? 0] });

async function readAll(path: string, atOnce: number): Promise<NdArray> {
	const reader = await hdf5.open(path);
	const waiting: Promise<NdArray>[] = [];
	let last: NdArray | undefined;
	for (const z of STARTS) {
		waiting.push(readBox(reader, z));
		if (waiting.length >= atOnce) last = await waiting.shift();
	}
	for (const box of waiting) last = await box;
	await reader.close();
	if (last === undefined) throw new Error("nothing was read");
	return last;
}

async function writeAll(path: string, compression: Compression, box: NdArray): Promise<void> {
	const layout = { chunks: CHUNKS, compression };
	const writer = await hdf5.create(path, { dtype: "uint8", shape: SHAPE, axes: "zyx", layout });
	for (const z of STARTS) await writer.write([z, 0, 0], box);
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
const python = new Python(options.python, "rates-hdf5.py");
try {
	for (const [codec, compression] of CASES) {
		if (options.only === undefined || options.only === codec) await measure(codec, compression);
	}
} finally {
	python.end();
	rmSync(folder, { recursive: true, force: true });
}

async function measure(codec: string, compression: Compression | undefined): Promise<void> {
	const made = join(folder, "made.h5");
	const job = { codec, shape: SHAPE, chunks: CHUNKS, depth: DEPTH };
	await ask({ ...job, op: "make", path: made });
	const box = await readAll(made, 1);
	const best = new Map<string, number>();
	const least = (name: string, value: number) =>
		best.set(name, Math.min(value, best.get(name) ?? Number.POSITIVE_INFINITY));
	const note = (name: string, { seconds, cpu }: Taken) => {
		least(name, seconds);
		least(`${name} cpu`, cpu);
	};
	for (let round = 0; round < Number(options.rounds); round++) {
		note("read", await timed(() => readAll(made, 2)));
		note("read python", await ask({ ...job, op: "read", path: made }));
		note("read one", await timed(() => readAll(made, 1)));
		if (compression === undefined) continue;
		note("write", await timed(() => writeAll(join(folder, "ours.h5"), compression, box)));
		note("write python", await ask({ ...job, op: "write", path: join(folder, "theirs.h5") }));
	}
	const rate = (name: string) => Math.round(MEGABYTES / (best.get(name) ?? Number.NaN));
	const perGb = (name: string) => Number((((best.get(name) ?? Number.NaN) * 1000) / MEGABYTES).toFixed(2));
	for (const op of ["read", ...(compression === undefined ? [] : ["write"])]) {
		const one = op === "read" ? { one_by_one_mb_per_s: rate("read one") } : {};
		const rates = { mb_per_s: rate(op), ...one, python_mb_per_s: rate(`${op} python`) };
		const cpu = { cpu_s_per_gb: perGb(`${op} cpu`), python_cpu_s_per_gb: perGb(`${op} python cpu`) };
		console.log(JSON.stringify({ format: "hdf5", codec, op, ...rates, ...cpu }));
	}
}
