/**
 * `nnvol objects`: tables and meshes of volumes in files, and what it refuses.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type NdArray, ndarray } from "../../src/core/array.ts";
import { formatByName } from "../../src/volume/formats.ts";
import { EXPECTED, fixture } from "../decode/objects/scene.ts";
import { testFolder } from "../folder.ts";
import { nnvol } from "./command.ts";
import { writeVolume } from "./scene.ts";

const SPACING = "2.5,1,0.75";

async function scene() {
	const folder = testFolder();
	const { labels, probabilities, classes } = fixture();
	return {
		folder,
		labels: await writeVolume(join(folder, "labels.zarr"), labels, "zyx", [2.5, 1, 0.75]),
		probabilities: await writeVolume(join(folder, "chance.h5"), twoChannels(probabilities), "czyx"),
		classes: await writeVolume(join(folder, "classes.nii.gz"), classes, "zyx"),
	};
}

/** The array as the second of two channels. */
function twoChannels({ shape, data }: NdArray<"float32">): NdArray {
	const both = new Float32Array(2 * data.length);
	both.set(data, data.length);
	return ndarray("float32", [2, ...shape], both);
}

/** A column of a CSV, by name. */
function column(path: string, name: string): string[] {
	const [head = "", ...lines] = readFileSync(path, "utf8").trimEnd().split("\r\n");
	const at = head.split(",").indexOf(name);
	return lines.map((line) => line.split(",")[at] ?? "");
}

describe("objects", () => {
	it("writes a table of labels, probabilities and classes", async () => {
		const { folder, labels, probabilities, classes } = await scene();
		const table = join(folder, "t.csv");
		const more = ["--probabilities", probabilities, "--channel", "1", "--classes", classes];
		const { code, out, err } = await nnvol("objects", labels, "--table", table, ...more);
		expect([code, err]).toEqual([0, ""]);
		expect(out).toBe(`Processing 1 file\n7 objects in 14x22x26 voxels of 2.5 x 1 x 0.75: ${table}\n`);
		expect(column(table, "id").map(Number)).toEqual(EXPECTED.rows.map(({ id }) => id));
		expect(column(table, "class").map(Number)).toEqual(EXPECTED.rows.map((row) => row.class));
		const means = column(table, "mean_probability").map(Number);
		for (const [i, row] of EXPECTED.rows.entries()) expect(means[i]).toBeCloseTo(row.meanProbability, 5);
		const again = await nnvol("objects", labels, "--table", table);
		expect(again).toMatchObject({ code: 2, err: expect.stringMatching(/exists already; add --overwrite/) });
		const replaced = await nnvol("objects", labels, "--table", table, "--overwrite", "--quiet", "--spacing", "1,1,1");
		expect([replaced.code, replaced.err]).toEqual([0, ""]);
		expect(column(table, "volume")).toEqual(column(table, "voxels"));
	});

	it("tells events as JSON", async () => {
		const { folder, labels } = await scene();
		const { code, out } = await nnvol("objects", labels, "--table", join(folder, "t.parquet"), "--json");
		const kinds = out
			.trim()
			.split("\n")
			.map((line): { kind: string } => JSON.parse(line));
		expect([code, ...kinds.map(({ kind }) => kind)]).toEqual([
			0,
			"started",
			"case-started",
			"tile",
			"case-done",
			"finished",
		]);
		expect(readdirSync(folder)).toContain("t.parquet");
	});

	it("writes meshes of chosen objects, or all", async () => {
		const { folder, labels } = await scene();
		const meshes = join(folder, "meshes");
		const { code, out, err } = await nnvol("objects", labels, "--mesh", "300,7,300", "--out", meshes);
		expect([code, err]).toEqual([0, ""]);
		expect(out).toMatch(/\n2 meshes of \d+ triangles: .*meshes\n$/);
		expect(readdirSync(meshes).sort()).toEqual(["300.obj", "7.obj"]);
		const all = await nnvol("objects", labels, "--mesh", "all", "--mesh-format", "ply", "--out", meshes, "--quiet");
		expect(all).toMatchObject({ code: 0, out: expect.not.stringMatching(/meshes of/) });
		expect(readdirSync(meshes).filter((name) => name.endsWith(".ply")).length).toBe(EXPECTED.rows.length);
	});

	it("writes simpler meshes, with an error in the unit of the voxel size", async () => {
		const folder = testFolder();
		const path = join(folder, "v.precomputed");
		await writeVolume(path, fixture().labels, "zyx", [40, 8, 8]);
		const trianglesOf = async (...more: readonly string[]) => {
			const { code, out } = await nnvol("objects", path, "--mesh", "300", "--overwrite", ...more);
			expect(code).toBe(0);
			return Number(/of (\d+) triangles/.exec(out)?.[1]);
		};
		const out = ["--out", join(folder, "meshes")];
		const all = await trianglesOf(...out);
		expect(await trianglesOf("--simplify", "0.25", "--smooth", "5", ...out)).toBe(
			2 * Math.floor(Math.round(all / 4) / 2),
		);
		const near = await trianglesOf("--max-error", "4", ...out);
		expect(near).toBeLessThan(all);
		expect(await trianglesOf("--max-error", "20", ...out)).toBeLessThan(near);
		expect(await trianglesOf("--max-error", "4", "--mesh-format", "precomputed")).toBe(near);
	});

	it("names meshes of a precomputed volume in its info, in nanometers from the voxel's corner", async () => {
		const folder = testFolder();
		const path = join(folder, "v.precomputed");
		const { labels } = fixture();
		await writeVolume(path, labels, "zyx", [40, 8, 8]);
		const { code, out } = await nnvol("objects", path, "--mesh", "41", "--mesh-format", "precomputed");
		expect([code, out]).toEqual([0, expect.stringMatching(/mesh \(named in the volume's info\)\n$/)]);
		const info: unknown = JSON.parse(readFileSync(join(path, "info"), "utf8"));
		expect(info).toMatchObject({ mesh: "mesh", data_type: "uint16" });
		// one voxel at z 12, y 2, x 2
		const bytes = readFileSync(join(path, "mesh", "41.fragment"));
		const places = Array.from({ length: 18 }, (_, i) => bytes.readFloatLE(4 + 4 * i));
		const along = (axis: number) => places.filter((_, i) => i % 3 === axis);
		const ranges = [0, 1, 2].map((axis) => [Math.min(...along(axis)), Math.max(...along(axis))]);
		expect(ranges).toEqual([
			[16, 24],
			[16, 24],
			[480, 520],
		]);
		const reader = await (await formatByName("precomputed")).open(path);
		await reader.close();
		const itself = await nnvol("objects", path, "--mesh", "7", "--mesh-format", "precomputed", "--out", path);
		expect([itself.code, readdirSync(join(path, "mesh")).includes("7:0")]).toEqual([0, true]);
		const second = join(path, "more");
		const left = await nnvol("objects", path, "--mesh", "7", "--mesh-format", "precomputed", "--out", second);
		expect([left.code, left.err]).toEqual([0, expect.stringMatching(/names its meshes "mesh", which was left so/)]);
		expect(JSON.parse(readFileSync(join(path, "info"), "utf8"))).toMatchObject({ mesh: "mesh" });
		const beside = join(folder, "beside");
		const other = await nnvol("objects", path, "--mesh", "7", "--mesh-format", "precomputed", "--out", beside);
		expect([other.code, other.out]).toEqual([0, expect.stringMatching(/triangles: .*beside\n$/)]);
		expect(existsSync(join(beside, "info"))).toBe(true);
	});

	it("says that a unit is assumed", async () => {
		const { folder, labels } = await scene();
		const out = join(folder, "m");
		const { code, err } = await nnvol("objects", labels, "--mesh", "7", "--mesh-format", "precomputed", "--out", out);
		expect([code, err]).toEqual([
			0,
			expect.stringMatching(/tells no unit of its voxel size; in the meshes it counts as/),
		]);
	});
});

describe("objects that are refused", () => {
	it("where nothing or the wrong thing is asked for", async () => {
		const { folder, labels } = await scene();
		const wrong: [string[], RegExp][] = [
			[[], /nothing to write: give --table/],
			[["--out", "x"], /nothing to write/],
			[["--table", "t.csv", "--out", "x"], /say which with --mesh/],
			[["--table", join(folder, "t.xls")], /expected \.csv or \.parquet/],
			[["--mesh", "1,x", "--out", "m"], /--mesh 1,x: expected all, or numbers/],
			[["--mesh", "0", "--out", "m"], /--mesh 0: expected all/],
			[["--mesh", "7"], /--mesh needs --out/],
			[["--mesh", "7", "--mesh-format", "stl", "--out", "m"], /expected one of obj, ply, precomputed/],
			[["--table", "t.csv", "--spacing", "1,1"], /--spacing 1,1: expected 3 numbers/],
			[["--table", "t.csv", "--channel", "-1"], /--channel -1: expected a whole number/],
			[["--table", "t.csv", "--memory", "much"], /--memory much/],
			[["--mesh", "7", "--simplify", "2", "--out", "m"], /--simplify 2: expected the share of triangles that is left/],
			[["--mesh", "7", "--max-error", "0", "--out", "m"], /--max-error 0: expected a number above 0/],
			[["--mesh", "7", "--smooth", "-1", "--out", "m"], /--smooth -1: expected a whole number of rounds/],
			[["--table", "t.csv", "--max-error", "2"], /--max-error 2: is for meshes/],
			[["--mesh", "8", "--out", join(folder, "m")], /there is no object 8/],
		];
		for (const [words, message] of wrong) {
			const { code, err } = await nnvol("objects", labels, "--spacing", SPACING, ...words);
			expect([code, err], words.join(" ")).toEqual([2, expect.stringMatching(message)]);
		}
		expect(existsSync(join(folder, "m"))).toBe(false);
	});

	it("where the volume is none of labels, or not there", async () => {
		const { folder, probabilities } = await scene();
		const table = join(folder, "t.csv");
		const several = await nnvol("objects", probabilities, "--table", table);
		expect(several).toMatchObject({ code: 2, err: expect.stringMatching(/has 2 channels/) });
		const missing = await nnvol("objects", join(folder, "no.zarr"), "--table", table);
		expect(missing.code).toBe(1);
		expect(existsSync(table)).toBe(false);
	});
});
