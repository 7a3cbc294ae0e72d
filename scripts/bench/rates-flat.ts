/**
 * Rates of reading and writing NIfTI, NRRD and MetaImage in slabs, beside nibabel and SimpleITK: they take turns, the
 * fastest turn counts.
 *
 *     npx tsx scripts/bench/rates-flat.ts [--python PYTHON] [--rounds 3]
 *
 * int16 volumes of 128x1024x1024 from and to memory, files in the page cache, slabs of 16 sections here, the whole volume at
 * once there (SimpleITK has nothing else). One JSON line a format and direction: {format, codec, op, mb_per_s,
 * python_mb_per_s, python}. Ours flushes what it writes to disk; the others do not.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { NdArray } from "../../src/core/array.ts";
import { formatByName, formatOfName } from "../../src/volume/formats.ts";
import type { VolumeFormat, VolumeSpec } from "../../src/volume/volume.ts";
import { Python, timed } from "./python-turns.ts";

const SHAPE = [128, 1024, 1024] as const;
const SLAB = 16;
const MEGABYTES = (2 * SHAPE[0] * SHAPE[1] * SHAPE[2]) / 1e6;

type Case = { readonly name: string; readonly codec: "none" | "gzip"; readonly libraries: readonly string[] };

const CASES: readonly Case[] = [
	{ name: "a.nii", codec: "none", libraries: ["nibabel", "SimpleITK"] },
	{ name: "a.nii.gz", codec: "gzip", libraries: ["nibabel", "SimpleITK"] },
	{ name: "a.nrrd", codec: "none", libraries: ["SimpleITK"] },
	{ name: "b.nrrd", codec: "gzip", libraries: ["SimpleITK"] },
	{ name: "a.mha", codec: "none", libraries: ["SimpleITK"] },
	{ name: "b.mha", codec: "gzip", libraries: ["SimpleITK"] },
];

const { values: options } = parseArgs({
	options: { python: { type: "string", default: "python3" }, rounds: { type: "string", default: "3" } },
});
const folder = mkdtempSync(join(tmpdir(), "nnvol-rates-"));

async function formatFor(name: string): Promise<VolumeFormat> {
	return formatByName(formatOfName(name) ?? "nifti");
}

async function readAll(path: string): Promise<readonly NdArray[]> {
	const reader = await (await formatFor(path)).open(path);
	const slabs: NdArray[] = [];
	for (let z = 0; z < SHAPE[0]; z += SLAB) {
		slabs.push(await reader.read({ start: [z, 0, 0], stop: [z + SLAB, SHAPE[1], SHAPE[2]] }));
	}
	await reader.close();
	return slabs;
}

async function writeAll(path: string, codec: Case["codec"], slabs: readonly NdArray[]): Promise<void> {
	const layout = /nii/.test(path) ? {} : { layout: { compression: codec } };
	const spec: VolumeSpec = { dtype: "int16", shape: SHAPE, axes: "zyx", ...layout };
	const writer = await (await formatFor(path)).create(path, spec);
	for (const [i, slab] of slabs.entries()) await writer.write([i * SLAB, 0, 0], slab);
	await writer.finish();
}

async function measure(python: Python, { name, codec, libraries }: Case): Promise<void> {
	const made = join(folder, name);
	await python.ask({ op: "make", path: made, codec, shape: SHAPE, library: "SimpleITK" });
	const slabs = await readAll(made);
	const best = new Map<string, number>();
	const note = (what: string, seconds: number) =>
		best.set(what, Math.min(seconds, best.get(what) ?? Number.POSITIVE_INFINITY));
	for (let round = 0; round < Number(options.rounds); round++) {
		note("read", await timed(async () => void (await readAll(made))));
		note("write", await timed(() => writeAll(join(folder, `ours-${name}`), codec, slabs)));
		for (const library of libraries) {
			for (const op of ["read", "write"]) {
				const path = op === "read" ? made : join(folder, `theirs-${name}`);
				note(`${op} ${library}`, await python.ask({ op, path, codec, shape: SHAPE, library }));
			}
		}
	}
	const rate = (what: string) => Math.round(MEGABYTES / (best.get(what) ?? Number.NaN));
	for (const op of ["read", "write"]) {
		for (const library of libraries) {
			const facts = { mb_per_s: rate(op), python_mb_per_s: rate(`${op} ${library}`), python: library };
			console.log(JSON.stringify({ format: formatOfName(name), codec, op, ...facts }));
		}
	}
	rmSync(made);
}

const python = new Python(options.python, "rates-flat.py");
try {
	for (const each of CASES) await measure(python, each);
} finally {
	python.end();
	rmSync(folder, { recursive: true, force: true });
}
