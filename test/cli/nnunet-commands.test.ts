/**
 * nnU-Net's own command lines: read as argparse reads them, with nnU-Net's defaults, doing what nnvol's commands do.
 */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { parseArguments } from "../../src/cli/nnunet/arguments.ts";
import { PREDICT, PREDICT_FROM_MODELFOLDER } from "../../src/cli/nnunet/predict.ts";
import { EVALUATE_SIMPLE } from "../../src/cli/nnunet/score.ts";
import { testFolder } from "../folder.ts";
import { writeResults } from "../nnunet/results-folder.ts";
import { nnvol } from "./command.ts";
import { outputsOf, readJson, writeImages } from "./scene.ts";

const CASES = z
	.array(
		z.object({
			command: z.string(),
			argv: z.array(z.string()),
			found: z.record(z.string(), z.array(z.string())).optional(),
			refused: z.string().optional(),
		}),
	)
	.parse(
		JSON.parse(readFileSync(join(import.meta.dirname, "..", "fixtures", "nnunet-arguments", "cases.json"), "utf8")),
	);

const COMMANDS = new Map([
	["nnUNetv2_predict", PREDICT],
	["nnUNetv2_predict_from_modelfolder", PREDICT_FROM_MODELFOLDER],
	["nnUNetv2_evaluate_simple", EVALUATE_SIMPLE],
]);

describe("arguments are read as Python's argparse reads them", () => {
	it.each(CASES.map((one) => [`${one.command} ${one.argv.join(" ")}`, one] as const))("%s", (_line, one) => {
		const known = COMMANDS.get(one.command)?.arguments ?? [];
		const parse = () => parseArguments(one.command, known, one.argv);
		if (one.found === undefined) {
			expect(parse).toThrow(expect.objectContaining({ code: "CONFIG", message: expect.stringContaining(one.command) }));
			return;
		}
		const given = parse();
		const found: Record<string, readonly string[]> = {};
		for (const { names } of known) {
			const [name = ""] = names;
			if (given.has(name)) found[name.replace(/^-+/, "")] = given.many(name) ?? [];
		}
		expect(found).toEqual(one.found);
	});
});

const MODEL = "Dataset004_X/nnUNetTrainer__nnUNetPlans__2d";
let [results, images, out] = ["", "", ""];
beforeEach(async () => {
	const folder = testFolder();
	results = writeResults(join(folder, "results"), [MODEL], { folds: [0, 1, 2, 3, 4] });
	images = await writeImages(join(folder, "images"), ["a_0000.png", "b_0000.png", "c_0000.png"]);
	out = join(folder, "out");
	vi.stubEnv("nnUNet_results", results);
});
afterEach(() => {
	vi.unstubAllEnvs();
});

const predict = (...argv: readonly string[]) =>
	nnvol("nnUNetv2_predict", "-i", images, "-o", out, "-d", "4", "-c", "2d", "-device", "cpu", ...argv);
const bytes = (name: string) => readFileSync(join(out, name));
const FILES = ["dataset.json", "plans.json", "predict_from_raw_data_args.json"];

describe("nnUNetv2_predict", () => {
	it("writes what nnvol predict writes with all five folds, and nnU-Net's files", async () => {
		expect((await predict()).code).toBe(0);
		expect(outputsOf(out)).toEqual(["a.png", "b.png", "c.png", ...FILES].sort());
		expect(readJson(join(out, "dataset.json"))).toEqual(readJson(join(results, MODEL, "dataset.json")));
		expect(readJson(join(out, "predict_from_raw_data_args.json"))).toEqual({
			folder_with_segs_from_prev_stage: null,
			list_of_lists_or_source_folder: images,
			num_parts: 1,
			num_processes_preprocessing: 3,
			num_processes_segmentation_export: 3,
			output_folder_or_list_of_truncated_output_files: out,
			overwrite: true,
			part_id: 0,
			save_probabilities: false,
		});
		const own = join(testFolder(), "own");
		expect((await nnvol("predict", join(results, MODEL), images, own, "--device", "cpu")).code).toBe(0);
		for (const name of ["a.png", "b.png", "c.png"])
			expect(bytes(name).equals(readFileSync(join(own, name)))).toBe(true);
	});

	it("fails where one of the folds 0 to 4 is missing, unless told which to use", async () => {
		writeResults(results, ["Dataset005_Y/nnUNetTrainer__nnUNetPlans__2d"], { folds: [0] });
		const missing = await predict("-d", "5");
		expect(missing).toMatchObject({
			code: 1,
			err: expect.stringMatching(/has no fold 1 with checkpoint_final\.pth; it has the folds 0/),
		});
		expect(outputsOf(out)).toEqual([]);
		expect((await predict("-d", "5", "-f", "0")).code).toBe(0);
	});

	it("replaces what exists; with --continue_prediction it leaves what exists, whatever made it", async () => {
		expect((await predict("-f", "0")).code).toBe(0);
		const own = bytes("a.png");
		cpSync(join(images, "a_0000.png"), join(out, "a.png"));
		writeFileSync(join(out, "plans.json"), JSON.stringify(readJson(join(out, "plans.json")), null, 4));
		const { code, out: told } = await predict("-f", "0", "1", "--continue_prediction");
		expect(code).toBe(0);
		expect(told).toContain("Skipped 3/3");
		expect(bytes("a.png").equals(readFileSync(join(images, "a_0000.png")))).toBe(true);
		expect((await predict("-f", "0")).code).toBe(0);
		expect(bytes("a.png").equals(own)).toBe(true);
	});

	it("with --continue_prediction and --save_probabilities makes anew what has no probabilities", async () => {
		expect((await predict("-f", "0", "--save_probabilities")).code).toBe(0);
		rmSync(join(out, ".nnvol"), { recursive: true });
		rmSync(join(out, "b.npz"));
		const again = await predict("-f", "0", "--save_probabilities", "--continue_prediction");
		expect(again.code).toBe(0);
		expect(again.out).toContain("Skipped 2/3");
		expect(outputsOf(out)).toContain("b.npz");
	});

	it("refuses to go on among another model's predictions", async () => {
		expect((await predict("-f", "0")).code).toBe(0);
		writeFileSync(join(out, "dataset.json"), "{}");
		const { code, err } = await predict("-f", "0", "--continue_prediction");
		expect(code).toBe(2);
		expect(err).toMatch(/dataset\.json is another model's or data set's/);
	});

	it("shares cases as nnU-Net does: every num_parts-th from part_id on", async () => {
		expect((await predict("-f", "0", "-num_parts", "2", "-part_id", "1")).code).toBe(0);
		expect(outputsOf(out)).toEqual(["b.png", ...FILES]);
		expect((await predict("-f", "0", "-num_parts", "2", "-part_id", "0")).code).toBe(0);
		expect(outputsOf(out)).toEqual(["a.png", "b.png", "c.png", ...FILES].sort());
		expect((await predict("-num_parts", "2", "-part_id", "2")).code).toBe(2);
		expect(await predict("-f", "0", "-num_parts", "9", "-part_id", "8")).toMatchObject({
			code: 0,
			err: expect.stringContaining("nothing to do: part 8 of 9 has none of the 3 cases"),
		});
	});

	it("hands mirroring, step size, probabilities and the checkpoint's name on", async () => {
		cpSync(
			join(results, MODEL, "fold_0", "checkpoint_final.pth"),
			join(results, MODEL, "fold_0", "checkpoint_best.pth"),
		);
		const { code } = await predict(
			"-f",
			"0",
			"--disable_tta",
			"-step_size",
			"1",
			"--save_probabilities",
			"-chk",
			"checkpoint_best.pth",
		);
		expect(code).toBe(0);
		expect(outputsOf(out).filter((name) => name.startsWith("a."))).toEqual(["a.npz", "a.pkl", "a.png"]);
		const own = join(testFolder(), "own");
		await nnvol(
			"predict",
			join(results, MODEL),
			images,
			own,
			"--folds",
			"0",
			"--no-tta",
			"--step-size",
			"1",
			"--device",
			"cpu",
		);
		expect(bytes("b.png").equals(readFileSync(join(own, "b.png")))).toBe(true);
		expect((await predict("-step_size", "1.5")).code).toBe(2);
	});

	it("says in one line what is not needed, and what stands in for a device", async () => {
		const { code, err } = await predict("-f", "0", "-npp", "0", "-nps", "0", "--not_on_device", "-device", "mps");
		expect(code).toBe(0);
		expect(err).toContain("-npp, -nps, --not_on_device are not needed here and change nothing\n");
		expect(err).toContain("-device mps: Apple's GPU is not used; running on the CPU");
		expect((await predict("-f", "0", "-device", "tpu")).code).toBe(2);
	});

	it("has a help, and names what is missing", async () => {
		expect(await nnvol("nnUNetv2_predict", "-h")).toMatchObject({
			code: 0,
			err: "",
			out: expect.stringMatching(/-prev_stage_predictions X +folder/),
		});
		expect(await nnvol("nnUNetv2_predict", "-i", "x")).toMatchObject({
			code: 2,
			err: expect.stringMatching(/-o, -d, -c must be given/),
		});
	});
});

describe("the other commands", () => {
	it("nnUNetv2_predict_from_modelfolder takes a folder", async () => {
		const model = join(results, MODEL);
		const run = (...more: readonly string[]) =>
			nnvol(
				"nnUNetv2_predict_from_modelfolder",
				"-i",
				images,
				"-o",
				out,
				"-m",
				model,
				"-f",
				"0",
				"-device",
				"cpu",
				...more,
			);
		expect((await run()).code).toBe(0);
		expect(outputsOf(out)).toContain("a.png");
		expect((await run("--c")).out).toContain("Skipped 3/3");
	});

	it("nnUNetv2_ensemble, nnUNetv2_evaluate_folder, nnUNetv2_evaluate_simple, nnUNetv2_apply_postprocessing go together", async () => {
		const [one, two, mean, better] = ["one", "two", "mean", "better"].map((name) => join(testFolder(), name));
		await predict("-f", "0", "-o", one ?? "", "--save_probabilities");
		await predict("-f", "0", "-o", two ?? "", "--save_probabilities", "--disable_tta");
		const ensemble = await nnvol(
			"nnUNetv2_ensemble",
			"-i",
			one ?? "",
			two ?? "",
			"-o",
			mean ?? "",
			"-np",
			"2",
			"--save_npz",
		);
		expect(ensemble.err).toContain("-np is not needed here and changes nothing");
		expect(ensemble.code).toBe(0);
		expect(outputsOf(mean ?? "")).toEqual(expect.arrayContaining(["a.png", "a.npz", "dataset.json", "plans.json"]));
		const files = ["-djfile", join(one ?? "", "dataset.json"), "-pfile", join(one ?? "", "plans.json")];
		expect((await nnvol("nnUNetv2_evaluate_folder", one ?? "", mean ?? "", ...files)).code).toBe(0);
		expect(existsSync(join(mean ?? "", "summary.json"))).toBe(true);
		const summary = join(testFolder(), "s.json");
		const labels = testFolder();
		for (const name of ["a.png", "b.png", "c.png"]) cpSync(join(one ?? "", name), join(labels, name));
		expect((await nnvol("nnUNetv2_evaluate_simple", labels, mean ?? "", "-l", "1", "-o", summary)).code).toBe(0);
		expect(Object.keys(readJson(summary))).toContain("foreground_mean");
		const steps = join(testFolder({ "pp.json": '{"postprocessing_fns": [], "postprocessing_kwargs": []}' }), "pp.json");
		const applied = await nnvol(
			"nnUNetv2_apply_postprocessing",
			"-i",
			mean ?? "",
			"-o",
			better ?? "",
			"-pp_pkl_file",
			steps,
		);
		expect(applied.code, applied.err).toBe(0);
		expect(outputsOf(better ?? "")).toContain("a.png");
	});

	it.each([
		["nnUNetv2_train", /not part of nnvol: use nnU-Net itself/],
		["nnUNetv2_plan_and_preprocess", /not part of nnvol: use nnU-Net itself/],
		["nnUNetv2_find_best_configuration", /nnvol ensemble/],
		["nnUNetv2_download_pretrained_model_by_url", /nnvol install FILE\.zip/],
		["nnUNetv2_export_model_to_zip", /pack DATASET/],
		["nnunetv2_predict", /unknown command 'nnunetv2_predict'; did you mean 'nnUNetv2_predict'\?/],
		["nnUNetv2_pedict", /unknown command 'nnUNetv2_pedict'; did you mean 'nnUNetv2_predict'\?/],
	])("%s says what to use", async (name, message) => {
		expect(await nnvol(name, "-h")).toMatchObject({ code: 2, out: "", err: expect.stringMatching(message) });
	});
});

describe("look-up in nnvol's own commands", () => {
	it("predict -d -c -tr -p leaves MODEL out", async () => {
		const told = await nnvol(
			"predict",
			"-d",
			"4",
			"-c",
			"2d",
			"-tr",
			"nnUNetTrainer",
			"-p",
			"nnUNetPlans",
			images,
			out,
			"--folds",
			"0",
			"--device",
			"cpu",
		);
		expect(told.code).toBe(0);
		expect(outputsOf(out)).toEqual(["a.png", "b.png", "c.png"]);
	});

	it("inspect takes DATASET/CONFIGURATION", async () => {
		const { code, out: told } = await nnvol("inspect", "Dataset004_X/2d");
		expect(code).toBe(0);
		expect(told).toContain(join(results, MODEL, "fold_0"));
	});

	it("counts the words", async () => {
		expect(await nnvol("predict", "-d", "4", images)).toMatchObject({
			code: 2,
			err: expect.stringMatching(/missing required argument 'output'/),
		});
		expect(await nnvol("predict", "-d", "4", "m", images, out)).toMatchObject({
			code: 2,
			err: expect.stringMatching(/with -d the model is left out, so '.*out' is one word too many/),
		});
		expect(await nnvol("predict", "m", images)).toMatchObject({
			code: 2,
			err: expect.stringMatching(/missing required argument 'output'/),
		});
		expect(await nnvol("inspect")).toMatchObject({
			code: 2,
			err: expect.stringMatching(/missing required argument 'model'/),
		});
	});
});
