/**
 * `nnvol score`, and the scoring half of `nnvol test`.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { scoreReportSchema } from "../../src/score/score-report.ts";
import { testFolder } from "../folder.ts";
import { nnvol, ROOT } from "./command.ts";
import { outputsOf, readVolume, writeImages, writeModel, writeVolume } from "./scene.ts";

/** A section of 6x8 voxels with two objects, 5 and 9; moved by `dx`, and numbered from `first`. */
function section(dx = 0, first?: number) {
	const data = new Uint16Array(48);
	for (let y = 1; y < 4; y++) {
		for (let x = 0; x < 3; x++) data[8 * y + x + dx] = first ?? 5;
		data[8 * y + 5 + dx] = first === undefined ? 9 : first + 1;
	}
	return ndarray("uint16", [6, 8], data);
}

const wide = (dx: number, first: number) => {
	const { shape, data } = section(dx, first);
	return ndarray("uint32", shape, Uint32Array.from(data));
};

/** A mask of the section's objects with the value `value`. */
const mask = (value: number) => {
	const { shape, data } = section();
	return ndarray(
		"uint8",
		shape,
		Uint8Array.from(data, (id) => (id > 0 ? value : 0)),
	);
};

function reportAt(path: string) {
	return scoreReportSchema.parse(JSON.parse(readFileSync(path, "utf8")));
}

describe("nnvol score", () => {
	it("scores two volumes as objects, and writes both reports", async () => {
		const at = (name: string) => join(folder, name);
		const folder = testFolder();
		await writeVolume(at("truth.png"), section(), "yx");
		await writeVolume(at("found.tif"), wide(1, 70000), "yx");
		const files = ["--json", at("deep/s.json"), "--html", at("s.html"), "--image", at("truth.png")];
		const { code, out, err } = await nnvol("score", at("found.tif"), at("truth.png"), ...files);
		expect([code, err]).toEqual([0, ""]);
		expect(out).toMatch(/^case +true +found +AP50 .*\nfound +2 +2 +0\.3333 /);
		const report = reportAt(at("deep/s.json"));
		expect(report.comparison).toBe("instances");
		// the block of 3x3 moved by one: 6 of 12 voxels; the line moved away
		const [half, more] = report.cases[0]?.scores.objects?.matching ?? [];
		expect(half).toMatchObject({ threshold: 0.5, tp: 1, fp: 1, fn: 1, iouSum: 0.5, panopticQuality: 0.25 });
		expect(more).toMatchObject({ threshold: 0.55, tp: 0, precision: 0 });
		const html = readFileSync(at("s.html"), "utf8");
		expect(html.match(/data:image\/png;base64,/g)).toHaveLength(1);
		expect(html).toMatch(/section 0, from y 0, x 0; 12 wrong voxels</);
		expect(html).not.toMatch(/https?:\/\//);
	});

	it("pairs folders by name, tells what has no partner, and scores classes", async () => {
		const folder = testFolder();
		const at = (...parts: string[]) => join(folder, ...parts);
		for (const name of ["a", "b"]) await writeVolume(at("labels", `${name}.png`), section(), "yx");
		await writeVolume(at("labels", "unused.png"), section(), "yx");
		for (const name of ["a", "b"]) await writeVolume(at("out", `${name}_mito_seg.tif`), section(), "yx");
		await writeVolume(at("out", "c_mito_seg.tif"), section(), "yx");
		const { code, out, err } = await nnvol("score", at("out"), at("labels"), "--json", at("s.json"));
		expect(code).toBe(0);
		expect(out).toMatch(/a_mito_seg +1\.0000 +1\.0000/);
		expect(out).toMatch(/mean +1\.0000/);
		expect(err).toMatch(/not scored, as no labels have the name: c_mito_seg \(/);
		expect(err).toMatch(/labels without a prediction: unused$/m);
		const report = reportAt(at("s.json"));
		expect(Object.keys(report.pooled?.classes ?? {})).toEqual(["5", "9"]);
		expect(report.pooled?.classes?.["5"]).toMatchObject({ dice: 1, tp: 18, fp: 0, fn: 0, tn: 78 });
		expect(report.unlabelled).toEqual([at("out", "c_mito_seg.tif")]);
	});

	it("a mask against objects is foreground, and objects by its components when asked", async () => {
		const folder = testFolder();
		const [truth, found] = [join(folder, "t.png"), join(folder, "m.png")];
		await writeVolume(truth, section(), "yx");
		await writeVolume(found, mask(255), "yx");
		const plain = await nnvol("score", found, truth);
		expect(plain.out).toMatch(/^case +Dice/);
		expect(plain.err).toMatch(/the predictions are masks, the labels hold several ids: compared as foreground/);
		const split = await nnvol("score", found, truth, "--instances", "--components", "prediction");
		expect(split.out).toMatch(/m +2 +2 +1\.0000 +1\.0000/);
		const whole = await nnvol("score", found, truth, "--instances");
		expect(whole.out).toMatch(/m +2 +1 /);
		expect(whole.err).toMatch(/all predictions hold one value, taken for one object each/);
	});

	it("says so where ids taken for classes hardly agree", async () => {
		const folder = testFolder();
		await writeVolume(join(folder, "t.png"), section(), "yx");
		await writeVolume(join(folder, "f.png"), section(0, 20), "yx");
		const { out, err } = await nnvol("score", join(folder, "f.png"), join(folder, "t.png"));
		expect(out).toMatch(/f +0\.0000/);
		expect(err).toMatch(/their ids seldom agree: if they are objects, give --instances/);
	});

	it("a shape that differs fails its case alone: 3, and 1 where it is the only one", async () => {
		const folder = testFolder();
		const at = (...parts: string[]) => join(folder, ...parts);
		for (const name of ["a", "b"]) await writeVolume(at("labels", `${name}.png`), section(), "yx");
		await writeVolume(at("out", "a.png"), section(), "yx");
		await writeVolume(at("out", "b.png"), ndarray("uint8", [5, 8], new Uint8Array(40)), "yx");
		const some = await nnvol("score", at("out"), at("labels"), "--json", at("s.json"));
		expect(some.code).toBe(3);
		expect(some.err).toMatch(
			/not scored: .*b\.png: expected the shape of its labels .*b\.png, 1x6x8 \(z, y, x\), found 1x5x8/,
		);
		expect(reportAt(at("s.json"))).toMatchObject({ cases: [{ id: "a" }], failed: [{ id: "b" }] });
		const none = await nnvol("score", at("out", "b.png"), at("labels", "b.png"));
		expect(none.code).toBe(1);
	});

	it("ignored labels do not count", async () => {
		const folder = testFolder();
		const [truth, found] = [join(folder, "t.png"), join(folder, "f.png")];
		await writeVolume(truth, section(), "yx");
		await writeVolume(found, section(1), "yx");
		const args = ["score", found, truth, "--compare", "classes", "--json", join(folder, "s.json")];
		await nnvol(...args, "--ignore", "9");
		const { scores } = reportAt(join(folder, "s.json")).cases[0] ?? {};
		expect(scores?.voxels).toBe(45);
		expect(scores?.classes?.["5"]).toMatchObject({ tp: 6, fp: 3, fn: 3 });
		const all = await nnvol(...args, "--ignore", "0,5,9");
		expect(all.code).toBe(1);
		expect(all.err).toMatch(/every voxel has an ignored label/);
	});

	it.each([
		[["--compare", "objects"], /Allowed choices are auto, classes, foreground, instances/],
		[["--thresholds", "50"], /--thresholds: expected numbers above 0 and up to 1/],
		[["--ignore", "void"], /--ignore: expected labels such as 255, found void/],
		[["--json", "scores.txt"], /scores\.txt: expected a file name ending in \.json/],
	])("refuses %j with 2", async (flags, message) => {
		const folder = testFolder();
		await writeVolume(join(folder, "t.png"), section(), "yx");
		const { code, err } = await nnvol("score", join(folder, "t.png"), join(folder, "t.png"), ...flags);
		expect([code, err]).toEqual([2, expect.stringMatching(message)]);
	});

	it("folders without a name in common: 2, naming the first of each", async () => {
		const folder = testFolder();
		for (const [where, name] of [
			["out", "x"],
			["out", "y"],
			["labels", "p"],
			["labels", "q"],
		] as const) {
			await writeVolume(join(folder, where, `${name}.png`), section(), "yx");
		}
		const { code, err } = await nnvol("score", join(folder, "out"), join(folder, "labels"));
		expect(code).toBe(2);
		expect(err).toMatch(/no prediction in .*out has the name of labels in .*labels: .*x\.png and .*p\.png/);
	});
});

describe("nnvol test", () => {
	async function scene() {
		const folder = testFolder();
		const at = (...parts: string[]) => join(folder, ...parts);
		const images = await writeImages(at("in"), ["a.png", "b.png", "c.png"]);
		return { at, images, out: at("out"), model: writeModel(at("model")) };
	}

	it("predicts, then scores what has labels", async () => {
		const { at, images, out, model } = await scene();
		mkdirSync(at("labels"));
		const common = ["test", "--checkpoint", model, `data.test.image=${images}`, `inference.data.output_path=${out}`];
		await nnvol(...common);
		// labels that are what is predicted of a, and of b moved by a row
		const a = await readVolume(at("out", "a_prediction.h5"));
		await writeVolume(at("labels", "a.png"), ndarray("uint8", a.shape, Uint8Array.from(a.data, Number)), "yx");
		await writeVolume(at("labels", "b.png"), ndarray("uint8", a.shape, new Uint8Array(a.data.length)), "yx");
		const { code, out: text, err } = await nnvol(...common, `data.test.label=${at("labels")}`);
		expect([code, err]).toEqual([0, expect.stringMatching(/not scored, as no labels have the name: c \(/)]);
		expect(text).toMatch(/a +1\.0000|a +-/);
		const report = reportAt(at("out", "scores.json"));
		expect(report.cases.map(({ id, scores }) => [id, scores.accuracy === 1])).toEqual([
			["a", true],
			["b", expect.any(Boolean)],
		]);
		expect(outputsOf(out)).toContain("scores.html");
		const json = await nnvol(...common, `data.test.label=${at("labels")}`, "--json");
		const lines = json.out
			.trim()
			.split("\n")
			.map((line): unknown => JSON.parse(line));
		expect(lines.at(-1)).toMatchObject({ kind: "scores", version: 1, cases: [{ id: "a" }, { id: "b" }] });
	});

	it("scores predictions that are there, without a model", async () => {
		const { at } = await scene();
		for (const name of ["a", "b"]) {
			await writeVolume(at("labels", `${name}.png`), section(), "yx");
			await writeVolume(at("found", `${name}_objects.tif`), wide(0, 3), "yx");
		}
		const labels = `data.test.label=${at("labels")}`;
		const { code, out } = await nnvol("test", "--predictions", at("found"), labels, "score.thresholds=[0.75,0.5]");
		expect(code).toBe(0);
		expect(out).toMatch(/mean +2 +2 +1\.0000/);
		const report = reportAt(at("found", "scores.json"));
		expect([report.comparison, report.thresholds]).toEqual(["instances", [0.5, 0.75]]);
		const elsewhere = ["data.test.prediction", at("found"), "inference.data.output_path", at("scores")];
		await nnvol("--mode", "test", labels, `${elsewhere[0]}=${elsewhere[1]}`, `${elsewhere[2]}=${elsewhere[3]}`);
		expect(existsSync(at("scores", "scores.json"))).toBe(true);
		const unlabelled = await nnvol("test", "--predictions", at("found"));
		expect([unlabelled.code, unlabelled.err]).toEqual([2, expect.stringMatching(/data\.test\.label is not set/)]);
	});

	it("asks for labels before it predicts: nothing is written where there are none of the name", async () => {
		const { at, images, out, model } = await scene();
		for (const name of ["x", "y"]) await writeVolume(at("labels", `${name}.png`), section(), "yx");
		const common = ["test", "--checkpoint", model, `data.test.image=${images}`, `inference.data.output_path=${out}`];
		const other = await nnvol(...common, `data.test.label=${at("labels")}`);
		expect([other.code, other.err]).toEqual([2, expect.stringMatching(/no labels in .* have the name of a case/)]);
		const same = await nnvol(...common, `data.test.label=${images}`);
		expect([same.code, same.err]).toEqual([2, expect.stringMatching(/there are none besides the images/)]);
		const soft = await nnvol(
			...common,
			`data.test.label=${at("labels")}`,
			"inference.test_time_augmentation.act=softmax",
		);
		expect([soft.code, soft.err]).toEqual([
			2,
			expect.stringMatching(/the outputs are probabilities, which are not scored/),
		]);
		expect(existsSync(out)).toBe(false);
	});

	it("the tutorial's example, objects of its masks", async () => {
		const out = join(testFolder(), "mito");
		const result = await nnvol(
			"test",
			"--config",
			join(ROOT, "tutorials", "nnunet_mito_inference.yaml"),
			`data.test.image=${join(ROOT, "examples", "mito", "images", "slice?.png")}`,
			`data.test.label=${join(ROOT, "examples", "mito", "labels")}`,
			`vars.output=${out}`,
			"score.compare=instances",
			"score.components=[prediction]",
		);
		expect(result.code).toBe(0);
		const report = reportAt(join(out, "scores.json"));
		expect(report.cases).toHaveLength(3);
		expect(report.mean?.foreground.dice).toBeGreaterThan(0.9);
		expect(report.pooled?.objects?.truths).toBe(35);
		expect(report.pooled?.objects?.meanAveragePrecision).toBeGreaterThan(0.3);
	});
});
