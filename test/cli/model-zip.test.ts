/**
 * A model zip in place of MODEL: the commands do what they do with the folder.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { testFolder } from "../folder.ts";
import { membersOf, writeResults, writeZip } from "../nnunet/results-folder.ts";
import { nnvol } from "./command.ts";
import { outputsOf, writeImages } from "./scene.ts";

const MODEL = "Dataset004_X/nnUNetTrainer__nnUNetPlans__2d";
const OTHER = "Dataset004_X/nnUNetTrainerNoMirroring__nnUNetPlans__2d";

let [results, zip, images] = ["", "", ""];
beforeEach(async () => {
	const folder = testFolder();
	vi.stubEnv("NNVOL_CACHE", join(folder, "cache"));
	results = writeResults(join(folder, "results"), [MODEL], { folds: [0] });
	zip = writeZip(join(folder, "model.zip"), membersOf(results));
	images = await writeImages(join(folder, "images"), ["a_0000.png"]);
	return () => vi.unstubAllEnvs();
});

describe("a model zip", () => {
	it("predicts as its folder does", async () => {
		const [one, two] = [join(testFolder(), "one"), join(testFolder(), "two")];
		expect((await nnvol("predict", zip, images, one, "--device", "cpu")).code).toBe(0);
		expect((await nnvol("predict", join(results, MODEL), images, two, "--device", "cpu")).code).toBe(0);
		expect(outputsOf(one)).toEqual(["a.png"]);
		expect(readFileSync(join(one, "a.png")).equals(readFileSync(join(two, "a.png")))).toBe(true);
	});

	it("serves inspect, export and selftest", async () => {
		const told = await nnvol("inspect", zip, "--json");
		expect(JSON.parse(told.out)).toMatchObject({ trainer: "nnUNetTrainer" });
		const onnx = join(testFolder(), "net.onnx");
		expect((await nnvol("export", zip, onnx)).code).toBe(0);
		expect((await nnvol("selftest", zip, "--device", "cpu")).code).toBe(0);
	});

	it("of several models takes -tr and -c", async () => {
		const both = writeZip(join(testFolder(), "both.zip"), membersOf(writeResults(results, [OTHER], { folds: [0] })));
		const unclear = await nnvol("inspect", both);
		expect(unclear).toMatchObject({
			code: 1,
			err: expect.stringMatching(
				/has 2 models; it holds 2d \(nnUNetTrainerNoMirroring, nnUNetPlans\), 2d .*say which by/,
			),
		});
		const { code, out } = await nnvol("inspect", both, "-c", "2d", "-tr", "nnUNetTrainerNoMirroring");
		expect(code).toBe(0);
		expect(out).toContain(OTHER.split("/")[1]);
		expect((await nnvol("inspect", both, "-c", "3d_fullres")).code).toBe(1);
	});

	it("is the checkpoint of a configuration as well", async () => {
		const out = join(testFolder(), "out");
		const { code } = await nnvol(
			"infer",
			"--checkpoint",
			zip,
			`inference.data.input_path=${images}`,
			`inference.data.output_path=${out}`,
			"system.device=cpu",
		);
		expect(code).toBe(0);
		expect(outputsOf(out)).toHaveLength(1);
	});
});
