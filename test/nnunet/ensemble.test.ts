import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { openVolume } from "../../src/volume/formats.ts";
import { writeNpz } from "../../src/volume/npz/npz.ts";
import { nnvol, ROOT } from "../cli/command.ts";
import { sharedPath } from "../shared.ts";
import { readNpz } from "../volume/npz-reader.ts";

const SCENES = join(ROOT, "test/fixtures/ensemble");
let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-ensemble-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The folders of a scene's members. */
async function membersOf(scene: string): Promise<string[]> {
	const names = (await readdir(join(SCENES, scene))).filter((name) => name.startsWith("member_")).sort();
	return names.map((name) => join(SCENES, scene, name));
}

async function contentOf(path: string) {
	const reader = await openVolume(path);
	try {
		const { dtype, shape, geometry, affine } = reader.info;
		return { dtype, shape, geometry, affine, array: await reader.read(wholeBox(shape)) };
	} finally {
		await reader.close();
	}
}

/** Numbers of a place, each to 6 digits behind the point: ITK and nibabel round them on their way through float32. */
function rounded(numbers: readonly number[] | undefined): string[] | undefined {
	return numbers?.map((value) => (value + 0).toFixed(5).replace(/^-(0\.0+)$/, "$1"));
}

describe("ensemble", () => {
	it.each([
		["png", ".png", 2],
		["types", ".png", 1],
		["tiff", ".tif", 2],
		["itk", ".nii.gz", 2],
		["itk2d", ".nii.gz", 1],
		["itk-turned", ".nii.gz", 1],
		["nibabel", ".nii.gz", 1],
		["nibabel-turned", ".nii.gz", 1],
	])("gives nnU-Net's labels, types and places: %s", async (scene, ending, count) => {
		const output = join(folder, scene);
		const { code, err } = await nnvol("ensemble", ...(await membersOf(scene)), "-o", output);
		expect({ code, err }).toEqual({ code: 0, err: `${count} done, 0 failed; in ${output}\n` });
		for (let n = 0; n < count; n++) {
			const ours = await contentOf(join(output, `case_${n}${ending}`));
			const theirs = await contentOf(join(SCENES, scene, "output", `case_${n}${ending}`));
			expect(ours.array).toEqual(theirs.array);
			for (const key of ["origin", "spacing", "direction"] as const)
				expect(rounded(ours.geometry?.[key])).toEqual(rounded(theirs.geometry?.[key]));
			expect(rounded(ours.affine)).toEqual(rounded(theirs.affine));
		}
		const text = (at: string) => readFile(at, "utf8");
		for (const name of ["dataset.json", "plans.json"])
			expect(await text(join(output, name))).toBe(await text(join(SCENES, scene, "member_0", name)));
	});

	it("writes NIfTI files byte by byte as nnU-Net's classes do", async () => {
		for (const scene of ["itk", "itk2d", "itk-turned", "nibabel", "nibabel-turned"]) {
			const bytes = async (at: string) => gunzipSync(await readFile(join(at, "case_0.nii.gz")));
			expect(await bytes(join(folder, scene)), scene).toEqual(await bytes(join(SCENES, scene, "output")));
		}
	});

	it.each(["itk", "types"])("saves nnU-Net's mean to the last bit, with the properties: %s", async (scene) => {
		const output = join(folder, `${scene}-saved`);
		const { code } = await nnvol("ensemble", ...(await membersOf(scene)), "-o", output, "--save-probabilities");
		expect(code).toBe(0);
		const theirs = await readNpz(join(SCENES, scene, "output", "case_0.npz"));
		expect(await readNpz(join(output, "case_0.npz"))).toEqual(theirs);
		expect(await readFile(join(output, "case_0.pkl"))).toEqual(
			await readFile(join(SCENES, scene, "member_0", "case_0.pkl")),
		);
		const again = join(folder, `${scene}-again`);
		expect((await nnvol("ensemble", output, "-o", again)).code).toBe(0);
	});

	it("finds the place in labels beside, where the properties do not say it", async () => {
		const [first = "", second = ""] = await membersOf("itk");
		const [a, b] = [join(folder, "bare-a"), join(folder, "bare-b")];
		await cp(first, a, { recursive: true });
		await cp(second, b, { recursive: true });
		for (const member of [a, b]) for (const n of [0, 1]) await rm(join(member, `case_${n}.pkl`));
		const output = join(folder, "bare");
		const lost = await nnvol("ensemble", a, b, "-o", output);
		expect(lost.code).toBe(1);
		expect(lost.err).toContain('no "sitk_stuff"');
		await cp(join(SCENES, "itk/output/case_0.nii.gz"), join(b, "case_0.nii.gz"));
		expect((await nnvol("ensemble", a, b, "-o", output)).code).toBe(3);
		const ours = await contentOf(join(output, "case_0.nii.gz"));
		const theirs = await contentOf(join(SCENES, "itk/output/case_0.nii.gz"));
		expect(ours.geometry).toEqual(theirs.geometry);
		expect((await readdir(output)).filter((name) => name.startsWith(".")).length).toBe(0);
	});

	it("lists what the folders lack, and refuses an output among the inputs", async () => {
		const [first = "", second = ""] = await membersOf("png");
		const short = join(folder, "short");
		await cp(second, short, { recursive: true });
		await rm(join(short, "case_1.npz"));
		const output = join(folder, "never");
		const lacking = await nnvol("ensemble", first, short, "-o", output);
		expect(lacking).toMatchObject({ code: 2, err: expect.stringContaining(`${short} lacks case_1.npz`) });
		await rm(join(short, "case_0.npz"));
		await cp(join(first, "dataset.json"), join(short, "dataset.json"));
		expect(await nnvol("ensemble", short, "-o", output)).toMatchObject({
			code: 2,
			err: expect.stringContaining("no .npz files"),
		});
		expect(await nnvol("ensemble", short, "-o", `${short}/`)).toMatchObject({ code: 2 });
		expect((await nnvol("ensemble", second, first, "-o", output)).err).toContain("has no dataset.json");
	});

	it("names damaged files and goes on with the others", async () => {
		const [first = "", second = ""] = await membersOf("png");
		const hurt = join(folder, "hurt");
		const spoil = async (what: (path: string) => Promise<void>): Promise<string> => {
			await rm(hurt, { recursive: true, force: true });
			await cp(second, hurt, { recursive: true });
			await what(join(hurt, "case_0.npz"));
			const { code, err } = await nnvol("ensemble", first, hurt, "-o", join(folder, "hurt-out"));
			expect(code).toBe(3);
			expect(await readdir(join(folder, "hurt-out"))).toContain("case_1.png");
			return err;
		};
		expect(await spoil((path) => truncate(path, 200))).toMatch(/case_0\.npz/);
		expect(await spoil((path) => writeFile(path, "no zip at all"))).toMatch(/case_0\.npz/);
		const values = (shape: readonly number[], data: Float32Array<ArrayBuffer>) => ndarray("float32", shape, data);
		const write =
			(name: string, shape: readonly number[], fill = 0) =>
			(path: string) =>
				writeNpz(path, { [name]: values(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill)) });
		expect(await spoil(write("softmax", [3, 1, 9, 13]))).toContain(
			'expected an array "probabilities", found softmax.npy',
		);
		expect(await spoil(write("probabilities", [3, 1, 9, 12]))).toContain("3x1x9x13, found 3x1x9x12");
		expect(await spoil(write("probabilities", [3, 9, 13]))).toContain("four axes");
		expect(await spoil(write("probabilities", [3, 1, 9, 13], Number.NaN))).toContain("holds NaN in channel 0");
		expect(
			await spoil((path) => writeNpz(path, { probabilities: ndarray("uint8", [3, 1, 9, 13], new Uint8Array(351)) })),
		).toContain("found uint8");
	});

	it("reads properties as data: a pickle that asks for more is refused by name", async () => {
		const [first = "", second = ""] = await membersOf("itk2d");
		const evil = join(folder, "evil");
		await cp(first, evil, { recursive: true });
		await writeFile(join(evil, "case_0.pkl"), "\x80\x02cos\nsystem\n(X\x04\x00\x00\x00truetR.", "latin1");
		const { code, err } = await nnvol("ensemble", evil, second, "-o", join(folder, "evil-out"));
		expect(code).toBe(1);
		expect(err).toContain('"os.system"');
	});
});

const reference = sharedPath("fixtures", "reference");

describe.skipIf(reference === undefined)("shared: ensembles of what nnU-Net predicted", () => {
	it.each([
		["regions/mirror_float32", "regions"],
		["bn_transposed/mirror_float32", "bn_transposed"],
	])("give its labels in their place: %s", async (run, model) => {
		const [from, files] = [join(reference ?? "", run), sharedPath("fixtures", "models", model) ?? ""];
		const output = join(folder, model);
		const named = ["--dataset", join(files, "dataset.json"), "--plans", join(files, "plans.json")];
		expect((await nnvol("ensemble", from, from, "-o", output, ...named)).code).toBe(0);
		const names = (await readdir(from)).filter((name) => name.endsWith(".nii.gz"));
		expect(names.length).toBeGreaterThan(0);
		for (const name of names) expect(await contentOf(join(output, name))).toEqual(await contentOf(join(from, name)));
	});
});
