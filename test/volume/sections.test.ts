import {
	copyFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { cut, type NdArray, ndarray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { type DType, viewAs } from "../../src/core/dtype.ts";
import { formatOfName, openVolume, pathStem } from "../../src/volume/formats.ts";
import { finalName, isTemporaryName, publish, temporaryBeside } from "../../src/volume/publish.ts";
import { stackFiles } from "../../src/volume/sections/files.ts";
import { resolveStack, stackFolder, stackStem } from "../../src/volume/sections/name.ts";
import { compareNaturally } from "../../src/volume/sections/natural.ts";
import { compileParts, fillPart } from "../../src/volume/sections/pattern.ts";
import { statVolume } from "../../src/volume/sections/presence.ts";
import { sections } from "../../src/volume/sections/sections.ts";
import type { VolumeInfo, VolumeSpec } from "../../src/volume/volume.ts";
import { testFolder } from "../folder.ts";
import { boxes, expectFault, expectSame, noise, testVolumeFormat } from "./conformance.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "sections");
const at = (pattern: string) => `stack:${FIXTURES}/${pattern}`;

/** The suite gives each volume a path of its own: here it is the folder of its sections. */
const inFolder = (path: string, ending: string) => `stack:${path}/s_{z:03d}${ending}`;
for (const [ending, writes] of [
	[".png", ["uint8", "uint16"]],
	[".tif", sections.writes],
] as const) {
	testVolumeFormat(
		{
			...sections,
			extensions: [""],
			isFolder: true, // single flipped bytes are left to the formats' own tests
			writes,
			ranks: [3],
			open: async (path, options) => {
				const reader = await sections.open(inFolder(path, ending), options);
				return {
					...reader,
					read: (box, io) => reader.read(box, io),
					close: () => reader.close(),
					info: { ...reader.info, path },
				};
			},
			create: async (path, spec, options) => {
				if (existsSync(dirname(path)) && options?.signal?.aborted !== true) mkdirSync(path, { recursive: true });
				const writer = await sections.create(inFolder(path, ending), spec, options);
				const discard = async () => {
					await writer.discard();
					rmSync(path, { recursive: true, force: true });
				};
				return { write: writer.write, finish: writer.finish, discard };
			},
		},
		{ runs: 4 },
	);
}

async function load(name: string): Promise<{ info: VolumeInfo; array: NdArray }> {
	const reader = await openVolume(name);
	try {
		return { info: reader.info, array: await reader.read(wholeBox(reader.info.shape)) };
	} finally {
		await reader.close();
	}
}

type Expected = Readonly<Record<string, { readonly dtype: DType; readonly shape: number[]; readonly base64: string }>>;
const expected: Expected = JSON.parse(readFileSync(join(FIXTURES, "expected.json"), "utf8"));

function wanted(name: string): NdArray {
	const { dtype, shape, base64 } = expected[name] ?? { dtype: "uint8", shape: [0], base64: "" };
	return ndarray(dtype, shape, viewAs(dtype, new Uint8Array(Buffer.from(base64, "base64"))));
}

describe("sections: the volume that other programs make of the files (test/fixtures/sections/make.py)", () => {
	it.each([
		["png", "png", "zyx"],
		["png", "png/", "zyx"],
		["png", "png/*.png", "zyx"],
		["png", "png/z{z}.png", "zyx"],
		["png", "png/z%d.png", "zyx"],
		["png", "p?g/z[0-9]*.{png,tif}", "zyx"],
		["tif", "tif", "zyx"],
		["tif", "tif/section_{z:04d}.tif", "zyx"],
		["tif", "tif/section_####.tif", "zyx"],
		["tif", "tif/section_%04d.tif", "zyx"],
		["rgb", "rgb/*.png", "zyxc"],
		["tiles", "tiles/s{z:03d}_Y{y}_X{x}.jpg", "zyx"],
		["tiles", "tiles/s{zzz}_Y{row}_X{column}.jpg", "zyx"],
		["tiles", "tiles/s%d_Y%d_X%d.jpg", "zyx"],
		["listed", "listed.json", "zyx"],
		["rgb", "{rgb,none}/{z}.png", "zyxc"],
	])("%s as stack:%s", async (name, pattern, axes) => {
		const { info, array } = await load(at(pattern));
		expectSame(array, wanted(name));
		expect(info).toMatchObject({ format: "sections", axes, path: at(pattern) });
		expect(info.chunks?.length).toBe(array.shape.length);
	});

	it("any box of it", async () => {
		for (const [name, pattern] of [
			["tiles", "tiles/s{z:03d}_Y{y}_X{x}.jpg"],
			["listed", "listed.json"],
			["tif", "tif"],
			["rgb", "rgb"],
		] as const) {
			const whole = wanted(name);
			const reader = await openVolume(at(pattern));
			await fc.assert(
				fc.asyncProperty(boxes(whole.shape), async (box) => expectSame(await reader.read(box), cut(whole, box))),
				{ numRuns: 30 },
			);
			await reader.close();
		}
	});

	it("tells what is missing, and that JPEG loses", async () => {
		const { notes } = (await load(at("tiles/s{z}_Y{y}_X{x}.jpg"))).info;
		expect(notes?.[0]).toBe("1 of its 12 tiles are missing and read as 0, the first: z 8, row 1, column 2");
		expect(notes?.[1]).toMatch(/JPEG/);
		const listed = (await load(at("listed.json"))).info;
		expect(listed.notes).toEqual(["1 of its 18 tiles are missing and read as 128, the first: listed/2/2_2.png"]);
		expect((await load(at("png"))).info.notes).toBeUndefined();
	});

	it("its files, for recognising an input", async () => {
		expect((await stackFiles(at("png"))).map((file) => basename(file)).slice(0, 3)).toEqual([
			"z1.png",
			"z2.png",
			"z3.png",
		]);
		expect(await stackFiles(at("listed.json"))).toHaveLength(18);
	});
});

describe("sections: what cannot be one volume", () => {
	let folder = "";
	beforeEach(() => {
		folder = testFolder();
	});
	const put = (name: string, from = "png/z1.png") => {
		mkdirSync(join(folder, name, ".."), { recursive: true });
		copyFileSync(join(FIXTURES, from), join(folder, name));
	};
	const fails = (pattern: string, message: RegExp) =>
		expect(load(`stack:${folder}/${pattern}`)).rejects.toThrow(message);

	it("a section of another shape, type or kind is named, and the one it differs from", async () => {
		await expect(load(at("unlike"))).rejects.toThrow(
			/b\.png is 5x8 of uint8; expected 5x7 of uint8, to go with .*a\.png/,
		);
		put("kinds/a.png");
		put("kinds/b.png", "rgb/0.png");
		await fails("kinds", /b\.png is 4x5x3 of uint8/);
		copyFileSync(join(FIXTURES, "..", "tiff", "plain_stack.tif"), join(folder, "volume.tif"));
		await fails("*.tif", /expected files of one image each, found that .*volume\.tif holds 4x7x9/);
	});

	it("no files, several types, one file, two of one place, numbers far apart", async () => {
		await fails("none/*.png", /no file matches \(looked in .*none\)/);
		put("two/a.png");
		put("two/b.tif", "tif/section_0040.tif");
		await fails("two", /expected images of one type, found \.png and \.tif/);
		await fails("two/a.png", /found one file/);
		put("same/a1.png");
		put("same/b1.png");
		await fails("same/*{z}.png", /have the same place/);
		put("far/1.png");
		put("far/999999999999.png");
		await fails("far/{z}.png", /expected numbers without large gaps/);
		writeFileSync(join(folder, "not.png"), "text");
		await fails("not*", /expected a PNG, TIFF, JPEG or BMP/);
		await fails("%d%d%d%d", /at most three times/);
	});

	it("lists that are damaged or do not fit", async () => {
		const list = JSON.parse(readFileSync(join(FIXTURES, "listed.json"), "utf8"));
		const refused = async (change: object, message: RegExp) => {
			const path = join(folder, "list.json");
			writeFileSync(path, JSON.stringify({ ...list, ...change }));
			await expect(load(`stack:${path}`)).rejects.toThrow(message);
		};
		mkdirSync(join(folder, "listed"), { recursive: true });
		for (const z of [0, 1, 2])
			for (const name of readdirSync(join(FIXTURES, "listed", `${z}`)))
				put(`listed/${z}/${name}`, `listed/${z}/${name}`);
		await refused({ tile_ratio: 2 }, /"tile_ratio" 2 is not built/);
		await refused({ depth: 4 }, /expected 4 entries in "image"/);
		await refused({ height: 1e15 }, /more than a list may have/);
		await refused({ height: -1 }, /height/);
		await refused({ dtype: "uint16" }, /expected grey tiles of type uint16/);
		await refused({ tile_size: 8, height: 16, width: 16 }, /1_0\.png is 12x10 of uint8; expected 8x8/);
		await refused({ image: "nowhere/{row}.png" }, /none of its 18 tiles is there/);
		writeFileSync(join(folder, "list.json"), "{");
		await expectFault(load(`stack:${folder}/list.json`), folder);
	});
});

describe("sections: what is written", () => {
	const spec: VolumeSpec = { dtype: "uint8", shape: [3, 4, 5], axes: "zyx" };

	it("appears whole, under its names, when it is published", async () => {
		const folder = testFolder();
		const name = `stack:${folder}/out/s{z:04d}.png`;
		await expectFault(sections.create(name, spec), folder); // whoever writes has made the folder
		mkdirSync(join(folder, "out"));
		const temporary = temporaryBeside(name);
		expect(finalName(temporary)).toBe(name);
		const writer = await sections.create(temporary, spec);
		const array = noise("uint8", spec.shape, 1);
		await writer.write([1, 0, 0], cut(array, { start: [1, 0, 0], stop: [3, 4, 5] }));
		await writer.write([0, 0, 0], cut(array, { start: [0, 0, 0], stop: [1, 4, 5] }));
		await writer.finish();
		expect(readdirSync(join(folder, "out")).map(isTemporaryName)).toEqual([true]);
		await publish(temporary, name);
		expect(readdirSync(join(folder, "out")).sort()).toEqual(["s0000.png", "s0001.png", "s0002.png"]);
		expectSame((await load(name)).array, array);
		const bytes = readdirSync(join(folder, "out")).reduce(
			(sum, file) => sum + statSync(join(folder, "out", file)).size,
			0,
		);
		expect((await statVolume(name)).size).toBe(bytes);
		await expect(statVolume(`stack:${folder}/out/t{z}.png`)).rejects.toThrow(/nothing is at stack:/);
		const again = await sections.create(temporaryBeside(name), spec);
		await again.discard();
		expect(readdirSync(join(folder, "out"))).toHaveLength(3);
	});

	it("never mixes with a deeper volume of the same names", async () => {
		const folder = testFolder();
		const name = `stack:${folder}/s{z}.tif`;
		const writer = await sections.create(name, spec);
		await writer.write([0, 0, 0], noise("uint8", spec.shape, 2));
		await writer.finish();
		await expect(sections.create(name, { ...spec, shape: [2, 4, 5] })).rejects.toThrow(
			/s2\.tif belongs to a volume of more than 2/,
		);
	});

	it("refuses what is no section, or no name of one", async () => {
		const folder = testFolder();
		const refused = (pattern: string, message: RegExp, change: object = {}) =>
			expect(sections.create(`stack:${folder}/${pattern}`, { ...spec, ...change })).rejects.toThrow(message);
		await refused("s.png", /one file name with \{z\}/);
		await refused("{y}_{z}.png", /one file name with \{z\}/);
		await refused("{z}/{z}.png", /one file name with \{z\}/);
		await refused("*{z}.png", /one file name with \{z\}/);
		await refused("{z}.jpg", /\.png, \.tif or \.bmp/);
		await refused("{z}.png", /png cannot hold float32/, { dtype: "float32" });
		await refused("{z}.png", /volume of sections/, { axes: "czyx", shape: [1, 3, 4, 5] });
		expect(existsSync(join(folder, "{z}"))).toBe(false);
	});
});

describe("sections: names", () => {
	it("folders, stems, formats", () => {
		expect(formatOfName("stack:a/*.png")).toBe("sections");
		expect(stackFolder("stack:a/b/s{z}.png")).toBe("a/b");
		expect(stackFolder("stack:a/list.json")).toBe("a");
		expect(pathStem("stack:a/b/s{z}.png")).toBe(join("a", "b"));
		expect(pathStem("stack:a/list.json")).toBe("a/list");
		expect(basename(stackStem("stack:*.png"))).toBe(basename(process.cwd()));
		expect(resolveStack("/x", "stack:a/*.png")).toBe("stack:/x/a/*.png");
		expect(stackStem("stack:/*.png")).toBe("/stack");
	});

	it("natural order is a total order in which numbers count", () => {
		expect(["z10", "z9", "z1", "a", "z01", "z1b"].sort(compareNaturally)).toEqual([
			"a",
			"z01",
			"z1",
			"z1b",
			"z9",
			"z10",
		]);
		const names = fc.string({ unit: fc.constantFrom("a", "b", "0", "1", "9", "_"), maxLength: 6 });
		fc.assert(
			fc.property(names, names, names, (a, b, c) => {
				expect(Math.sign(compareNaturally(a, b))).toBe(-Math.sign(compareNaturally(b, a)) + 0);
				expect(compareNaturally(a, b) === 0).toBe(a === b);
				if (compareNaturally(a, b) < 0 && compareNaturally(b, c) < 0) expect(compareNaturally(a, c)).toBeLessThan(0);
			}),
		);
	});

	it("a name made of numbers gives them back", () => {
		const patterns = fc.constantFrom("s{z:04d}_{y}_{x}.tif", "{zzz}-{yyyy}-{xx}", "%d_%03d_%d", "a{z}b{row:2}c{col}");
		fc.assert(
			fc.property(patterns, fc.nat(99_999), fc.nat(999), fc.nat(999), (pattern, z, y, x) => {
				const [part] = compileParts([pattern]);
				const name = part === undefined ? undefined : fillPart(part, { z, y, x });
				const match = part?.expression.exec(name ?? "");
				expect(match?.slice(1).map(Number)).toEqual([z, y, x]);
				expect(part?.fields).toEqual(["z", "y", "x"]);
			}),
		);
	});
});
