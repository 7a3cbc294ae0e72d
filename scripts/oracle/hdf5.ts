import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { bytesOf, cut } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { isDType } from "../../src/core/dtype.ts";
import { hdf5 } from "../../src/volume/hdf5/hdf5.ts";
import { ThreadedReader } from "../../src/volume/hdf5/reader.ts";
import { ThreadedWriter } from "../../src/volume/hdf5/writer.ts";
import { askPython, smallValues } from "./python.ts";

const SCRIPT = join(import.meta.dirname, "hdf5.py");
const SHAPE = [37, 50, 41];
const python = process.argv[2] ?? "python3";

const ask = (command: string, place: string): unknown[] => askPython(python, SCRIPT, command, place);

/** Every type and packing, in this thread and in another, in slabs of several thicknesses. */
async function writeOurs(folder: string): Promise<number> {
	let count = 0;
	for (const dtype of hdf5.writes) {
		const array = smallValues(dtype, SHAPE);
		for (const compression of ["none", "gzip", "zstd", "lz4"] as const) {
			for (const [where, create] of [
				["inline", hdf5.create],
				["threads", ThreadedWriter.create],
			] as const) {
				const layout = { compression, chunks: [16, 20, 32] };
				const spec = { dtype, shape: SHAPE, axes: "zyx", spacing: [30, 4, 4.5], dataset: "a/b", layout };
				const writer = await create(join(folder, `${where}-${compression}-${dtype}.h5`), spec);
				const depth = 1 + (count % 20);
				for (let start = 0; start < 37; start += depth) {
					await writer.write(
						[start, 0, 0],
						cut(array, { start: [start, 0, 0], stop: [Math.min(37, start + depth), 50, 41] }),
					);
				}
				await writer.finish();
				count++;
			}
		}
	}
	return count;
}

const Checked = z.object({ name: z.string(), ok: z.boolean(), found: z.string() });
const Made = z.object({ name: z.string(), dtype: z.string() });

async function readTheirs(folder: string, name: string, dtype: string): Promise<string | undefined> {
	for (const open of [
		(path: string) => hdf5.open(path, { dataset: "a/b" }),
		(path: string) => ThreadedReader.open(path, "a/b"),
	]) {
		const reader = await open(join(folder, name));
		try {
			const found = await reader.read(wholeBox(reader.info.shape));
			if (found.dtype !== dtype || !isDType(dtype)) return `found ${found.dtype}`;
			if (Buffer.compare(bytesOf(found), bytesOf(smallValues(dtype, SHAPE))) !== 0) return "other voxels";
		} finally {
			await reader.close();
		}
	}
	return undefined;
}

const folder = mkdtempSync(join(tmpdir(), "nnvol-oracle-"));
try {
	const faults: string[] = [];
	const [ours, theirs] = [join(folder, "ours"), join(folder, "theirs")];
	mkdirSync(ours);
	mkdirSync(theirs);
	const written = await writeOurs(ours);
	const checked = z.array(Checked).parse(ask("check", ours));
	faults.push(...checked.filter(({ ok }) => !ok).map(({ name, found }) => `${name}: h5py: ${found}`));
	const made = z.array(Made).parse(ask("make", theirs));
	for (const { name, dtype } of made) {
		const fault = await readTheirs(theirs, name, dtype).catch(String);
		if (fault !== undefined) faults.push(`${name}: ${fault}`);
	}
	for (const fault of faults) console.log(fault);
	console.log(
		`${written} files of ours, ${checked.length} read by h5py; ${made.length} of h5py's read; ${faults.length} differ`,
	);
	process.exitCode = faults.length === 0 && checked.length === written ? 0 : 1;
} finally {
	rmSync(folder, { recursive: true, force: true });
}
