/**
 * Inputs that need an answer of their own: exit code, a message that names the thing and the next step, nothing half-written.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { zeros } from "../../src/core/array.ts";
import { testFolder } from "../folder.ts";
import { nnvol } from "./command.ts";
import {
	describeVolume,
	outputsOf,
	pattern,
	readVolume,
	temporariesOf,
	treeOf,
	writeImages,
	writeModel,
	writeVolume,
} from "./scene.ts";

const PNGS = join(import.meta.dirname, "..", "fixtures", "png");

/** A folder with a model, two images and room for outputs. */
async function scene() {
	const folder = testFolder();
	return {
		folder,
		model: writeModel(join(folder, "model")),
		images: await writeImages(join(folder, "in"), ["a.png", "b.png"]),
		out: join(folder, "out"),
		at: (...parts: string[]) => join(folder, ...parts),
	};
}

const CPU = ["--device", "cpu"];

describe("names of channels", () => {
	it("both ID.png and ID_0000.png: that case fails, the others are written", async () => {
		const { model, out, at } = await scene();
		await writeImages(at("both"), ["a.png", "a_0000.png", "b.png"]);
		const { code, err } = await nnvol("predict", model, at("both"), out, ...CPU);
		expect(code).toBe(3);
		expect(err).toMatch(/case a has both a\.png, a_0000\.png: .*; keep one of them/);
		expect(outputsOf(out)).toEqual(["b.png"]);
	});

	it("missing and surplus channel indices are told apart, whole cases are written", async () => {
		const { out, at } = await scene();
		const model = writeModel(at("two"), { network: "2 channels 2D" });
		await writeImages(at("ch"), [
			"a_0000.png",
			"b_0000.png",
			"b_0001.png",
			"c_0000.png",
			"c_0001.png",
			"c_0002.png",
			"d_0001.png",
		]);
		const { code, err } = await nnvol("predict", model, at("ch"), out, ...CPU);
		expect(code).toBe(3);
		expect(err).toMatch(
			/a_0000\.png is 24x30 .*1 channel.*; the model takes 2 channels \(c0, c1\).* are missing: put a_0001\.png beside it/,
		);
		expect(err).toMatch(/case c has surplus channel _0002: found .* add or remove files/);
		expect(err).toMatch(/case d lacks channel _0000: found d_0001\.png/);
		expect(err).toMatch(/1 done, 0 skipped, 3 failed/);
		expect(outputsOf(out)).toEqual(["b.png"]);
	});

	it("channels of different shapes are refused with both shapes", async () => {
		const { out, at } = await scene();
		const model = writeModel(at("two"), { network: "2 channels 2D" });
		await writeVolume(at("ch", "a_0000.png"), pattern([20, 20]), "yx");
		await writeVolume(at("ch", "a_0001.png"), pattern([20, 21]), "yx");
		const { code, err } = await nnvol("predict", model, at("ch"), out, ...CPU);
		expect(code).toBe(1);
		expect(err).toMatch(/must have one shape: a_0000\.png is 20x20, a_0001\.png is 20x21/);
		expect(outputsOf(out)).toEqual([]);
	});

	it("one stem in two folders is refused before anything is written", async () => {
		const { model, out, at } = await scene();
		await writeImages(at("in2"), ["a.png"]);
		for (const argv of [
			["predict", model, at("{in,in2}", "a.png"), out],
			[
				"infer-volume",
				"--checkpoint",
				model,
				`inference.data.output_path=${out}`,
				`inference.volume_mode.file_pattern=${at("{in,in2}", "a.png")}`,
			],
		]) {
			const { code, err } = await nnvol(...argv);
			expect(code).toBe(2);
			expect(err).toMatch(/two inputs would write .*in\/a\.png and .*in2\/a\.png; rename one.*\{parent\} or \{index\}/);
			expect(existsSync(out)).toBe(false);
		}
		const done = await nnvol(
			"infer-volume",
			"--checkpoint",
			model,
			`inference.data.output_path=${out}`,
			`inference.volume_mode.file_pattern=${at("{in,in2}", "a.png")}`,
			"inference.volume_mode.output_name={parent}_{stem}",
		);
		expect(done.code).toBe(0);
		expect(outputsOf(out)).toEqual(["in2_a.h5", "in_a.h5"]);
	});
});

describe("output folders", () => {
	it("the folder of the inputs is refused, also by another name, and the inputs stay as they are", async () => {
		const { model, images, at } = await scene();
		symlinkSync(images, at("link"));
		const before = readFileSync(join(images, "a.png"));
		for (const argv of [
			["predict", model, images, images],
			["predict", model, images, at("link")],
			["predict", model, join(images, "a.png"), at("link", "a.png")],
			[
				"infer-volume",
				"--checkpoint",
				model,
				`inference.data.output_path=${at("link")}`,
				`inference.volume_mode.file_pattern=${images}/*.png`,
			],
		]) {
			const { code, err } = await nnvol(...argv);
			expect(code).toBe(2);
			expect(err).toMatch(/is (the folder of the input|an input as well).*; choose another/);
			expect(treeOf(images)).toEqual(["a.png", "b.png"]);
			expect(readFileSync(join(images, "a.png")).equals(before)).toBe(true);
		}
	});

	it.each(["file", "file/below"])("a file in the way (%s) is named", async (place) => {
		const { model, images, at } = await scene();
		writeFileSync(at("file"), "mine");
		const { code, err } = await nnvol("predict", model, images, at(place));
		expect(code).toBe(1);
		expect(err).toMatch(/the output folder .*file.* cannot be written; check its permissions or choose another: E/);
		expect(readFileSync(at("file"), "utf8")).toBe("mine");
	});

	it.skipIf(!existsSync("/proc/self"))("one that can never be made is an error, not a wait without end", async () => {
		const { model, images } = await scene();
		const { code, err } = await nnvol("predict", model, images, "/proc/nnvol-test");
		expect(code).toBe(1);
		expect(err).toMatch(/the output folder \/proc\/nnvol-test cannot be written/);
	});

	it("an ending that cannot be written is no folder", async () => {
		const { model, images, at } = await scene();
		const { code, err } = await nnvol("predict", model, join(images, "a.png"), at("a.npy"));
		expect(code).toBe(2);
		expect(err).toMatch(/a\.npy: \.npy files cannot be written yet; choose another ending \(\.png, /);
		expect(existsSync(at("a.npy"))).toBe(false);
	});

	it("one file for several cases is refused", async () => {
		const { model, images, at } = await scene();
		const { code, err } = await nnvol("predict", model, images, at("all.png"));
		expect(code).toBe(2);
		expect(err).toMatch(/2 cases cannot be written to the one file .*all\.png; give a folder/);
	});

	it("one case is written to the file that is named", async () => {
		const { model, images, at } = await scene();
		expect((await nnvol("predict", model, join(images, "a.png"), at("new", "mask.tif"), ...CPU)).code).toBe(0);
		expect(await describeVolume(at("new", "mask.tif"))).toBe("uint8 24x30");
	});
});

describe("kinds of PNG for a model of one channel", () => {
	it.each([
		["grey16.png", 0, "", "uint8 7x11"],
		["pal4.png", 1, /pal4\.png is 7x11x3 \(axes yxc: 3 channels, 2D\).*Convert it to a grey image/, ""],
		["rgb8.png", 1, /3 channels.*the model takes 1 channel \(c0\).*Convert it to a grey image/, ""],
		["rgba8.png", 1, /4 channels.*Convert it to a grey image/, ""],
		["palgreyramp8.png", 0, "a colour image of greys; one channel is taken", "uint8 7x11"],
		["greyalpha8.png", 1, /2 channels.*Convert it to a grey image/, ""],
	] as const)("%s", async (name, code, says, written) => {
		const { model, out, at } = await scene();
		mkdirSync(at("one"));
		cpSync(join(PNGS, name), at("one", name));
		const result = await nnvol("predict", model, at("one"), out, ...CPU);
		expect(result.err).toMatch(says);
		expect(result.code).toBe(code);
		expect(outputsOf(out)).toEqual(code === 0 ? [name] : []);
		if (code === 0) expect(await describeVolume(join(out, name))).toBe(written);
	});

	it("16 bits are not cut to 8: a scaled image gives the same labels", async () => {
		const { model, images, at } = await scene();
		const grey = await readVolume(join(images, "a.png"));
		const wide = zeros("uint16", grey.shape);
		for (let i = 0; i < wide.data.length; i++) wide.data[i] = Number(grey.data[i]) * 201;
		await writeVolume(at("wide", "a.png"), wide, "yx");
		for (const name of ["in", "wide"])
			expect((await nnvol("predict", model, at(name, "a.png"), at("o", name), ...CPU)).code).toBe(0);
		expect((await readVolume(at("o", "wide", "a.png"))).data).toEqual((await readVolume(at("o", "in", "a.png"))).data);
		expect(new Set(Array.from((await readVolume(at("o", "in", "a.png"))).data, Number)).size).toBeGreaterThan(1);
	});

	it("an image of zeros is predicted like any other, and says nothing false", async () => {
		const { model, out, at } = await scene();
		await writeVolume(at("z", "zero.png"), zeros("uint8", [24, 30]), "yx");
		const { code, err } = await nnvol("predict", model, at("z"), out, ...CPU);
		expect(err).toMatch(/1 done, 0 skipped, 0 failed/);
		expect(code).toBe(0);
		expect(await describeVolume(join(out, "zero.png"))).toBe("uint8 24x30");
	});
});

describe("files that cannot be used", () => {
	const cases: readonly [string, (path: string) => void, RegExp][] = [
		["a zero-byte image", (path) => writeFileSync(path, ""), /found an empty file; copy or make it again/],
		[
			"a truncated image",
			(path) => truncateSync(path, 100),
			/damaged PNG: it ends within its IDAT chunk; copy or make it again/,
		],
		[
			"HTML renamed",
			(path) => writeFileSync(path, "<!doctype html><html>404</html>"),
			/found an HTML page \(a failed download\?\)/,
		],
		[
			"the header of a NIfTI pair renamed",
			(path) =>
				writeFileSync(
					path,
					Buffer.concat([Buffer.of(0x5c, 1), Buffer.alloc(342), Buffer.from("ni1\0"), Buffer.alloc(4)]),
				),
			/the header of a NIfTI pair/,
		],
	];
	it.each(cases)("%s fails by itself, with its name and the next step", async (_name, damage, says) => {
		const { model, images, out } = await scene();
		damage(join(images, "a.png"));
		const { code, err } = await nnvol("predict", model, images, out, ...CPU);
		expect(code).toBe(3);
		expect(err).toMatch(/1 of 2 failed:\n {2}a {2}/);
		expect(err).toMatch(says);
		expect(outputsOf(out)).toEqual(["b.png"]);
		expect(temporariesOf(out)).toEqual([]);
	});

	it("an empty folder, a glob without a match and a missing path are errors that say where was looked", async () => {
		const { model, out, at } = await scene();
		mkdirSync(at("empty"));
		for (const [input, says] of [
			["empty", /no image in folder .*empty: it is empty; expected \.png files/],
			["in/*.h5", /no file matches .*in\/\*\.h5 \(looked in .*in\); check the pattern/],
			["nowhere", /no such file or folder: .*nowhere; check the path/],
		] as const) {
			const { code, err } = await nnvol("predict", model, at(input), out);
			expect(err).toMatch(says);
			expect(code).toBe(2);
			expect(existsSync(out)).toBe(false);
		}
	});

	it("labels over 65535 are refused before the run", async () => {
		const { images, out, at } = await scene();
		const labels = { background: 0, whole: [1, 2], core: [2], rim: [1] };
		const model = writeModel(at("regions"), { dataset: { labels, regions_class_order: [1, 2, 70000] } });
		const { code, err } = await nnvol("predict", model, images, out);
		expect(err).toMatch(/70000.*65535/);
		expect(code).toBe(1);
		expect(existsSync(out)).toBe(false);
	});
});

describe("list files", () => {
	it("take CRLF, blank lines, comments, spaces, duplicates and paths relative to the list", async () => {
		const { model, images, out, at } = await scene();
		writeFileSync(
			at("list.txt"),
			`\uFEFF\r\nin/a.png\r\n\r\n# note\r\n${images}/b.png\r\n  in/a.png  \r\nin/gone.png\r\n`,
		);
		const argv = [
			"infer-volume",
			"--checkpoint",
			model,
			"system.device=cpu",
			`inference.data.output_path=${out}`,
			`inference.volume_mode.file_list=${at("list.txt")}`,
		];
		const { code, err } = await nnvol(...argv);
		expect(err).toMatch(/list\.txt:6 names in\/a\.png again; it is taken once/);
		expect(err).toMatch(/gone {2}input .*in\/gone\.png cannot be read; check that it is there/);
		expect(code).toBe(3);
		expect(outputsOf(out)).toEqual(["a_prediction.h5", "b_prediction.h5"]);
	});

	it.each([
		[
			"x.png\ny.png",
			/none of the 2 files that .*list\.txt names exists, the first being .*x\.png; paths are taken relative to the list/,
		],
		["\n# nothing\n", /list\.txt names no image; write one path a line/],
	])("%j is an error before the run", async (text, says) => {
		const { model, out, at } = await scene();
		writeFileSync(at("list.txt"), text);
		const { code, err } = await nnvol(
			"infer-volume",
			"--checkpoint",
			model,
			`inference.data.output_path=${out}`,
			`inference.volume_mode.file_list=${at("list.txt")}`,
		);
		expect(err).toMatch(says);
		expect(code).toBe(2);
		expect(existsSync(out)).toBe(false);
	});
});

describe("numbers of the configuration", () => {
	it.each([
		["inference.volume_mode.start_index=2", /start_index 2 is past the end: there are 2 inputs \(0 to 1\)/],
		["inference.volume_mode.step=0", /step: expected a whole number of 1 or more, found the number 0/],
		["inference.volume_mode.step=-4", /step: expected a whole number of 1 or more/],
		["inference.sliding_window.overlap=1", /overlap: expected a number from 0 up to, not including, 1/],
		["inference.sliding_window.overlap=1.5", /overlap: expected a number/],
		[
			"inference.sliding_window.window_size=[21, 17]",
			/window_size \[21, 17\] does not suit the network: its patch is 20x16, and extents must be multiples of 4x4/,
		],
		["inference.sliding_window.window_size=[4, 24, 24]", /does not fit this 2D model/],
		["inference.test_time_augmentation.select_channel=7", /names channel 7; the model has 3, 0 to 2/],
		["inference.test_time_augmentation.act=[softmax, none]", /lists 2 activations, the model has 3 channels/],
		["inference.test_time_augmentation.mask=nowhere.png", /mask: there is no nowhere\.png; check the path/],
		["inference.postprocessing.binary.enabled=true", /binary needs a channel: set .*select_channel/],
		["inference.postprocessing.decoding=[{name: decode_abiss}]", /not built yet: the steps decode_abiss/],
		["inference.volume_mode.output_name=all", /two inputs would write .*all\.h5/],
		["inference.volume_mode.output_name=../{stem}", /must stay inside inference\.data\.output_path/],
		["system.device=cuda:", /a device's number is missing after 'cuda:' \(an unset shell variable\?\)/],
	])("%s", async (override, says) => {
		const { model, images, out } = await scene();
		const { code, err } = await nnvol(
			"infer-volume",
			"--checkpoint",
			model,
			`inference.data.output_path=${out}`,
			`inference.volume_mode.file_pattern=${images}/*.png`,
			override,
		);
		expect(err).toMatch(says);
		expect(code).toBe(2);
		expect(existsSync(out)).toBe(false);
	});
});

describe("a spacing that no file tells", () => {
	it("is noted of the first case, and in the report of each", async () => {
		const { at, out } = await scene();
		const model = writeModel(at("m3"), { network: "1 channel 3D", ending: ".nii.gz", reader: "SimpleITKIO" });
		for (const name of ["a.h5", "b.h5"]) await writeVolume(at("volumes", name), pattern([5, 12, 14]), "zyx");
		const { code, err } = await nnvol("predict", model, at("volumes"), out, ...CPU, "--no-tta", "--format", "h5");
		expect(code).toBe(0);
		expect(err.match(/nothing tells its spacing/g)).toHaveLength(1);
		const { cases } = JSON.parse(readFileSync(join(out, ".nnvol", "report.json"), "utf8"));
		expect(cases).toHaveLength(2);
		for (const { notes } of cases) expect(notes).toEqual([expect.stringMatching(/^.\.h5: nothing tells its spacing/)]);
	});
});
