import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { bytesOf, cut } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { isDType } from "../../src/core/dtype.ts";
import { boxesOf } from "../../src/volume/convert/boxes.ts";
import { n5 } from "../../src/volume/n5/n5.ts";
import type { VolumeSpec } from "../../src/volume/volume.ts";
import { askPython, wideValues } from "./python.ts";

const SCRIPT = join(import.meta.dirname, "n5.py");
const [, , python = "python3", zarr2] = process.argv;

const Made = z.object({ name: z.string(), dtype: z.string(), shape: z.array(z.number()), dataset: z.string() });
const Checked = z.object({ name: z.string(), reader: z.string(), same: z.boolean() });

async function writeOne(path: string, spec: VolumeSpec, byRegions: boolean): Promise<void> {
	const array = wideValues(spec.dtype, spec.shape);
	const writer = byRegions ? await n5.openRegions?.(path, spec) : await n5.create(path, spec);
	if (writer === undefined) throw new Error("no writer");
	const extents = "unit" in writer ? writer.unit : spec.shape.map((n) => Math.min(n, 7));
	for (const box of [...boxesOf(spec.shape, extents)].reverse()) await writer.write(box.start, cut(array, box));
	await writer.finish();
	if ("close" in writer) await writer.close();
	writeFileSync(`${path}.values`, bytesOf(array));
}

async function writeOurs(folder: string): Promise<void> {
	let count = 0;
	for (const dtype of n5.writes) {
		for (const compression of ["none", "gzip", "zstd", "blosc", "lz4"] as const) {
			for (const dataset of ["", "a/b"]) {
				const layout = { compression, chunks: [8, 20, 16] };
				const base: VolumeSpec = {
					dtype,
					shape: [37, 50, 41],
					axes: "zyx",
					spacing: [30, 5, 4],
					unit: "nanometer",
					layout,
				};
				const spec = dataset === "" ? base : { ...base, dataset };
				await writeOne(join(folder, `${compression}-${dtype}-${dataset.length}`), spec, count++ % 2 === 0);
			}
		}
	}
	await writeOne(join(folder, "rank4"), { dtype: "uint16", shape: [3, 37, 50, 41], axes: "czyx" }, true);
	await writeOne(join(folder, "rank2"), { dtype: "uint16", shape: [50, 41], axes: "yx" }, false);
}

async function readTheirs(folder: string, lines: readonly unknown[]): Promise<string[]> {
	const bad: string[] = [];
	for (const line of lines) {
		const { name, dtype, shape } = Made.parse(line);
		const reader = await n5.open(join(folder, name));
		const found = await reader.read(wholeBox(reader.info.shape));
		await reader.close();
		const same =
			isDType(dtype) &&
			found.dtype === dtype &&
			found.shape.join() === shape.join() &&
			Buffer.from(bytesOf(wideValues(dtype, shape))).equals(bytesOf(found));
		console.log(
			`${same ? "ok " : "BAD"} read ${name} (${reader.info.compression}, ${reader.info.axes}, ${reader.info.unit})`,
		);
		if (!same) bad.push(name);
	}
	return bad;
}

const root = mkdtempSync(join(tmpdir(), "nnvol-oracle-"));
try {
	const [ours, theirs] = [join(root, "ours"), join(root, "theirs")];
	mkdirSync(ours);
	mkdirSync(theirs);
	const bad = await readTheirs(theirs, askPython(python, SCRIPT, "write", theirs));
	if (zarr2 !== undefined) bad.push(...(await readTheirs(theirs, askPython(zarr2, SCRIPT, "write-zarr", theirs))));
	await writeOurs(ours);
	const checks = [
		...askPython(python, SCRIPT, "check", ours),
		...(zarr2 === undefined ? [] : askPython(zarr2, SCRIPT, "check-zarr", ours)),
	];
	for (const line of checks) {
		const { name, reader, same } = Checked.parse(line);
		console.log(`${same ? "ok " : "BAD"} ${reader} reads ${name}`);
		if (!same) bad.push(`${reader} ${name}`);
	}
	console.log(bad.length === 0 ? "all the same" : `${bad.length} differ: ${bad.join(", ")}`);
	process.exitCode = bad.length === 0 ? 0 : 1;
} finally {
	rmSync(root, { recursive: true, force: true });
}
