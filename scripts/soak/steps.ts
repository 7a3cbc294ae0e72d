/**
 * `npm run soak -- steps [DEPTH HEIGHT WIDTH]`: other steps of decoding over a larger volume, in bounded memory: the same for blocks
 * and threads of any number, with what each takes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openVolume } from "../../src/volume/formats.ts";
import { decode, makeVolume, timed } from "./decode.ts";
import type { Extents } from "./phantom.ts";

const MEMORY = "1GB";

/** Sections read at once. */
const SLAB = 64;

/** Runs that must agree. */
const RUNS = [{ workers: 2 }, { workers: 1, block: "128,128,256" }] as const;

/** What is decoded, by name. */
const DECODINGS = {
	"distance watershed": "[{name: decode_distance_watershed, kwargs: {seed_distance: 6}}]",
	"watershed over distances of its own":
		"[{name: decode_instance_binary_contour_distance, kwargs: {contour_channels: null, distance_channels: null, binary_threshold: [0.5, 0.5], contour_threshold: null, distance_threshold: [0.8, 0.0]}}]",
	"median, opening, holes, components":
		"[{name: median, kwargs: {size: 3}}, {name: opening, kwargs: {iterations: 2}}, {name: fill_holes}, {name: decode_connected_components}]",
	"small objects to their neighbours, section by section":
		"[{name: decode_connected_components, kwargs: {sectionwise: true}}, {name: section_stitch}, {name: remove_small, kwargs: {min_size: 2000, mode: neighbor}}, {name: relabel}]",
};

/** Decodes a volume of `shape` in each of these ways. @throws where runs differ */
export async function soakSteps(shape: Extents): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "nnvol-soak-steps-"));
	try {
		const input = join(folder, "phantom.zarr");
		await timed(`painting ${shape.join("x")}`, () => makeVolume(input, shape));
		for (const [name, steps] of Object.entries(DECODINGS)) {
			process.stdout.write(`${name}\n`);
			await writeFile(join(folder, "decode.yaml"), `inference:\n  postprocessing:\n    decoding: ${steps}\n`);
			const digests = new Set<string>();
			for (const run of RUNS) {
				const output = join(folder, "objects.zarr");
				await decode(folder, input, output, run, MEMORY);
				digests.add(await digestOf(output, shape));
				await rm(output, { recursive: true, force: true });
				await rm(join(folder, ".nnvol"), { recursive: true, force: true });
			}
			if (digests.size !== 1) throw new Error(`${name}: the runs differ`);
		}
		process.stdout.write("all runs agree\n");
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

async function digestOf(path: string, [depth, height, width]: Extents): Promise<string> {
	const reader = await openVolume(path);
	const hash = createHash("sha256");
	let most = 0;
	try {
		for (let z = 0; z < depth; z += SLAB) {
			const { data } = await reader.read({ start: [z, 0, 0], stop: [Math.min(depth, z + SLAB), height, width] });
			if (!(data instanceof Uint32Array)) throw new TypeError("expected uint32");
			for (const id of data) most = Math.max(most, id);
			hash.update(data);
		}
	} finally {
		await reader.close();
	}
	if (most === 0) throw new Error(`${path} has no objects`);
	process.stdout.write(`${most} objects\n`);
	return hash.digest("hex");
}
