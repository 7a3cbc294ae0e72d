import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { zeros } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { formatByName, openVolume } from "../../src/volume/formats.ts";
import { tiff } from "../../src/volume/tiff/tiff.ts";
import type { FormatName, VolumeSpec } from "../../src/volume/volume.ts";
import { askPython, smallValues } from "./python.ts";

const SCRIPT = join(import.meta.dirname, "tiff.py");
const SHAPE = [5, 50, 41];
const PAGES = 2200;
const python = process.argv[2] ?? "python3";

const ask = (command: string, place: string): unknown[] => askPython(python, SCRIPT, command, place);
const isLarge = process.argv.includes("--large");

const Checked = z.object({ name: z.string(), ok: z.boolean(), found: z.string() });
const Made = z.object({ name: z.string(), path: z.string(), dtype: z.string(), shape: z.array(z.number()) });

async function write(format: FormatName, path: string, spec: VolumeSpec): Promise<void> {
	const array = smallValues(spec.dtype, spec.shape);
	const writer = await (await formatByName(format)).create(path, spec);
	await writer.write(
		spec.shape.map(() => 0),
		array,
	);
	await writer.finish();
}

async function writeOurs(folder: string): Promise<void> {
	for (const dtype of tiff.writes) {
		for (const compression of ["none", "gzip", "zstd"] as const) {
			const spec: VolumeSpec = { dtype, shape: SHAPE, axes: "zyx", spacing: [3, 1, 1], layout: { compression } };
			await write("tiff", join(folder, `${dtype}-${compression}.tif`), spec);
		}
		const sections = `${dtype}-tif`;
		mkdirSync(join(folder, sections));
		await write("sections", `stack:${folder}/${sections}/s{z:03d}.tif`, { dtype, shape: SHAPE, axes: "zyx" });
	}
	await write("tiff", join(folder, "uint8-rgb.tif"), { dtype: "uint8", shape: [...SHAPE, 3], axes: "zyxc" });
	for (const dtype of ["uint8", "uint16"] as const) {
		mkdirSync(join(folder, `${dtype}-png`));
		await write("sections", `stack:${folder}/${dtype}-png/s{z:03d}.png`, { dtype, shape: SHAPE, axes: "zyx" });
	}
}

async function checkTheirs(folder: string): Promise<readonly z.infer<typeof Checked>[]> {
	const outcomes: z.infer<typeof Checked>[] = [];
	for (const line of ask("make", folder)) {
		const { name, path, dtype, shape } = Made.parse(line);
		const reader = await openVolume(path);
		const found = await reader.read(wholeBox(reader.info.shape));
		await reader.close();
		const wanted = smallValues(found.dtype, shape);
		const same = found.dtype === dtype && found.data.every((value, i) => value === wanted.data[i]);
		outcomes.push({ name: `ours reads ${name}`, ok: same, found: `${found.dtype} ${found.shape.join("x")}` });
	}
	return outcomes;
}

/** Pages that all hold their number, slab by slab: what is held is a slab. */
async function writeLarge(path: string): Promise<void> {
	const spec: VolumeSpec = {
		dtype: "uint16",
		shape: [PAGES, 1024, 1024],
		axes: "zyx",
		layout: { compression: "none" },
	};
	const writer = await tiff.create(path, spec);
	for (let n = 0; n < PAGES; n++) {
		const page = zeros("uint16", [1, 1024, 1024]);
		page.data.fill(n + 1);
		await writer.write([n, 0, 0], page);
	}
	await writer.finish();
}

const folder = mkdtempSync(join(tmpdir(), "nnvol-oracle-"));
try {
	const [ours, theirs] = [join(folder, "ours"), join(folder, "theirs")];
	mkdirSync(ours);
	mkdirSync(theirs);
	await writeOurs(ours);
	const outcomes = [...ask("check", ours).map((line) => Checked.parse(line)), ...(await checkTheirs(theirs))];
	if (isLarge) {
		const path = join(folder, "large.tif");
		await writeLarge(path);
		console.log(`resident memory at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
		outcomes.push(...ask("large", path).map((line) => Checked.parse(line)));
	}
	for (const { name, ok, found } of outcomes)
		if (!ok || name === "large") console.log(ok ? "same" : "DIFFERS", name, found);
	console.log(`${outcomes.filter(({ ok }) => ok).length} of ${outcomes.length} are the same`);
	process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1;
} finally {
	rmSync(folder, { recursive: true, force: true });
}
