import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { bytesOf, cut, type NdArray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { DTYPES, type DType } from "../../src/core/dtype.ts";
import { boxesOf } from "../../src/volume/convert/boxes.ts";
import { precomputed } from "../../src/volume/precomputed/precomputed.ts";
import { buildScales } from "../../src/volume/precomputed/scales.ts";
import type { Layout, VolumeSpec } from "../../src/volume/volume.ts";
import { askPython, wideValues } from "./python.ts";

const SCRIPT = join(import.meta.dirname, "precomputed.py");
const SHAPE = [37, 50, 41];
const python = process.argv[2] ?? "python3";

const ask = (command: string, place: string): unknown[] => askPython(python, SCRIPT, command, place);

const Made = z.object({ name: z.string(), dtype: z.string(), shape: z.array(z.number()) });
const Checked = z.object({ name: z.string(), reader: z.string(), same: z.boolean() });

/** Odd cases through `create` in slabs, even ones through regions, last first. */
async function writeOne(path: string, spec: VolumeSpec, array: NdArray, byRegions: boolean): Promise<void> {
	const writer = byRegions ? await precomputed.openRegions?.(path, spec) : await precomputed.create(path, spec);
	if (writer === undefined) throw new Error("no writer");
	const extents =
		"unit" in writer ? writer.unit : spec.shape.map((n, axis) => (axis === spec.shape.length - 3 ? 5 : n));
	for (const box of [...boxesOf(spec.shape, extents)].reverse()) await writer.write(box.start, cut(array, box));
	await writer.finish();
	if ("close" in writer) await writer.close();
	writeFileSync(`${path}.0.values`, bytesOf(array));
}

async function writeOurs(folder: string): Promise<void> {
	const layouts: Readonly<Record<string, Layout>> = {
		usual: {},
		raw: { chunks: [8, 20, 16], compression: "none" },
		shard: { chunks: [8, 20, 16], shards: [16, 40, 32] },
		shardraw: { chunks: [4, 4, 4], shards: [64, 64, 64], compression: "none" },
		shardone: { chunks: [8, 20, 16], shards: [8, 20, 16], compression: "gzip" },
		seg: { chunks: [8, 20, 16], compression: "compressed_segmentation" },
		segshard: { chunks: [9, 20, 16], shards: [18, 40, 32], compression: "compressed_segmentation" },
	};
	let count = 0;
	for (const dtype of precomputed.writes) {
		for (const shape of [SHAPE, [3, ...SHAPE]]) {
			for (const [name, layout] of Object.entries(layouts)) {
				if (name.startsWith("seg") && dtype !== "uint32" && dtype !== "uint64") continue;
				const lead = shape.slice(0, -3);
				const spec: VolumeSpec = {
					dtype,
					shape,
					axes: lead.length === 0 ? "zyx" : "czyx",
					spacing: [30, 5, 4],
					layout: {
						...layout,
						...(layout.chunks ? { chunks: [...lead, ...layout.chunks] } : {}),
						...(layout.shards ? { shards: [...lead, ...layout.shards] } : {}),
					},
				};
				const path = join(folder, `${name}-${dtype}-${shape.length}d`);
				await writeOne(path, spec, wideValues(dtype, shape), count++ % 2 === 0);
				if (name !== "usual" && DTYPES[dtype].bytes !== 8) await scale(path, dtype);
			}
		}
	}
}

async function scale(path: string, dtype: DType): Promise<void> {
	await buildScales(path, { count: 2, kind: dtype === "uint32" ? "segmentation" : "image" });
	const base = await precomputed.open(path);
	await base.close();
	for (const [n, { name }] of (base.info.scales ?? []).entries()) {
		const reader = await precomputed.open(path, { dataset: name });
		writeFileSync(`${path}.${n}.values`, bytesOf(await reader.read(wholeBox(reader.info.shape))));
		await reader.close();
	}
}

async function readTheirs(folder: string): Promise<string[]> {
	const bad: string[] = [];
	for (const line of ask("write", folder)) {
		const { name, dtype, shape } = Made.parse(line);
		const expected = readFileSync(join(folder, `${name}.values`));
		try {
			const reader = await precomputed.open(join(folder, name));
			const found = await reader.read(wholeBox(reader.info.shape));
			await reader.close();
			const same = found.dtype === dtype && found.shape.join() === shape.join() && expected.equals(bytesOf(found));
			console.log(`${same ? "ok " : "BAD"} read ${name} (${reader.info.compression})`);
			if (!same) bad.push(name);
		} catch (error) {
			console.log(`BAD read ${name}: ${String(error)}`);
			bad.push(name);
		}
	}
	return bad;
}

const root = mkdtempSync(join(tmpdir(), "nnvol-oracle-"));
try {
	const [ours, theirs] = [join(root, "ours"), join(root, "theirs")];
	mkdirSync(ours);
	mkdirSync(theirs);
	const bad = await readTheirs(theirs);
	await writeOurs(ours);
	for (const line of ask("check", ours)) {
		const { name, reader, same } = Checked.parse(line);
		console.log(`${same ? "ok " : "BAD"} ${reader} reads ${name}`);
		if (!same) bad.push(`${reader} ${name}`);
	}
	console.log(bad.length === 0 ? "all the same" : `${bad.length} differ: ${bad.join(", ")}`);
	process.exitCode = bad.length === 0 ? 0 : 1;
} finally {
	rmSync(root, { recursive: true, force: true });
}
