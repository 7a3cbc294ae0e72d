/**
 * `predict` with several models, stages of a cascade, shares of cases and other files for probabilities.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testFolder } from "../folder.ts";
import { committed } from "../parity/agreement.ts";
import { nnvol } from "./command.ts";
import { describeVolume, outputsOf, writeImages, writeModel } from "./scene.ts";

async function scene(names: readonly string[] = ["a.png"]) {
	const folder = testFolder();
	return {
		model: writeModel(join(folder, "model")),
		images: await writeImages(join(folder, "in"), names),
		out: join(folder, "out"),
		at: (...parts: string[]) => join(folder, ...parts),
	};
}

const quick = ["--quiet", "--device", "cpu", "--no-tta"];

describe("predict --with", () => {
	it("averages probabilities with another model, and records both", async () => {
		const { model, images, out, at } = await scene();
		const other = writeModel(at("other"));
		const { code } = await nnvol("predict", model, images, out, ...quick, "--with", other, "--save-probabilities");
		expect(code).toBe(0);
		expect(outputsOf(out)).toContain("a.npz");
		const [plan = ""] = readdirSync(join(out, ".nnvol")).filter((name) => name.startsWith("plan-"));
		expect(JSON.parse(readFileSync(join(out, ".nnvol", plan), "utf8")).further).toHaveLength(1);
		// without the other model it is another plan
		const alone = await nnvol("predict", model, images, out, ...quick, "--save-probabilities");
		expect(alone.code).toBe(2);
		expect(alone.err).toMatch(/--accept-existing .* --overwrite/);
	});

	it("refuses a model of other labels before anything is written", async () => {
		const { model, images, out } = await scene();
		const { code, err } = await nnvol("predict", model, images, out, ...quick, "--with", committed("rgb2d", "model"));
		expect(code).toBe(1);
		expect(err).toMatch(/models of an ensemble must have the same labels/);
		expect(existsSync(out)).toBe(false);
	});
});

describe("predict --num-parts", () => {
	it("shares the cases; together they are the whole", async () => {
		const { model, images, out } = await scene(["a.png", "b.png", "c.png"]);
		const part = (id: string) => nnvol("predict", model, images, out, ...quick, "--num-parts", "2", "--part-id", id);
		expect((await part("0")).out).toMatch(/Processing 2 files/);
		expect(outputsOf(out)).toEqual(["a.png", "c.png"]);
		expect((await part("1")).out).toMatch(/Processing 1 file/);
		expect(outputsOf(out)).toEqual(["a.png", "b.png", "c.png"]);
		expect((await part("2")).err).toMatch(/--part-id 2: expected a number from 0 to 1/);
	});
});

describe("predict --probabilities-format", () => {
	it.each([
		["zarr", "float16"],
		["h5", "uint8"],
	])("%s as %s", async (format, dtype) => {
		const { model, images, out } = await scene();
		const options = ["--probabilities-format", format, "--probabilities-dtype", dtype];
		const { code, err } = await nnvol("predict", model, images, out, ...quick, ...options);
		expect([code, err]).toEqual([0, expect.stringContaining("1 done")]);
		const name = `a_probabilities.${format}`;
		expect(outputsOf(out).filter((path) => !path.includes("/"))).toEqual(["a.png", name]);
		expect(await describeVolume(join(out, name))).toMatch(new RegExp(`^${dtype} \\d+x1x\\d+x\\d+$`));
		// one that is gone is made again
		const again = await nnvol("predict", model, images, out, ...quick, ...options);
		expect(again.out).toMatch(/Skipped 1\/1/);
	});

	it("refuses what the format cannot hold", async () => {
		const { model, images, out } = await scene();
		const bad = async (...options: string[]) => (await nnvol("predict", model, images, out, ...quick, ...options)).err;
		expect(await bad("--probabilities-format", "h5", "--probabilities-dtype", "float16")).toMatch(/choose zarr/);
		expect(await bad("--probabilities-dtype", "uint8")).toMatch(/\.npz is float32/);
		expect(await bad("--probabilities-format", "csv")).toMatch(/expected npz, zarr or h5/);
	});
});

describe("a cascade", () => {
	const low = committed("cascade", "models", "cascade_low");
	const full = committed("cascade", "models", "cascade_full");
	const inputs = committed("cascade", "inputs");
	it("whose first stage is nowhere is an error that names the folder", async () => {
		const results = testFolder();
		const model = join(results, "nnUNetTrainer__nnUNetPlans__3d_cascade_fullres");
		cpSync(full, model, { recursive: true });
		const { code, err } = await nnvol("predict", model, inputs, join(results, "out"), ...quick);
		expect(code).toBe(1);
		expect(err).toContain(join(results, "nnUNetTrainer__nnUNetPlans__3d_lowres"));
	});

	it("refuses a case without a segmentation by name, and segmentations for a model that takes none", async () => {
		const empty = testFolder();
		writeFileSync(join(empty, "notes.txt"), "nothing");
		const lacking = await nnvol("predict", full, inputs, join(empty, "out"), ...quick, "--previous-stage", empty);
		expect(lacking.code).toBe(1);
		expect(lacking.err).toMatch(/case a: there is no segmentation of the previous stage/);
		const surplus = await nnvol("predict", low, inputs, join(empty, "out2"), ...quick, "--previous-stage", empty);
		expect(surplus.code).toBe(2);
		expect(surplus.err).toMatch(/3d_lowres is no second stage/);
	});

	it("in a configuration takes its segmentations from model.previous_stage", async () => {
		const out = join(testFolder(), "volumes");
		const run = (...more: string[]) =>
			nnvol(
				"infer-volume",
				"--quiet",
				"--checkpoint",
				full,
				`inference.volume_mode.file_pattern=${join(inputs, "*.nii.gz")}`,
				`inference.data.output_path=${out}`,
				"inference.test_time_augmentation.flip_axes=none",
				"system.device=cpu",
				...more,
			);
		expect((await run()).err).toMatch(/set model\.previous_stage/);
		const labels = testFolder();
		mkdirSync(labels, { recursive: true });
		// in volume mode a file is a case: its stem is its name
		cpSync(committed("cascade", "lowres", "a.nii.gz"), join(labels, "a_0000.nii.gz"));
		const { code, err } = await run(`model.previous_stage=${labels}`);
		expect([code, err]).toEqual([0, expect.stringContaining("1 done")]);
		expect(outputsOf(out)).toEqual(["a_0000_prediction.h5"]);
	});
});

describe("the previous stage of a cascade", () => {
	const low = committed("cascade", "models", "cascade_low");
	const full = committed("cascade", "models", "cascade_full");
	const images = (folder: string) => {
		cpSync(committed("cascade", "inputs"), folder, { recursive: true });
		return folder;
	};
	const keptIn = (out: string) => readdirSync(join(out, ".nnvol")).filter((name) => name.startsWith("previous-"));

	it("is kept by model and settings, and made again where the input is another", async () => {
		const folder = testFolder();
		const inputs = images(join(folder, "in"));
		const out = join(folder, "out");
		const run = (...more: string[]) => nnvol("predict", full, inputs, out, "--previous-stage", low, ...quick, ...more);
		expect((await run()).code).toBe(0);
		const [kept = ""] = keptIn(out);
		expect(outputsOf(join(out, ".nnvol", kept))).toEqual(["a.nii.gz"]);
		expect((await run()).out.match(/Skipped 1\/1/g)).toHaveLength(2);
		const later = new Date(Date.now() + 5000);
		utimesSync(join(inputs, "a_0000.nii.gz"), later, later);
		const again = await run("--overwrite");
		expect([again.code, again.out.match(/Processing 1 file/g)]).toEqual([
			0,
			["Processing 1 file", "Processing 1 file"],
		]);
		// the user's own output is not made anew unasked, and taking it takes nothing of the first stage
		utimesSync(join(inputs, "a_0000.nii.gz"), new Date(), new Date());
		const refused = await run();
		expect([refused.code, refused.out, refused.err]).toEqual([
			2,
			expect.stringMatching(/^Processing 1 file\n$/),
			expect.stringMatching(/1 of 1 outputs in .*out exist already/),
		]);
		expect((await run("--step-size", "1", "--overwrite")).code).toBe(0);
		expect(keptIn(out)).toHaveLength(2);
	}, 60_000);

	it("that fails for a case leaves none of an earlier run to be taken", async () => {
		const folder = testFolder();
		const inputs = images(join(folder, "in"));
		const out = join(folder, "out");
		const run = (...more: string[]) => nnvol("predict", full, inputs, out, "--previous-stage", low, ...quick, ...more);
		expect((await run()).code).toBe(0);
		writeFileSync(join(inputs, "a_0000.nii.gz"), "no image");
		const { code, err } = await run("--overwrite");
		expect(code).toBe(1);
		expect(err).toMatch(/case a: the previous stage failed: .*a_0000\.nii\.gz/);
	}, 60_000);

	it("in several files of one case is an error, but for the data set's own ending", async () => {
		const folder = testFolder();
		const inputs = images(join(folder, "in"));
		const labels = join(folder, "labels");
		const run = () => nnvol("predict", full, inputs, join(folder, "out"), "--previous-stage", labels, ...quick);
		cpSync(committed("cascade", "lowres", "a.nii.gz"), join(labels, "a.nii"));
		writeFileSync(join(labels, "a.tif"), "no image");
		expect(await run()).toMatchObject({
			code: 2,
			err: expect.stringMatching(/several segmentations of case a: a\.nii, a\.tif/),
		});
		cpSync(committed("cascade", "lowres", "a.nii.gz"), join(labels, "a.nii.gz"));
		expect((await run()).code).toBe(0);
	}, 60_000);
});
