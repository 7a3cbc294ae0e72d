import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { findGlob, findInputs, readList } from "../../src/nnunet/inputs.ts";
import { testFolder } from "../folder.ts";

const isRoot = process.getuid?.() === 0;

/** Names found, relative to `folder`. */
async function names(folder: string, input: string, preferred?: string): Promise<string[]> {
	return (await findInputs(input, preferred)).paths.map((path) => relative(folder, path));
}

describe("a file", () => {
	it("is itself, whatever its name", async () => {
		const folder = testFolder({ "a[1]*.png": "", "a.xyz": "" });
		expect(await names(folder, join(folder, "a[1]*.png"))).toEqual(["a[1]*.png"]);
		expect(await names(folder, join(folder, "a.xyz"))).toEqual(["a.xyz"]);
	});

	it("that is missing is an error with its path", async () => {
		const folder = testFolder();
		await expect(findInputs(join(folder, "a.png"))).rejects.toMatchObject({ code: "INPUT" });
		await expect(findInputs(join(folder, "a.png"))).rejects.toThrow(/no such file or folder: .*a\.png; check the path/);
		await expect(findInputs(join(folder, "x".repeat(300)))).rejects.toThrow(/no such file/);
	});
});

describe("a folder", () => {
	it("gives its images, sorted, hidden ones and other files left out", async () => {
		const folder = testFolder({
			"b.png": "",
			"a.TIF": "",
			".hidden.png": "",
			"notes.txt": "",
			"sub/c.png": "",
			"v.zarr/zarr.json": "{}",
			"w/.zarray": "{}",
			"empty.zarr/": "",
		});
		expect(await names(folder, folder)).toEqual(["a.TIF", "b.png", "v.zarr", "w"]);
	});

	it("gives those of the data set's own ending where there are any, and says what it left out", async () => {
		const folder = testFolder({ "a.png": "", "b.tif": "", "c.PNG": "" });
		const found = await findInputs(folder, ".png");
		expect(found.paths.map((path) => relative(folder, path))).toEqual(["a.png", "c.PNG"]);
		expect(found.notes).toEqual([
			expect.stringMatching(/^1 image in .* not ending in \.png left out; name them by a glob/),
		]);
		const other = await findInputs(folder, ".nii.gz");
		expect(other.paths.map((path) => relative(folder, path))).toEqual(["a.png", "b.tif", "c.PNG"]);
		expect(other.notes).toEqual([
			expect.stringMatching(/^no image in .* ends in \.nii\.gz; its 3 images of other types are predicted$/),
		]);
	});

	it("leaves out what stands beside images: voxels of a header, spacings", async () => {
		const folder = testFolder({
			"a_0000.mhd": "",
			"a_0000.raw": "",
			"a_0000.zraw": "",
			"b_0000.nii.gz": "",
			"c_0000.tif": "",
			"c.json": "",
			"d.nrrd": "",
			"e.gipl": "",
			"f.bmp": "",
			"g.mha": "",
			"h.nii": "",
		});
		const wanted = ["a_0000.mhd", "b_0000.nii.gz", "c_0000.tif", "d.nrrd", "e.gipl", "f.bmp", "g.mha", "h.nii"];
		expect(await names(folder, folder)).toEqual(wanted);
	});

	it("that is a Zarr volume is one input", async () => {
		const folder = testFolder({ "v.zarr/zarr.json": "{}" });
		expect(await names(folder, join(folder, "v.zarr"))).toEqual(["v.zarr"]);
	});

	it("without images says what it holds", async () => {
		await expect(findInputs(testFolder(), ".png")).rejects.toThrow(
			/no image in folder .*: it is empty; expected \.png files/,
		);
		const folder = testFolder({ "a.txt": "", "b.txt": "", "c.txt": "", "d.txt": "" });
		await expect(findInputs(folder)).rejects.toThrow(
			/it holds a\.txt, b\.txt, c\.txt, \.\.\.; expected \.nii\.gz, \.png/,
		);
	});

	it.skipIf(isRoot)("that cannot be read is an error of permissions", async () => {
		const folder = testFolder({ "in/a.png": "" });
		chmodSync(join(folder, "in"), 0o000);
		try {
			await expect(findInputs(join(folder, "in"))).rejects.toThrow(/cannot be read; check its permissions/);
			await expect(findInputs(join(folder, "in", "a.png"))).rejects.toThrow(/permissions/);
			await expect(findInputs(join(folder, "**", "*.png"))).rejects.toThrow(/in cannot be read and is left out/);
		} finally {
			chmodSync(join(folder, "in"), 0o700);
		}
	});
});

describe("a glob", () => {
	const tree = {
		"a1.png": "",
		"a2.png": "",
		"b1.png": "",
		"a1.tif": "",
		".h.png": "",
		"x/a1.png": "",
		"x/y/a1.png": "",
		".git/a1.png": "",
		"v.zarr/zarr.json": "{}",
		"v.zarr/c/a1.png": "",
	};
	it.each([
		["*.png", ["a1.png", "a2.png", "b1.png"]],
		["a?.png", ["a1.png", "a2.png"]],
		["[ab]1.png", ["a1.png", "b1.png"]],
		["{a1,b1}.{png,tif}", ["a1.png", "a1.tif", "b1.png"]],
		["{x/a1,a2}.png", ["a2.png", "x/a1.png"]],
		["a{1..2}.png", ["a1.png", "a2.png"]],
		["**/a1.png", ["a1.png", "x/a1.png", "x/y/a1.png"]],
		["*/a1.png", ["x/a1.png"]],
		["x/**", ["x/a1.png", "x/y/a1.png"]],
		["*", ["a1.png", "a1.tif", "a2.png", "b1.png", "v.zarr"]],
		["*.zarr", ["v.zarr"]],
	])("%s", async (pattern, expected) => {
		const folder = testFolder(tree);
		expect(await names(folder, join(folder, pattern))).toEqual(expected);
	});

	it("works with a relative path, and from the folder itself", async () => {
		const folder = testFolder(tree);
		const here = process.cwd();
		const from = relative(here, folder);
		expect((await findInputs(`${from}/*.tif`)).paths).toEqual([`${from}/a1.tif`]);
		expect((await findInputs(`./${from}/*.tif`)).paths).toEqual([`${from}/a1.tif`]);
	});

	it("that is a path which is there counts as that file", async () => {
		const folder = testFolder(tree);
		expect((await findGlob(join(folder, "a1.png"))).paths).toEqual([join(folder, "a1.png")]);
	});

	it("that matches nothing says where it looked and how to go on", async () => {
		const folder = testFolder(tree);
		await expect(findGlob(join(folder, "*.h5"))).rejects.toThrow(
			/no file matches .*\*\.h5 \(looked in .*\); check the pattern, and quote it/,
		);
		await expect(findGlob(join(folder, "missing", "*.h5"))).rejects.toMatchObject({ code: "INPUT", exitCode: 2 });
	});

	it("ends where links run in a circle", async () => {
		const folder = testFolder({ "in/a.png": "" });
		symlinkSync(join(folder, "in"), join(folder, "in", "again"));
		symlinkSync(join(folder, "in"), join(folder, "in", "once-more"));
		symlinkSync(join(folder, "nowhere"), join(folder, "broken"));
		mkdirSync(join(folder, "other"));
		symlinkSync(join(folder, "in"), join(folder, "other", "link"));
		expect(await names(folder, join(folder, "**", "*.png"))).toEqual(["in/a.png", "other/link/a.png"]);
	});
});

describe("a list file", () => {
	it("takes paths relative to itself, each once, blank lines and comments left out", async () => {
		const folder = testFolder({
			"lists/l.txt": "\uFEFF../a b.png\r\n\r\n# note\r\n  c.png  \r../a b.png\n./c.png\n",
			"a b.png": "",
			"lists/c.png": "",
		});
		const file = join(folder, "lists", "l.txt");
		const { paths, notes } = await readList(file);
		expect(paths).toEqual([join(folder, "a b.png"), join(folder, "lists", "c.png")]);
		expect(notes).toEqual([
			`${file}:5 names ../a b.png again; it is taken once`,
			`${file}:6 names ./c.png again; it is taken once`,
		]);
		expect((await findInputs(file)).paths).toEqual(paths);
	});

	it("keeps its order and absolute paths", async () => {
		const folder = testFolder({ "b.png": "", "a.png": "" });
		writeFileSync(join(folder, "l.lst"), `${join(folder, "b.png")}\na.png\nmissing.png`);
		const { paths } = await findInputs(join(folder, "l.lst"));
		expect(paths.map((path) => relative(folder, path))).toEqual(["b.png", "a.png", "missing.png"]);
	});

	it("that is empty, missing, or names nothing that is there is an error", async () => {
		const folder = testFolder({ "empty.txt": "\n# nothing\n", "wrong.txt": "x.png\ny.png\n" });
		await expect(readList(join(folder, "empty.txt"))).rejects.toThrow(/names no image; write one path a line/);
		await expect(readList(join(folder, "wrong.txt"))).rejects.toThrow(
			/none of the 2 files that .*wrong\.txt names exists, the first being .*x\.png; paths are taken relative to the list file/,
		);
		await expect(readList(join(folder, "missing.txt"))).rejects.toThrow(/list file .* cannot be read/);
		await expect(readList(folder)).rejects.toMatchObject({ code: "INPUT" });
	});
});
