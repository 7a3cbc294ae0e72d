import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Zyx } from "../../../src/core/shape.ts";
import type { VolumeProgram } from "../../../src/decode/volume/program.ts";
import { placeOf } from "../../../src/decode/volume/voxel-place.ts";
import { components } from "../../../src/image/components.ts";
import { fillHoles } from "../../../src/image/fill-holes.ts";
import type { DecodeOptions } from "../../../src/run/decode/decode-options.ts";
import { decodeVolume } from "../../../src/run/decode/decode-volume.ts";
import { openVolume } from "../../../src/volume/formats.ts";
import { blobs, brokenOff, COMPONENTS, freshPath, readAll, writeVolume } from "./scene.ts";

let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-resume-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SHAPE: Zyx = [24, 40, 40];
const BINARY: VolumeProgram = {
	kind: "binary",
	conditions: [{ channel: 0, above: 0.5 }],
	removeSmall: 0,
	fillHoles: true,
	flat: false,
	value: 255,
	dtype: "uint8",
};

async function decode(input: string, path: string, program: VolumeProgram, more: Partial<DecodeOptions> = {}) {
	const reader = await openVolume(input);
	await reader.close();
	const format = path.endsWith(".h5") ? "hdf5" : "zarr";
	return decodeVolume(placeOf(reader.info, 1), { path, format }, program, {
		memory: 2e9,
		block: [8, 16, 16],
		...(format === "zarr" ? { layout: { chunks: [8, 8, 8] } } : {}),
		...more,
	});
}

describe("a decoding that broke off", () => {
	test.each([
		["components, in place", COMPONENTS, ".zarr", SHAPE, 4],
		["components, staged in larger blocks", COMPONENTS, ".h5", [24, 70, 140], 1],
		["a mask", BINARY, ".zarr", SHAPE, 4],
	] as const)("goes on after a few blocks: %s", async (_, program, ending, shape, blocks) => {
		const mask = blobs(11, shape, 20, 0.01);
		const input = await writeVolume(folder, "uint8", shape, mask);
		const path = freshPath(folder, ending);
		const listen = () => {
			const before = new Map<string, number>();
			return (pass: string, done: number) => {
				if (!before.has(pass)) before.set(pass, done);
				return done >= before.get(pass)! + blocks;
			};
		};
		const stops = await brokenOff(100, listen, (more) => decode(input, path, program, more));
		expect(stops).toBeGreaterThan(12);
		const expected =
			program.kind === "binary"
				? fillHoles(mask, shape).map((value) => value * 255)
				: components(mask, shape, 3).labels;
		expect(await readAll(path)).toEqual(expected);
		const state = join(folder, ".nnvol", "decode", path.slice(folder.length + 1));
		expect((await readdir(state)).sort()).toEqual(["done.json", "facts.json"]);
	});

	test("goes on after it was killed, with other memory and threads", async () => {
		const mask = blobs(12, SHAPE, 20, 0.01);
		const input = await writeVolume(folder, "uint8", SHAPE, mask);
		const path = freshPath(folder);
		const config = join(folder, "decode.yaml");
		await writeFile(
			config,
			"inference: {postprocessing: {decoding: [{name: decode_connected_components, kwargs: {connectivity: 26}}]}}\n",
		);
		const args = ["dist/cli/main.js", "postprocess", input, "--config", config, "-o", path, "--json"];
		let kills = 0;
		for (let code: number | null = null; code !== 0; ) {
			const child = spawn(process.execPath, [...args, "--workers", String(1 + (kills % 2))], {
				stdio: ["ignore", "pipe", "inherit"],
			});
			let seen = 0;
			child.stdout.setEncoding("utf8").on("data", (text: string) => {
				seen += text.split('"phase"').length - 1;
				if (kills < 6 && seen > kills + 1) child.kill("SIGKILL");
			});
			[code] = await once(child, "close");
			if (code === null) kills++;
			else expect(code).toBe(0);
		}
		expect(kills).toBeGreaterThan(0);
		expect(await readAll(path)).toEqual(components(mask, SHAPE, 3).labels);
	});
});

describe("an output that is there", () => {
	test("is not made again, nor replaced by another decoding unless that is asked for", async () => {
		const mask = blobs(13, SHAPE, 9, 0);
		const input = await writeVolume(folder, "uint8", SHAPE, mask);
		const path = freshPath(folder);
		expect(await decode(input, path, COMPONENTS)).toMatchObject({ skipped: false });
		expect(await decode(input, path, COMPONENTS, { block: [16, 16, 16] })).toMatchObject({ skipped: true });
		const faces: VolumeProgram = { ...COMPONENTS, connectivity: 1 };
		await expect(decode(input, path, faces)).rejects.toThrow(/exists already/);
		expect(await decode(input, path, faces, { overwrite: true })).toMatchObject({ skipped: false });
		expect(await readAll(path)).toEqual(components(mask, SHAPE).labels);
	});

	test("records that were damaged are told", async () => {
		const input = await writeVolume(folder, "uint8", SHAPE, blobs(14, SHAPE, 9, 0));
		const path = freshPath(folder);
		const controller = new AbortController();
		let calls = 0;
		const onBlock = (pass: string) => {
			if (pass === "joining" && ++calls === 3) controller.abort();
		};
		await expect(decode(input, path, COMPONENTS, { onBlock, signal: controller.signal })).rejects.toThrow();
		const state = join(folder, ".nnvol", "decode", path.slice(folder.length + 1));
		const work = (await readdir(state)).find((name) => name.startsWith("work-"))!;
		const faces = join(state, work, "objects", "faces", "000");
		for (const name of await readdir(faces)) {
			const bytes = await readFile(join(faces, name));
			bytes[bytes.length - 1]! ^= 1;
			await writeFile(join(faces, name), bytes);
		}
		await expect(decode(input, path, COMPONENTS)).rejects.toThrow(/damaged.*--overwrite/);
		expect(await decode(input, path, COMPONENTS, { overwrite: true })).toMatchObject({ skipped: false });
	});
});

describe("threads", () => {
	test("do the same", async () => {
		const mask = blobs(15, SHAPE, 20, 0.02);
		const input = await writeVolume(folder, "uint8", SHAPE, mask);
		const path = freshPath(folder);
		await decode(input, path, COMPONENTS, { workers: 2 });
		expect(await readAll(path)).toEqual(components(mask, SHAPE, 3).labels);
	});

	test("tell what went wrong", async () => {
		const input = await writeVolume(folder, "uint8", SHAPE, blobs(16, SHAPE, 3, 0));
		const chunks = (await readdir(join(input, "c"), { recursive: true, withFileTypes: true })).filter((e) =>
			e.isFile(),
		);
		const [chunk] = chunks;
		await writeFile(join(chunk!.parentPath, chunk!.name), "no chunk");
		await expect(decode(input, freshPath(folder), COMPONENTS, { workers: 2 })).rejects.toMatchObject({
			code: "VOLUME",
		});
	});
});
