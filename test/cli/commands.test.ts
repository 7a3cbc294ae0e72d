/**
 * The command lines that are promised, exit codes, and names that are not known or not built.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testFolder } from "../folder.ts";
import { MAIN, nnvol, ROOT } from "./command.ts";
import { describeVolume, outputsOf, readJson, writeImages, writeModel } from "./scene.ts";

const TUTORIAL = join(ROOT, "tutorials", "nnunet_mito_inference.yaml");
const CHECKPOINT = join(ROOT, "examples", "mito", "checkpoints", "mito_semantic_2d.pth");

async function scene() {
	const folder = testFolder();
	return {
		model: writeModel(join(folder, "model")),
		images: await writeImages(join(folder, "in"), ["a.png", "b.png", "c.png"]),
		out: join(folder, "out"),
		at: (...parts: string[]) => join(folder, ...parts),
	};
}

describe("the promised command lines", () => {
	const input = `vars.input=${join(ROOT, "examples", "mito", "images", "slice?.png")}`;

	it("the tutorial in volume mode segments the example, and again by the command's other name", async () => {
		const output = join(testFolder(), "mito");
		const { code, out, err } = await nnvol(
			"--config",
			TUTORIAL,
			"--mode",
			"infer-volume",
			"--checkpoint",
			CHECKPOINT,
			input,
			`vars.output=${output}`,
		);
		expect(err).toMatch(/3 done, 0 skipped, 0 failed/);
		expect(code).toBe(0);
		expect(out).toBe("Processing 3 files\n");
		expect(outputsOf(output)).toEqual(["slice0_mito_seg.h5", "slice2_mito_seg.h5", "slice4_mito_seg.h5"]);
		expect(await describeVolume(join(output, "slice0_mito_seg.h5"))).toBe("uint8 335x512");
		const again = await nnvol(
			"infer-volume",
			"--config",
			TUTORIAL,
			"--checkpoint",
			CHECKPOINT,
			input,
			`vars.output=${output}`,
		);
		expect(again.out).toBe("Skipped 3/3 existing files, processing 0 remaining\n");
		expect(again.code).toBe(0);
		const test = await nnvol(
			"--config",
			TUTORIAL,
			"--mode",
			"test",
			"--checkpoint",
			CHECKPOINT,
			input,
			`vars.output=${output}`,
		);
		expect(test.err).toMatch(/nothing was scored: no labels are given \(data\.test\.label\)/);
		expect(test.out).toMatch(/^Skipped 3\/3/);
		expect(test.code).toBe(0);
	});

	it("test predicts data.test.image", async () => {
		const { model, images, out } = await scene();
		const result = await nnvol(
			"--mode",
			"test",
			"--checkpoint",
			model,
			`data.test.image=${images}`,
			`inference.data.output_path=${out}`,
		);
		expect(result.err).toMatch(/nothing was scored/);
		expect(result.code).toBe(0);
		expect(outputsOf(out)).toEqual(["a_prediction.h5", "b_prediction.h5", "c_prediction.h5"]);
	});

	it("infer predicts inference.data.input_path, several of them", async () => {
		const { model, images, out } = await scene();
		const result = await nnvol(
			"infer",
			"--checkpoint",
			model,
			`inference.data.input_path=['${images}/a.png', '${images}/[bc].png']`,
			`inference.data.output_path=${out}`,
		);
		expect(result.code).toBe(0);
		expect(outputsOf(out)).toHaveLength(3);
	});

	it("an explicit device that cannot be had is one error, not one a file", async () => {
		const { model, images, out } = await scene();
		const result = await nnvol(
			"--mode",
			"infer-volume",
			"--checkpoint",
			model,
			`inference.volume_mode.file_pattern=${images}/*.png`,
			`inference.data.output_path=${out}`,
			"inference.volume_mode.start_index=1",
			"inference.volume_mode.step=4",
			"system.device=cuda:97",
		);
		expect(result.err.match(/device cuda:97 cannot be had/g)).toHaveLength(1);
		expect(result.code).toBe(1);
		expect(outputsOf(out)).toEqual([]);
	});
});

describe("folds", () => {
	let model = "";
	let images = "";
	let folder = "";
	beforeAll(async () => {
		folder = join(ROOT, "out", `test-folds-${process.pid}`);
		model = writeModel(join(folder, "model"), { folds: [0, 1, "all"] });
		images = await writeImages(join(folder, "in"), ["0.png", "1.png"]);
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	it.each([
		[
			["--folds", "0", "1"],
			["0", "1"],
		],
		[
			["--folds", "0,1"],
			["0", "1"],
		],
		[["--folds", "all"], ["all"]],
		[["--folds", "1"], ["1"]],
		[[], ["0", "1"]],
	])("%j", async (flags, folds) => {
		const out = join(folder, `out-${flags.join("")}`);
		const { code } = await nnvol("predict", ...flags, "--", model, images, out);
		expect(code).toBe(0);
		const { cases } = readJson(join(out, ".nnvol", "report.json"));
		expect(cases).toHaveLength(2);
		const plan = outputsPlan(out);
		expect(plan.model.checkpoints.map(({ fold }: { fold: string }) => fold)).toEqual(folds);
	});

	it("that the model lacks, or that are named twice, are errors", async () => {
		const missing = await nnvol("predict", model, images, join(folder, "o"), "--folds", "4");
		expect(missing.err).toMatch(/has no fold 4 with checkpoint_final\.pth; it has the folds 0, 1, all/);
		expect(missing.code).toBe(1);
		const twice = await nnvol("predict", model, images, join(folder, "o"), "--folds", "0,0");
		expect(twice.err).toMatch(/--folds 0,0 names a fold twice/);
		expect(twice.code).toBe(2);
		const words = await nnvol("predict", model, images, join(folder, "o"), "--folds", "first");
		expect(words.err).toMatch(/--folds first: expected numbers such as 0,1 or all/);
		expect(words.code).toBe(2);
	});
});

// biome-ignore lint/suspicious/noExplicitAny: a plan as JSON
function outputsPlan(out: string): any {
	const { plan } = readJson(join(out, ".nnvol", "report.json"));
	return readJson(join(out, ".nnvol", `plan-${String(plan).slice(0, 12)}.json`));
}

describe("what is not built or not known", () => {
	it.each([
		[["train"], /nnvol train .* is not built yet/],
		[["view", "a.h5"], /nnvol view .* is not built yet/],
		[
			["--config", TUTORIAL, "--mode", "train"],
			/--mode train is not built yet; infer-volume, infer, test, tune and tune-test are/,
		],
		[
			["--config", TUTORIAL, "--mode", "tunes"],
			/nnvol: option '--mode <mode>' argument 'tunes' is invalid\. Allowed choices are infer-volume/,
		],
		[["predcit", "a", "b"], /unknown command 'predcit'; did you mean 'predict'\? \(nnvol --help lists them\)/],
		[["predict", "--no-tat", "a", "b", "c"], /nnvol: unknown option '--no-tat'\n\(Did you mean --no-tta\?\)/],
		[["infer-volume", "--overwrit"], /unknown option '--overwrit'\n\(Did you mean --overwrite\?\)/],
		[
			["predict", "a", "b", "c", "-f", "0", "-device", "cpu", "--disable_tta"],
			/other flags than nnU-Net: -f \(here: --folds\), -device \(here: --device\), --disable_tta \(here: --no-tta\)\..*nnvol nnUNetv2_predict/,
		],
		[["predict", "a", "b"], /nnvol: missing required argument 'output'/],
		[["predict", "a", "b", "c", "d"], /too many arguments for 'predict'/],
		[
			["infer-volume"],
			/model\.nnunet_checkpoint is not set.*\n.*output_path is not set.*\n.*file_pattern is not set.*\nno configuration is given: --config FILE names one/,
		],
		[
			["infer-volume", "--config", TUTORIAL, "inference.volume_mod.step=2"],
			/unknown key 'inference\.volume_mod'; did you mean 'inference\.volume_mode'\?/,
		],
		[
			["--config", TUTORIAL, "inference.volume_mode.file_list=a.txt"],
			/file_list and file_pattern are both set; keep one/,
		],
		[["predict", "a", "b", "c", "--step-size", "2"], /--step-size 2: expected a number above 0, up to 1/],
		[["predict", "a", "b", "c", "--batch-size", "0"], /--batch-size 0: expected a whole number of 1 or more/],
		[["predict", "a", "b", "c", "--device", "gpu"], /device "gpu": expected cpu, cuda, cuda:N or auto/],
		[
			["predict", "a", "b", "c", "--format", "jpg"],
			/--format jpg: expected png, bmp, tiff, nii\.gz, nii, nrrd, mha, gipl, h5 or zarr/,
		],
	])("%j exits 2", async (argv, says) => {
		const { code, err } = await nnvol(...argv);
		expect(err).toMatch(says);
		expect(code).toBe(2);
	});

	it("no arguments: the help, and exit 2", async () => {
		const { code, out } = await nnvol();
		expect(out).toMatch(/^Usage: nnvol/);
		expect(code).toBe(2);
	});

	it.each([["--help"], ["predict", "--help"], ["--version"]])("%s exits 0", async (...argv) => {
		const { code, out } = await nnvol(...argv);
		expect(code).toBe(0);
		expect(out).not.toBe("");
	});

	it("with --json every error is a line of JSON as well", async () => {
		for (const [argv, kind] of [
			[["predict", "a", "b", "c", "--json", "--what"], "CONFIG"],
			[["predict", "nowhere.pth", "b", "c", "--json"], "MODEL"],
			[["infer-volume", "--json", "x.y=1"], "CONFIG"],
		] as const) {
			const { out } = await nnvol(...argv);
			expect(JSON.parse(out)).toMatchObject({ kind: "error", code: kind, message: expect.stringMatching(/./) });
		}
	});
});

describe("exit codes of runs", () => {
	const volumes = (model: string, images: string, out: string, ...more: string[]) =>
		nnvol(
			"infer-volume",
			"--checkpoint",
			model,
			"system.device=cpu",
			`inference.volume_mode.file_pattern=${images}/*.png`,
			`inference.data.output_path=${out}`,
			...more,
		);

	it("1 where the single input fails, 3 where some do, 1 where all do, 0 once all are there", async () => {
		const { model, images, out } = await scene();
		writeFileSync(join(images, "b.png"), "");
		const alone = await nnvol("predict", model, join(images, "b.png"), out);
		expect(alone.err).toMatch(/failed: b: .*b\.png: .*empty file/);
		expect(alone.err).not.toMatch(/1 of 1 failed/);
		expect(alone.code).toBe(1);
		expect((await volumes(model, images, out)).code).toBe(3);
		expect((await volumes(model, images, out)).code).toBe(3); // what is done counts
		expect(readJson(join(out, ".nnvol", "report.json"))).toMatchObject({ done: 0, skipped: 2, failed: 1 });
		await writeImages(images, ["b.png"]);
		const whole = await volumes(model, images, out);
		expect(whole.out).toBe("Skipped 2/3 existing files, processing 1 remaining\n");
		expect(whole.code).toBe(0);
		for (const name of ["a.png", "b.png", "c.png"]) writeFileSync(join(images, name), "x");
		expect((await volumes(model, images, join(out, "other"))).code).toBe(1);
	});

	it("stop_on_error: 1 at the first failure; what is done stays, the rest is not begun", async () => {
		const { model, images, out } = await scene();
		writeFileSync(join(images, "b.png"), "");
		const { code, err } = await volumes(model, images, out, "inference.volume_mode.stop_on_error=true");
		expect(err).toMatch(/1 done, 0 skipped, 1 failed, 1 not begun/);
		expect(code).toBe(1);
		expect(outputsOf(out)).toEqual(["a_prediction.h5"]);
		expect(readJson(join(out, ".nnvol", "report.json"))).toMatchObject({
			state: "stopped",
			done: 1,
			failed: 1,
			remaining: 1,
		});
	});

	it("1 for an unusable model, named", async () => {
		const { model, images, out } = await scene();
		writeFileSync(join(model, "model.pth"), "no model");
		const { code, err } = await nnvol("predict", model, images, out);
		expect(err).toMatch(/model\.pth: /);
		expect(code).toBe(1);
	});

	it("1 with one message where the weights are damaged", async () => {
		const { model, images, out } = await scene();
		const { readFileSync } = await import("node:fs");
		const bytes = readFileSync(join(model, "model.pth"));
		const at = bytes.length - 30_000;
		for (let i = 0; i < 64; i++) bytes[at + i] = (bytes[at + i] ?? 0) ^ 0xff;
		writeFileSync(join(model, "model.pth"), bytes);
		const { code, err } = await nnvol("predict", model, images, out);
		expect(err.match(/model\.pth: .*damaged/g)).toHaveLength(1);
		expect(err).not.toMatch(/failed/);
		expect(code).toBe(1);
	});
});

it("the built program is the one that is tested", () => {
	expect(MAIN).toMatch(/dist\/cli\/main\.js$/);
});
