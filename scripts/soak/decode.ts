/**
 * `npm run soak -- decode [DEPTH HEIGHT WIDTH]`: objects of a large volume whose objects are known, in bounded memory: exact, and
 * the same for several grids of blocks and numbers of threads, and for several processes that are killed and stopped meanwhile.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ndarray } from "../../src/core/array.ts";
import { formatByName, openVolume } from "../../src/volume/formats.ts";
import { disturb, start } from "../../test/run/decode/processes.ts";
import { ResidentMemory } from "../bench/resident-memory.ts";
import { watch } from "../bench/watched-process.ts";
import { type Extents, paintSlab, valueAt } from "./phantom.ts";

/** Sections painted at once: those of a cell. */
const SLAB = 64;

/** Runs that must agree. Blocks by memory where none are named. */
const RUNS: readonly { readonly workers: number; readonly block?: string }[] = [
	{ workers: 2 },
	{ workers: 1 },
	{ workers: 2, block: "128,128,256" },
	{ workers: 2, block: "64,512,512" },
];

/** Runs of several processes that share the blocks: undisturbed, then killed, and stopped for longer than their lease. */
const ROUNDS: readonly { readonly processes: number; readonly kills: number; readonly stops: number }[] = [
	{ processes: 2, kills: 0, stops: 0 },
	{ processes: 3, kills: 12, stops: 6 },
];

/** Seconds of a lease, and milliseconds that a process is stopped for, and between disturbances. */
const LEASE = 5;
const STOPPED = 12_000;
const EVERY = 6000;

const CONFIG = `inference:
  postprocessing:
    decoding:
      - name: decode_connected_components
        kwargs: {threshold: 0.5, connectivity: 6}
`;

/** Makes, decodes and checks a volume of `shape`. @throws where a result is not the truth */
export async function soakDecoding(shape: Extents): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "nnvol-soak-decode-"));
	try {
		const input = join(folder, "phantom.zarr");
		await timed(`painting ${shape.join("x")}`, () => makeVolume(input, shape));
		await writeFile(join(folder, "decode.yaml"), CONFIG);
		const digests = new Set<string>();
		for (const run of RUNS) {
			const output = join(folder, "objects.zarr");
			await decode(folder, input, output, run);
			digests.add(await timed("checking", () => check(output, shape)));
			await rm(output, { recursive: true, force: true });
			await rm(join(folder, ".nnvol"), { recursive: true, force: true });
		}
		for (const round of ROUNDS) {
			const output = join(folder, "objects.zarr");
			await together(folder, input, output, round);
			digests.add(await timed("checking", () => check(output, shape)));
			await rm(output, { recursive: true, force: true });
			await rm(join(folder, ".nnvol"), { recursive: true, force: true });
		}
		if (digests.size !== 1) throw new Error("the runs differ");
		process.stdout.write(`all ${RUNS.length + ROUNDS.length} runs are the truth\n`);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** Tells how long something took. */
export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
	const begun = performance.now();
	const result = await work();
	process.stdout.write(`${what}: ${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
	return result;
}

/** Values of the phantom, as a Zarr. */
export async function makeVolume(path: string, shape: Extents): Promise<void> {
	const [depth, height, width] = shape;
	const zarr = await formatByName("zarr");
	const layout = {
		chunks: [64, 64, 64],
		shards: [64, 512, 512].map((extent, axis) => Math.min(extent, shape[axis] ?? 1)),
	};
	const writer = await zarr.create(path, { dtype: "uint8", shape, axes: "zyx", layout });
	for (let z = 0; z < depth; z += SLAB) {
		const objects = paintSlab(shape, z, z + SLAB);
		const values = new Uint8Array(objects.length);
		const offset = z * height * width;
		for (let i = 0; i < values.length; i++) values[i] = valueAt(offset + i, objects[i] !== 0);
		await writer.write([z, 0, 0], ndarray("uint8", [SLAB, height, width], values));
	}
	await writer.finish();
}

/** One run of the configuration in `folder`; tells its time and memory. @throws where it fails */
export async function decode(
	folder: string,
	input: string,
	output: string,
	run: (typeof RUNS)[number],
	most = "2GB",
): Promise<void> {
	const facts = join(folder, "facts");
	await rm(facts, { recursive: true, force: true });
	await mkdir(facts);
	const memory = new ResidentMemory();
	const args = ["dist/cli/main.js", "postprocess", input, "--config", join(folder, "decode.yaml"), "-o", output];
	const flags = ["--memory", most, "--workers", String(run.workers), "--scale", String(1 / 255), "--json"];
	const block = run.block === undefined ? [] : ["--block", run.block];
	const done = await watch(process.execPath, [...args, ...flags, ...block], { observer: memory });
	if (done.code !== 0) throw new Error(`postprocess ended with ${done.code}:\n${done.said}`);
	const name = `${run.workers} workers, blocks ${run.block ?? "by memory"}`;
	const peak = (memory.highest(facts) / 1e9).toFixed(2);
	process.stdout.write(`${name}: ${done.seconds.toFixed(0)} s, highest memory ${peak} GB\n`);
}

/** Several processes at once, disturbed at random. @throws where one fails */
async function together(folder: string, input: string, output: string, round: (typeof ROUNDS)[number]): Promise<void> {
	const args = ["dist/cli/main.js", "postprocess", input, "--config", join(folder, "decode.yaml"), "-o", output];
	const flags = ["--scale", String(1 / 255), "--json", "--block", "128,128,256", "--claims", "--lease", String(LEASE)];
	const memories = ["2GB", "1500MB", "1GB"];
	const counts = await timed(`${round.processes} processes`, () =>
		disturb({
			...round,
			stopped: STOPPED,
			every: EVERY,
			random: Math.random,
			begin: (n) => start([...args, ...flags, "--memory", memories[n % memories.length] ?? "1GB"]),
		}),
	);
	process.stdout.write(`${counts.started} started, ${counts.kills} kills, ${counts.stops} stops\n`);
}

/** Compares with the truth, voxel by voxel; gives a digest of the ids. */
async function check(path: string, shape: Extents): Promise<string> {
	const [depth, height, width] = shape;
	const reader = await openVolume(path);
	const ids = new Map<number, number>();
	const hash = createHash("sha256");
	try {
		for (let z = 0; z < depth; z += SLAB) {
			const truth = paintSlab(shape, z, z + SLAB);
			const { data } = await reader.read({ start: [z, 0, 0], stop: [z + SLAB, height, width] });
			if (!(data instanceof Uint32Array)) throw new TypeError("expected uint32");
			compare(truth, data, ids, z * height * width);
			hash.update(data);
		}
	} finally {
		await reader.close();
	}
	process.stdout.write(`${ids.size} objects, `);
	return hash.digest("hex");
}

/** Ids are given out in the order of first voxels. */
function compare(truth: Uint32Array, found: Uint32Array, ids: Map<number, number>, offset: number): void {
	let [last, lastId] = [0, 0];
	for (let i = 0; i < truth.length; i++) {
		const object = truth[i] ?? 0;
		if (object !== last) {
			if (object !== 0 && !ids.has(object)) ids.set(object, ids.size + 1);
			last = object;
			lastId = object === 0 ? 0 : (ids.get(object) ?? 0);
		}
		if (found[i] !== lastId) throw new Error(`voxel ${offset + i}: expected object ${lastId}, found ${found[i]}`);
	}
}
