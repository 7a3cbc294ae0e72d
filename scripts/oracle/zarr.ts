import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { cut } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import type { Layout, VolumeSpec } from "../../src/volume/volume.ts";
import { buildPyramid } from "../../src/volume/zarr/pyramid.ts";
import { zarr } from "../../src/volume/zarr/zarr.ts";
import { askPython, smallValues } from "./python.ts";

const SCRIPT = join(import.meta.dirname, "zarr.py");
const SHAPE = [37, 50, 41];
const python = process.argv[2] ?? "python3";

const ask = (command: string, place: string): unknown[] => askPython(python, SCRIPT, command, place);

async function writeOurs(folder: string): Promise<number> {
	let count = 0;
	for (const dtype of zarr.writes) {
		for (const compression of ["none", "gzip", "zstd", "blosc", "lz4"] as const) {
			const base = { compression, chunks: [16, 20, 32] };
			const layouts: readonly (readonly [string, Layout])[] = [
				["v3", base],
				["v3-shard", { ...base, shards: [32, 40, 64] }],
				["v2", { ...base, zarrFormat: 2 }],
			];
			for (const [kind, layout] of layouts) {
				const name = `${kind}-${compression}-${dtype}`;
				await writeOne(
					join(folder, `${name}.zarr`),
					{ dtype, shape: SHAPE, axes: "zyx", spacing: [3, 1, 1], layout },
					count % 2 === 0,
				);
				count++;
			}
		}
	}
	return count;
}

async function writeOne(path: string, spec: VolumeSpec, byRegions: boolean): Promise<void> {
	const array = smallValues(spec.dtype, SHAPE);
	const start = [0, 0, 0];
	if (byRegions) {
		const regions = await zarr.openRegions?.(path, { ...spec, dataset: "data" });
		await regions?.write(start, array);
		await regions?.finish();
		await regions?.close();
		return;
	}
	const writer = await zarr.create(path, spec);
	for (let y = 0; y < 50; y += 17) {
		const box = { start: [0, y, 0], stop: [37, Math.min(50, y + 17), 41] };
		await writer.write(box.start, cut(array, box));
	}
	await writer.finish();
}

async function writePyramids(folder: string): Promise<void> {
	for (const kind of ["image", "labels"] as const) {
		for (const ome of ["0.4", "0.5"] as const) {
			for (const dtype of ["uint8", "int32", "float32"] as const) {
				const path = join(folder, `${kind}-${ome}-${dtype}.zarr`);
				const layout: Layout = { ome, chunks: [8, 16, 16], ...(ome === "0.5" ? { shards: [16, 32, 32] } : {}) };
				await writeOne(
					path,
					{ dtype, shape: SHAPE, axes: "zyx", spacing: [3, 1, 1], unit: "nanometer", layout },
					false,
				);
				await buildPyramid(path, { kind, levels: 5 });
			}
		}
	}
}

const line = z.object({ name: z.string(), reader: z.string(), ok: z.boolean(), found: z.string() });

async function readTheirs(folder: string): Promise<{ readonly read: number; readonly wrong: string[] }> {
	const made = z.array(z.object({ name: z.string() })).parse(ask("make", folder));
	const wrong: string[] = [];
	for (const { name } of made) {
		try {
			const reader = await zarr.open(join(folder, `${name}.zarr`));
			const found = await reader.read(wholeBox(reader.info.shape));
			await reader.close();
			const wanted = smallValues(found.dtype, found.shape);
			if (!found.data.every((value, n) => value === wanted.data[n])) wrong.push(`${name}: other voxels`);
		} catch (error) {
			wrong.push(`${name}: ${String(error)}`);
		}
	}
	return { read: made.length, wrong };
}

const folder = mkdtempSync(join(tmpdir(), "nnvol-oracle-"));
try {
	for (const part of ["ours", "pyramids", "theirs"]) mkdirSync(join(folder, part));
	const written = await writeOurs(join(folder, "ours"));
	const checks = z.array(line).parse(ask("check", join(folder, "ours")));
	// tensorstore has no plain lz4: it says so, and is not asked to agree
	const unable = checks.filter(({ name, reader, ok }) => !ok && reader === "tensorstore" && name.includes("-lz4-"));
	const bad = checks.filter((check) => !check.ok && !unable.includes(check));
	for (const { name, reader, found } of bad) console.log(`${name}: ${reader}: ${found}`);
	console.log(
		`written here: ${written} arrays, ${checks.length - bad.length - unable.length} of ${checks.length} readings agree, ${unable.length} not possible`,
	);
	await writePyramids(join(folder, "pyramids"));
	const levels = z.array(line).parse(ask("pyramids", join(folder, "pyramids")));
	for (const { name, found } of levels.filter(({ ok }) => !ok)) console.log(`${name}: ${found}`);
	console.log(`pyramids: ${levels.filter(({ ok }) => ok).length} of ${levels.length} levels as numpy makes them`);
	bad.push(...levels.filter(({ ok }) => !ok));
	const { read, wrong } = await readTheirs(join(folder, "theirs"));
	for (const each of wrong) console.log(each);
	console.log(`written by them: ${read} arrays, ${read - wrong.length} read alike`);
	if (bad.length + wrong.length > 0) process.exitCode = 1;
} finally {
	rmSync(folder, { recursive: true, force: true });
}
