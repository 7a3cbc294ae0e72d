import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeLabels } from "../../src/nnunet/label-file.ts";
import { nnvol, ROOT } from "../cli/command.ts";

const SCENES = "test/fixtures/score";
let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-evaluate-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Scores by the command, and gives the text of the file it wrote beside that of nnU-Net's. Paths are relative to the repository. */
async function score(expected: string, ...argv: readonly string[]): Promise<{ found: string; wanted: string }> {
	const output = join(folder, expected.replaceAll("/", "-"));
	const { code, err } = await nnvol("evaluate", ...argv, "-o", output);
	expect({ code, err }).toEqual({ code: 0, err: "" });
	return { found: await readFile(output, "utf8"), wanted: await readFile(join(ROOT, SCENES, expected), "utf8") };
}

describe("evaluate", () => {
	it("writes nnU-Net's summary.json byte by byte: labels with gaps, undefined scores, an ignore label", async () => {
		const at = `${SCENES}/labels`;
		const { found, wanted } = await score(
			"labels/summary.json",
			`${at}/reference`,
			`${at}/predictions`,
			"--dataset",
			`${at}/dataset.json`,
			"--plans",
			`${at}/plans.json`,
		);
		expect(wanted).toContain("NaN");
		expect(found).toBe(wanted);
	});

	it("writes it for regions of volumes", async () => {
		const at = `${SCENES}/regions`;
		const { found, wanted } = await score(
			"regions/summary.json",
			`${at}/reference`,
			`${at}/predictions`,
			"--dataset",
			`${at}/dataset.json`,
		);
		expect(wanted).toContain('"(1, 2, 3)"');
		expect(found).toBe(wanted);
	});

	it.each(["turned", "turned-itk"])(
		"turns images that lie differently, where dataset.json names such a class: %s",
		async (scene) => {
			const at = `${SCENES}/${scene}`;
			const { found, wanted } = await score(
				`${scene}/summary.json`,
				`${at}/reference`,
				`${at}/predictions`,
				"--dataset",
				`${at}/dataset.json`,
			);
			expect(found).toBe(wanted);
		},
	);

	it("scores a list of labels, and what is there of the predictions", async () => {
		const at = `${SCENES}/labels`;
		const simple = await score(
			"labels/simple.json",
			`${at}/reference/`,
			`${at}/predictions`,
			"--labels",
			"2,0,1",
			"--ignore",
			"10",
		);
		expect(simple.found).toBe(simple.wanted);
		const chill = await score(
			"labels/chill.json",
			`${at}/reference`,
			`${at}/partial`,
			"--dataset",
			`${at}/dataset.json`,
			"--chill",
		);
		expect(chill.found).toBe(chill.wanted);
	});

	it("takes dataset.json from the predictions, writes summary.json there and prints the means", async () => {
		const predictions = join(folder, "predictions");
		await cp(join(ROOT, SCENES, "regions/predictions"), predictions, { recursive: true });
		await cp(join(ROOT, SCENES, "regions/dataset.json"), join(predictions, "dataset.json"));
		const { code, out } = await nnvol("evaluate", join(ROOT, SCENES, "regions/reference"), predictions);
		expect(code).toBe(0);
		expect(out).toMatch(/^\(2, 3\) +0\.\d{5} +0\.\d{5}$/m);
		expect(await readFile(join(predictions, "summary.json"), "utf8")).toContain('"foreground_mean"');
	});

	it("compares a single image with a volume of one section", async () => {
		const [truth, found] = [join(folder, "flat"), join(folder, "deep")];
		const labels = Uint8Array.of(0, 1, 1, 2, 0, 1);
		await mkdir(truth);
		await mkdir(found);
		await writeLabels(join(truth, "a.nii.gz"), { labels, shape: [2, 3], place: {} }, undefined);
		await writeLabels(join(found, "a.nii.gz"), { labels, shape: [1, 2, 3], place: {} }, undefined);
		const { code, out } = await nnvol("evaluate", truth, found, "--labels", "1,2");
		expect(code).toBe(0);
		expect(out).toMatch(/^foreground +1\.00000 +1\.00000$/m);
	});

	it("names what is missing on either side", async () => {
		const at = join(ROOT, SCENES, "labels");
		const dataset = ["--dataset", `${at}/dataset.json`, "-o", join(folder, "x.json")];
		const lacking = await nnvol("evaluate", `${at}/reference`, `${at}/partial`, ...dataset);
		expect(lacking.code).toBe(2);
		expect(lacking.err).toContain("case_00.png, case_01.png, case_03.png, case_04.png, case_06.png and 4 more");
		const untold = await nnvol("evaluate", `${at}/partial`, `${at}/predictions`, ...dataset);
		expect(untold.code).toBe(2);
		expect(untold.err).toContain("lacks the true labels of case_00.png");
		const empty = await nnvol("evaluate", folder, folder, ...dataset);
		expect(empty).toMatchObject({ code: 2, err: expect.stringContaining("no files ending in .png") });
		const none = await nnvol("evaluate", `${at}/reference`, `${at}/predictions`);
		expect(none).toMatchObject({ code: 2, err: expect.stringContaining("--dataset FILE") });
	});

	it("refuses files of different shapes and wrong arguments, and writes nothing", async () => {
		const [truth, found] = [join(folder, "truth"), join(folder, "found")];
		await cp(join(ROOT, SCENES, "labels/partial"), truth, { recursive: true });
		await cp(join(ROOT, SCENES, "labels/partial"), found, { recursive: true });
		await cp(join(ROOT, "test/fixtures/parity/rgb2d/inputs/a_0000.png"), join(found, "case_02.png")).catch(() =>
			writeFile(join(found, "case_02.png"), "no image"),
		);
		const output = join(folder, "never.json");
		const result = await nnvol("evaluate", truth, found, "--labels", "1", "-o", output);
		expect(result.code).toBe(1);
		expect(result.err).toContain("case_02.png");
		await expect(readFile(output)).rejects.toThrow("ENOENT");
		for (const wrong of [
			["--labels", "x"],
			["--labels", "1,1"],
			["--labels", "1", "-o", "a.txt"],
			["--ignore", "1"],
		])
			expect((await nnvol("evaluate", truth, found, ...wrong)).code).toBe(2);
	});
});
