/**
 * Meshes as files: each holds the same surface, whatever pieces the object was read in.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { NdArray } from "../../../src/core/array.ts";
import { ndarray } from "../../../src/core/array.ts";
import type { Placing } from "../../../src/decode/objects/mesh-file.ts";
import { surveyObjects } from "../../../src/decode/objects/survey.ts";
import { type MeshesOptions, writeMeshes } from "../../../src/decode/objects/write-meshes.ts";
import { testFolder } from "../../folder.ts";
import { EXPECTED, fixture, inMemory, type Mesh, SPACING, surfaceFacts } from "./scene.ts";

const PLACING: Placing = { scale: SPACING, offset: [0, 0, 0] };
const MEMORY = 1 << 30;

async function write(array: NdArray, ids: readonly bigint[], options: Partial<MeshesOptions> & { folder: string }) {
	const labels = inMemory(array);
	const table = await surveyObjects({ labels }, { spacing: SPACING, memory: MEMORY });
	return writeMeshes(labels, table, ids, { format: "obj", placing: PLACING, memory: MEMORY, ...options });
}

function readObj(path: string): Mesh {
	const lines = readFileSync(path, "latin1").trimEnd().split("\n");
	const all = (word: string) =>
		lines.filter((line) => line.startsWith(`${word} `)).flatMap((line) => line.split(" ").slice(1).map(Number));
	return { places: all("v"), triangles: all("f").map((index) => index - 1) };
}

function readPly(path: string): Mesh {
	const bytes = readFileSync(path);
	const end = "end_header\n";
	const head = bytes.toString("latin1", 0, bytes.indexOf(end));
	expect(head).toMatch(/^ply\nformat binary_little_endian 1\.0\n/);
	const [vertices = 0, faces = 0] = ["vertex", "face"].map((name) =>
		Number(new RegExp(`element ${name} (\\d+)`).exec(head)?.[1]),
	);
	const at = head.length + end.length;
	const behind = at + 12 * vertices;
	expect(bytes.length).toBe(behind + 13 * faces);
	const places = Array.from({ length: 3 * vertices }, (_, i) => bytes.readFloatLE(at + 4 * i));
	const triangles = Array.from({ length: faces }, (_, i) => {
		expect(bytes[behind + 13 * i]).toBe(3);
		return [0, 1, 2].map((n) => bytes.readUInt32LE(behind + 13 * i + 1 + 4 * n));
	});
	return { places, triangles: triangles.flat() };
}

function readFragment(path: string): Mesh {
	const bytes = readFileSync(path);
	const vertices = bytes.readUInt32LE(0);
	const places = Array.from({ length: 3 * vertices }, (_, i) => bytes.readFloatLE(4 + 4 * i));
	const behind = 4 + 12 * vertices;
	expect((bytes.length - behind) % 12).toBe(0);
	const triangles = Array.from({ length: (bytes.length - behind) / 4 }, (_, i) => bytes.readUInt32LE(behind + 4 * i));
	return { places, triangles };
}

const IDS = EXPECTED.rows.map(({ id }) => BigInt(id));

describe("meshes of objects", () => {
	it("are closed, turned outwards, and hold what the table says, in every format", async () => {
		const folder = testFolder();
		const { labels } = fixture();
		for (const format of ["obj", "ply", "precomputed"] as const) {
			const size = await write(labels, IDS, { folder: join(folder, format), format });
			const meshes = EXPECTED.rows.map(({ id }) => {
				if (format === "obj") return readObj(join(folder, format, `${id}.obj`));
				if (format === "ply") return readPly(join(folder, format, `${id}.ply`));
				return readFragment(join(folder, format, `${id}.fragment`));
			});
			expect(size.triangles).toBe(meshes.reduce((sum, { triangles }) => sum + triangles.length / 3, 0));
			expect(size.vertices).toBe(meshes.reduce((sum, { places }) => sum + places.length / 3, 0));
			for (const [i, { id, volume, surfaceArea, start, stop, voxels }] of EXPECTED.rows.entries()) {
				const mesh = meshes[i] ?? { places: [], triangles: [] };
				const facts = surfaceFacts(mesh);
				expect(facts, `${id}`).toMatchObject({ isClosed: true, euler: id === 5 ? 0 : id === 65535 ? 4 : 2 });
				expect(facts.volume).toBeGreaterThan(0);
				if (voxels > 400) expect(Math.abs(facts.volume / volume - 1), `volume of ${id}`).toBeLessThan(0.06);
				expect(Math.abs(facts.area / surfaceArea - 1), `surface of ${id}`).toBeLessThan(0.015);
				for (const axis of [0, 1, 2]) {
					const along = mesh.places.filter((_, n) => n % 3 === 2 - axis);
					const length = SPACING[axis] ?? 1;
					expect(Math.min(...along)).toBeCloseTo(((start[axis] ?? 0) - 0.5) * length, 5);
					expect(Math.max(...along)).toBeCloseTo(((stop[axis] ?? 0) - 0.5) * length, 5);
				}
			}
		}
	});

	it("do not depend on the pieces they are read in", async () => {
		const folder = testFolder();
		const { labels } = fixture();
		for (const format of ["obj", "ply", "precomputed"] as const) {
			await write(labels, IDS, { folder: join(folder, format, "whole"), format });
			await write(labels, IDS, { folder: join(folder, format, "cut"), format, slabVoxels: 500 });
			const names = readdirSync(join(folder, format, "whole"));
			expect(readdirSync(join(folder, format, "cut"))).toEqual(names);
			for (const name of names) {
				const [whole, cut] = ["whole", "cut"].map((part) => readFileSync(join(folder, format, part, name), "latin1"));
				expect(cut === whole, name).toBe(true);
			}
		}
	});

	it("are made simpler and smoother in every format, the same whatever they were read in", async () => {
		const folder = testFolder();
		const { labels } = fixture();
		const refine = { smooth: 3, fraction: 0.2 };
		const full = await write(labels, [300n], { folder: join(folder, "full") });
		for (const format of ["obj", "ply", "precomputed"] as const) {
			const at = (name: string) => join(folder, format, name);
			const size = await write(labels, [300n], { folder: at("whole"), format, refine });
			await write(labels, [300n], { folder: at("cut"), format, refine, slabVoxels: 500 });
			expect(size.triangles).toBe(2 * Math.floor(Math.round(full.triangles / 5) / 2));
			const name = format === "precomputed" ? "300.fragment" : `300.${format}`;
			expect(readFileSync(join(at("cut"), name))).toEqual(readFileSync(join(at("whole"), name)));
			const read = format === "obj" ? readObj : format === "ply" ? readPly : readFragment;
			const { isClosed, euler, vertices, used } = surfaceFacts(read(join(at("whole"), name)));
			expect({ isClosed, euler, vertices, used }).toEqual({
				isClosed: true,
				euler: 2,
				vertices: size.vertices,
				used: size.vertices,
			});
		}
	});

	it("that are too large to be made simpler are refused, and nothing is left of them", async () => {
		const folder = testFolder();
		const shape = [2, 260, 260];
		const data = Uint8Array.from({ length: 2 * 260 * 260 }, (_, i) => (Math.floor(i / 260) + i) % 2);
		const refused = write(ndarray("uint8", shape, data), [1n], {
			folder,
			memory: 165 << 20,
			refine: { fraction: 0.5 },
			slabVoxels: 2 * 260 * 260,
		});
		await expect(refused).rejects.toMatchObject({
			code: "CONFIG",
			message: expect.stringMatching(/object 1: its surface has more than 65536 triangles.*raise --memory/),
		});
		expect(readdirSync(folder)).toEqual([]);
	});

	it("are found by labels of 64 bits", async () => {
		const folder = testFolder();
		const id = 2n ** 63n + 1n;
		const size = await write(ndarray("uint64", [1, 1, 3], BigUint64Array.of(id, id, 1n)), [id], { folder });
		expect(size).toEqual({ vertices: 10, triangles: 16 });
		expect(readdirSync(folder)).toEqual([`${id}.obj`]);
	});
});

describe("a folder of Neuroglancer's meshes", () => {
	it("has an info, and a manifest an object", async () => {
		const folder = join(testFolder(), "mesh");
		await write(fixture().labels, [7n, 300n], { folder, format: "precomputed" });
		const json = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), "utf8"));
		expect(readdirSync(folder).sort()).toEqual(["300.fragment", "300:0", "7.fragment", "7:0", "info"]);
		expect(json("info")).toEqual({ "@type": "neuroglancer_legacy_mesh" });
		expect(json("7:0")).toEqual({ fragments: ["7.fragment"] });
		await write(fixture().labels, [12n], { folder, format: "precomputed" });
		expect(readdirSync(folder)).toContain("12:0");
	});

	it("is not mixed with meshes of another kind", async () => {
		const folder = testFolder({ info: '{"@type": "neuroglancer_multilod_draco"}', "other/info": "[" });
		const refused = write(fixture().labels, [7n], { folder, format: "precomputed" });
		await expect(refused).rejects.toMatchObject({ code: "VOLUME", message: expect.stringMatching(/multilod_draco/) });
		const broken = write(fixture().labels, [7n], { folder: join(folder, "other"), format: "precomputed" });
		await expect(broken).rejects.toMatchObject({ code: "VOLUME", message: expect.stringMatching(/expected the info/) });
	});
});

describe("meshes that cannot be written", () => {
	it("are refused where the object is not there, or the file is", async () => {
		const folder = testFolder();
		const { labels } = fixture();
		await expect(write(labels, [7n, 8n], { folder })).rejects.toMatchObject({
			code: "INPUT",
			message: expect.stringMatching(/there is no object 8; found 7, from 2 to 65535/),
		});
		await write(labels, [7n], { folder });
		await expect(write(labels, [12n, 7n], { folder })).rejects.toMatchObject({ code: "CONFIG" });
		expect(readdirSync(folder)).toEqual(["7.obj"]);
		await write(labels, [12n, 7n], { folder, overwrite: true });
		expect(readdirSync(folder)).toEqual(["12.obj", "7.obj"]);
	});

	it("leave nothing behind where reading fails", async () => {
		const folder = testFolder();
		const labels = inMemory(fixture().labels);
		const table = await surveyObjects({ labels }, { spacing: SPACING, memory: MEMORY });
		const failing = { ...labels, read: () => Promise.reject(new Error("the disk is gone")) };
		for (const format of ["obj", "ply"] as const) {
			const options = { folder, format, placing: PLACING, memory: MEMORY };
			await expect(writeMeshes(failing, table, [7n], options)).rejects.toThrow(/disk is gone/);
		}
		expect(readdirSync(folder)).toEqual([]);
	});

	it("want memory for a section of the object", async () => {
		const folder = testFolder();
		const small = write(fixture().labels, [7n], { folder, slabVoxels: 20 });
		await expect(small).rejects.toMatchObject({
			code: "CONFIG",
			message: expect.stringMatching(/does not fit in --memory/),
		});
	});
});
