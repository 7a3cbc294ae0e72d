import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Zyx } from "../../../src/core/shape.ts";
import type {
	BinaryProgram,
	ComponentsProgram,
	VolumeProgram,
	WatershedProgram,
} from "../../../src/decode/volume/program.ts";
import { decodeStatus } from "../../../src/run/decode/decode-status.ts";
import { openVolume } from "../../../src/volume/formats.ts";
import type { FormatName } from "../../../src/volume/volume.ts";
import { decodeApart, disturb, pause, start } from "./processes.ts";
import { blobs, COMPONENTS, freshPath, randomFrom, readAll, writeVolume } from "./scene.ts";
import type { SharedCall } from "./shared-program.ts";

let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-shared-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SHAPE: Zyx = [36, 72, 84];

const LARGE: ComponentsProgram = { ...COMPONENTS, filters: [{ atLeast: 2 }] };
const STITCHED: ComponentsProgram = {
	...LARGE,
	flat: true,
	connectivity: 2,
	stitch: { rule: { threshold: 0.2, measure: "iou", join: "best" }, filters: [] },
};
const WATERSHED: WatershedProgram = {
	kind: "watershed",
	seeds: [{ channel: 0, above: 0.8 }],
	seedFilters: [],
	connectivity: 1,
	flat: false,
	heights: 0,
	foreground: [{ channel: 0, above: 0.4 }],
	filters: [],
};
const BINARY: BinaryProgram = {
	kind: "binary",
	conditions: [{ channel: 0, above: 0.5 }],
	removeSmall: 5,
	fillHoles: true,
	flat: false,
	value: 255,
	dtype: "uint8",
};

async function values(seed: number): Promise<string> {
	const mask = blobs(seed, SHAPE, 60, 0.02);
	const random = randomFrom(seed);
	const data = Float32Array.from(mask, (value) => (value === 0 ? 0.2 : 0.8) + (random() - 0.5) / 3);
	return writeVolume(folder, "float32", SHAPE, data);
}

async function stateOf(path: string): Promise<string[]> {
	return (await readdir(join(folder, ".nnvol", "decode", path.slice(folder.length + 1)))).sort();
}

type Made = { readonly voxels: Uint8Array | Uint32Array; readonly table: string | undefined };

/** A call, and what one process makes of it. */
async function scene(seed: number, program: VolumeProgram, format: FormatName) {
	const ending = format === "zarr" ? ".zarr" : ".h5";
	const call = (): SharedCall => {
		const path = freshPath(folder, ending);
		const table = program.kind === "binary" ? {} : { table: `${path}.json` };
		return { input, path, format, program, memory: 2e9, workers: 1, block: [12, 24, 24], ...table };
	};
	const input = await values(seed);
	const alone = call();
	const one = decodeApart(alone);
	expect(await one.ended, one.complaints()).toBe(0);
	const shared = { ...call(), lease: 1500 };
	return { call: shared, expected: await made(alone) };
}

async function made({ path, table }: SharedCall): Promise<Made> {
	return { voxels: await readAll(path), table: table && (await readFile(table, "utf8")) };
}

describe("processes that share a decoding", () => {
	test.each([
		["components, staged", LARGE, "hdf5", 3],
		["sections that are stitched", STITCHED, "zarr", 2],
		["a mask", BINARY, "zarr", 2],
	] as const)("make what one makes: %s", async (_, program, format, count) => {
		const { call, expected } = await scene(count, program, format);
		const all = Array.from({ length: count }, () => decodeApart(call));
		for (const one of all) expect(await one.ended, one.complaints()).toBe(0);
		expect(await made(call)).toEqual(expected);
		expect(await stateOf(call.path)).toEqual(["done.json", "facts.json"]);
		const late = decodeApart({ ...call, block: [6, 12, 12] });
		expect(await late.ended).toBe(0);
		expect(late.said()).toContain('"skipped":true');
	});

	test.each([
		["components, in place", LARGE, "zarr", 2, { kills: 6, stops: 2 }],
		// staged it is one block, which is given up after five deaths
		["what grows, staged", WATERSHED, "hdf5", 3, { kills: 3, stops: 1 }],
	] as const)("go on when some are killed or stopped: %s", async (_, program, format, processes, most) => {
		const { call, expected } = await scene(10 + processes, program, format);
		const blocks: readonly Zyx[] = [
			[12, 24, 24],
			[6, 36, 24],
			[36, 12, 12],
		];
		const report = await disturb({
			processes,
			...most,
			stopped: 3500,
			every: 400,
			random: randomFrom(processes),
			begin: (n) =>
				decodeApart({ ...call, block: blocks[n % 3]!, workers: 1 + (n % 2), memory: n % 2 === 0 ? 2e9 : 5e8 }),
		});
		expect(report.kills).toBeGreaterThan(0);
		expect(await made(call)).toEqual(expected);
		const last = decodeApart(call);
		expect(await last.ended, last.complaints()).toBe(0);
		expect(await stateOf(call.path)).toEqual(["done.json", "facts.json"]);
	});

	test("go on where all were killed", async () => {
		const { call, expected } = await scene(21, LARGE, "zarr");
		const all = [decodeApart(call), decodeApart(call)];
		for (let n = 0; n < 1000 && !all.some((one) => one.said().includes('"joining"')); n++) await pause(20);
		for (const { child } of all) child.kill("SIGKILL");
		expect(await Promise.all(all.map((one) => one.ended))).toEqual([null, null]);
		expect((await stateOf(call.path)).some((name) => name.startsWith("work-"))).toBe(true);
		const output = call.path.slice(folder.length + 1);
		expect(await decodeStatus(folder, output)).toEqual([{ output, state: "stopped", workers: [] }]);
		const next = decodeApart(call);
		expect(await next.ended, next.complaints()).toBe(0);
		expect(await decodeStatus(folder, output)).toMatchObject([{ output, state: "done", workers: [] }]);
		expect(await made(call)).toEqual(expected);
		expect(await stateOf(call.path)).toEqual(["done.json", "facts.json"]);
	});

	test("one that was stopped until all was done changes nothing", async () => {
		const { call, expected } = await scene(22, LARGE, "zarr");
		const sleeper = decodeApart(call);
		for (let n = 0; n < 1000 && !sleeper.said().includes('"writing"'); n++) await pause(5);
		sleeper.child.kill("SIGSTOP");
		const other = decodeApart(call);
		expect(await other.ended, other.complaints()).toBe(0);
		sleeper.child.kill("SIGCONT");
		expect(await sleeper.ended, sleeper.complaints()).toBe(0);
		expect(await made(call)).toEqual(expected);
		expect(await stateOf(call.path)).toEqual(["done.json", "facts.json"]);
	});
});

describe("a process that comes to others", () => {
	test("does not replace what they are at work on, nor begins other blocks", async () => {
		const { call, expected } = await scene(31, LARGE, "zarr");
		const first = decodeApart(call);
		for (let n = 0; n < 1000 && first.said() === ""; n++) await pause(5);
		first.child.kill("SIGSTOP");
		const anew = decodeApart({ ...call, overwrite: true });
		expect(await anew.ended).toBe(1);
		expect(anew.complaints()).toMatch(/is at work on it; end it before it is replaced, or leave --overwrite out/);
		const small = decodeApart({ ...call, memory: 1e6, block: [6, 12, 12] });
		expect(await small.ended).toBe(1);
		expect(small.complaints()).toMatch(/blocks of 12x24x24 voxels .* do not fit the memory/);
		const other = decodeApart({ ...call, program: { ...LARGE, connectivity: 1 } });
		expect(await other.ended).toBe(1);
		expect(other.complaints()).toMatch(/something else of this name/);
		first.child.kill("SIGCONT");
		expect(await first.ended, first.complaints()).toBe(0);
		expect(await made(call)).toEqual(expected);
	});
});

describe("coarser scales", () => {
	test("are those of a copy, made by processes that are killed too", async () => {
		const { call } = await scene(51, LARGE, "zarr");
		const scaled = { ...call, pyramid: 2 };
		await disturb({
			processes: 2,
			kills: 4,
			stops: 0,
			stopped: 0,
			every: 500,
			random: randomFrom(9),
			begin: () => decodeApart(scaled),
		});
		const copy = freshPath(folder);
		const convert = ["dist/cli/main.js", "convert", call.path, copy, "--scales", "2", "--chunks", "6,12,12", "--quiet"];
		const one = start(convert);
		expect(await one.ended, one.complaints()).toBe(0);
		const [mine, theirs] = [await openVolume(call.path), await openVolume(copy)];
		await mine.close();
		await theirs.close();
		expect(mine.info.scales).toHaveLength(3);
		expect(mine.info.scales).toEqual(theirs.info.scales);
		for (const dataset of ["0", "1", "2"])
			expect(await readAll(call.path, dataset)).toEqual(await readAll(copy, dataset));
		expect(await stateOf(call.path)).toEqual(["done.json", "facts.json"]);
	});

	test("are refused where a format has none", async () => {
		const { call } = await scene(52, LARGE, "hdf5");
		const one = decodeApart({ ...call, pyramid: 1 });
		expect(await one.ended).toBe(1);
		expect(one.complaints()).toMatch(/hdf5 has no coarser scales/);
	});
});

test("nnvol postprocess --claims shares a volume", async () => {
	const input = await values(41);
	await mkdir(join(folder, "cli"));
	const config = join(folder, "decode.yaml");
	await writeFile(config, "inference: {postprocessing: {decoding: [{name: decode_connected_components}]}}\n");
	const args = (path: string) => ["dist/cli/main.js", "postprocess", input, "--config", config, "-o", path, "--quiet"];
	const [alone, shared] = [join(folder, "cli", "alone.zarr"), join(folder, "cli", "shared.zarr")];
	const all = [start(args(alone)), start([...args(shared), "--claims"]), start([...args(shared), "--claims"])];
	for (const one of all) expect(await one.ended, one.complaints()).toBe(0);
	expect(await readAll(shared)).toEqual(await readAll(alone));
});
