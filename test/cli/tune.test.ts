/**
 * `nnvol tune` and `tune-test` from end to end, with labels that a certain threshold makes.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testFolder } from "../folder.ts";
import { nnvol, ROOT, start } from "./command.ts";
import { readJson, readVolume, writeImages, writeModel, writeVolume } from "./scene.ts";

/** Threshold whose masks are the labels of the scene; a value of the grid below. */
const TRUE_THRESHOLD = 0.55;

async function scene() {
	const folder = testFolder();
	const model = writeModel(join(folder, "model"));
	const images = await writeImages(join(folder, "in"), ["a.png", "b.png"]);
	const held = await writeImages(join(folder, "held"), ["c.png"]);
	const out = join(folder, "out");
	const config = join(folder, "c.yaml");
	writeFileSync(
		config,
		JSON.stringify({
			model: { nnunet_checkpoint: model },
			system: { device: "cpu" },
			data: { test: { image: held, label: join(folder, "held-labels") } },
			inference: {
				data: { output_path: out },
				test_time_augmentation: { select_channel: 1 },
			},
			tune: {
				data: { val: { image: images, label: join(folder, "labels") } },
				space: { "binary.threshold": [0.35, 0.75, 0.05], "binary.remove_small_objects": { values: [0, 1000] } },
			},
		}),
	);
	for (const [from, to] of [
		["in", "labels"],
		["held", "held-labels"],
	] as const) {
		await makeLabels(config, join(folder, from), join(folder, to));
	}
	return {
		folder,
		config,
		out,
		tune: (...more: string[]) => nnvol("tune", "--config", config, ...more),
		test: (...more: string[]) => nnvol("tune-test", "--config", config, ...more),
		best: () => readFileSync(join(out, "tune", "best.yaml"), "utf8"),
		trials: () =>
			readFileSync(join(out, "tune", "study.jsonl"), "utf8")
				.split("\n")
				.filter((line) => line.includes('"kind":"trial"'))
				.map((line) => JSON.parse(line)),
	};
}

/** Masks that the network's values give at the true threshold. */
async function makeLabels(config: string, images: string, labels: string): Promise<void> {
	const made = await nnvol(
		"infer",
		"--config",
		config,
		`inference.data.input_path=${images}`,
		`inference.data.output_path=${labels}`,
		"inference.data.output_format=png",
		"inference.volume_mode.output_name={stem}",
		"inference.postprocessing.binary.enabled=true",
		`inference.postprocessing.binary.threshold=${TRUE_THRESHOLD}`,
	);
	expect(made.code, made.err).toBe(0);
}

describe("nnvol tune", () => {
	it("finds what made the labels, by every sampler, and predicts once", { timeout: 60_000 }, async () => {
		const { tune, out, best, trials, folder } = await scene();
		const grid = await tune("tune.sampler=Grid");
		expect(grid.code, grid.err).toBe(0);
		expect(grid.out).toMatch(/18 trials\. Best: trial \d+, dice 1\.00000; the configuration as it stands: 0\.\d+/);
		expect(grid.out).toMatch(/binary\.threshold +0\.55 \(was 0\.5\)/);
		expect(trials()).toHaveLength(18);
		expect(best()).toContain('binary: {"enabled":true,"threshold":0.55,"remove_small_objects":0,"fill_holes":false}');
		const values = join(out, "tune", "probabilities", "val", "a.h5");
		const before = statSync(values).mtimeMs;
		rmSync(join(out, "tune", "study.jsonl"));
		const tpe = await tune("--trials", "17");
		expect(tpe.out).toMatch(/Best: trial \d+, dice 1\.00000/);
		expect(tpe.err).toMatch(/0 done, 2 skipped/);
		expect(statSync(values).mtimeMs).toBe(before);
		const svg = readFileSync(join(out, "tune", "study.svg"), "utf8");
		expect(svg.match(/<circle/g)?.length).toBeGreaterThan(17 * 3);
		const table = readFileSync(join(out, "tune", "trials.csv"), "utf8")
			.trim()
			.split("\n");
		expect(table[0]).toBe(
			"trial,default,binary.threshold,binary.remove_small_objects,score,dice,iou,precision,recall,seconds,error",
		);
		expect(table).toHaveLength(18);
		expect(readdirSync(join(folder, "in")).sort()).toEqual(["a.png", "b.png"]);
	});

	it("makes the same study with several workers", { timeout: 120_000 }, async () => {
		const { tune, trials, out, best, test } = await scene();
		const study = async (...words: string[]) => {
			const { code, err } = await tune(
				"--overwrite",
				"--trials",
				"14",
				"tune.sampler.kwargs={n_startup_trials: 6}",
				...words,
			);
			expect(code, err).toBe(0);
			const order = readFileSync(join(out, "tune", "study.jsonl"), "utf8").match(/"trial":\d+/g);
			return { trials: trials().map(({ seconds: _, ...rest }) => rest), best: best(), count: order?.length };
		};
		const one = await study();
		expect(await study("--workers", "3")).toEqual(one);
		const tested = async (...words: string[]) => {
			const { code, out: text, err } = await test("--json", ...words);
			expect(code, err).toBe(0);
			return JSON.parse(text.trim().split("\n").at(-1) ?? "");
		};
		expect(await tested("--workers", "2")).toEqual(await tested());
	});

	it("goes on where it was killed, and runs no trial twice", { timeout: 60_000 }, async () => {
		const { config, tune, trials, out } = await scene();
		const study = join(out, "tune", "study.jsonl");
		const first = start(["tune", "--config", config, "--quiet"], { NNVOL_TEST: "1" });
		while (!existsSync(study) || !readFileSync(study, "utf8").includes('"kind":"trial"')) {
			await new Promise((resolve) => setTimeout(resolve, 2));
		}
		first.child.kill("SIGKILL");
		await first.ended;
		const before = trials();
		expect((await tune()).code).toBe(0);
		expect(trials().slice(0, before.length)).toEqual(before);
		expect(trials().map(({ trial }) => trial)).toEqual(Array.from({ length: 18 }, (_, n) => n));
		const whole = trials().map(({ seconds: _, ...rest }) => rest);
		renameSync(study, `${study}.old`);
		expect((await tune()).code).toBe(0);
		expect(trials().map(({ seconds: _, ...rest }) => rest)).toEqual(whole);
	});

	it("refuses to go on with another search, and begins anew where it is asked to", { timeout: 60_000 }, async () => {
		const { tune, trials } = await scene();
		expect((await tune("--trials", "4")).code).toBe(0);
		const other = await tune("tune.metric=iou");
		expect(other.code).toBe(2);
		expect(other.err).toMatch(/is of another search:\n {2}objective: .*iou/);
		const space = await tune("++tune.space={binary.threshold: [0.1, 0.9, 0.2]}");
		expect(space.err).toMatch(/space: inference\.postprocessing\.binary\.threshold: .*0\.9.*, was .*0\.75/);
		const kept = await tune("tune.load_if_exists=false");
		expect(kept.err).toMatch(/exists, and tune\.load_if_exists is false/);
		expect(trials()).toHaveLength(4);
		expect((await tune("tune.metric=iou", "--overwrite", "--trials", "3")).code).toBe(0);
		expect(trials()).toHaveLength(3);
	});

	it("searches decoding by metrics of objects", { timeout: 60_000 }, async () => {
		const { tune, trials } = await scene();
		const found = await tune(
			"inference.postprocessing.decoding=[{name: decode_connected_components, kwargs: {min_size: 1}}]",
			"~tune.space",
			"+tune.space={decoding.0.kwargs.threshold: [0.35, 0.75, 0.05]}",
			"score.connectivity=3",
			"tune.sampler=Grid",
		);
		expect(found.code, found.err).toBe(0);
		expect(found.out).toMatch(/Best: trial \d+, adapted_rand 0\.00000/);
		expect(found.out).toMatch(/decoding\.0\.kwargs\.threshold +0\.55 \(was not set\)/);
		expect(Object.keys(trials()[0].cases.a)).toContain("panoptic_quality");
	});

	it("says what is missing", async () => {
		const { tune, folder } = await scene();
		expect((await tune("tune.data.val.image=null")).err).toMatch(/tune\.data\.val\.image is not set: name the inputs/);
		expect((await tune("tune.data.val.label=null")).err).toMatch(/tune\.data\.val\.label is not set: name the labels/);
		expect((await tune("inference.data.output_path=null")).err).toMatch(/inference\.data\.output_path is not set/);
		expect((await tune("~tune.space", "+tune.space={}")).err).toMatch(/nothing to search/);
		rmSync(join(folder, "labels", "b.png"));
		const missing = await tune();
		expect(missing.err).toMatch(/no label for b; found a\. Labels are named as their images/);
		expect(missing.code).toBe(2);
		await writeVolume(
			join(folder, "labels", "b.png"),
			{ dtype: "uint8", shape: [2, 3], data: new Uint8Array(6) },
			"yx",
		);
		expect((await tune()).err).toMatch(/case b: the label .*b\.png is 1x2x3, the image 1x24x30/);
	});
});

describe("TPE beside the whole grid", () => {
	it("comes within 1 % of the best point of the example, alike each time", { timeout: 240_000 }, async () => {
		const out = join(testFolder(), "out");
		const argv = [
			"tune",
			"--config",
			join(ROOT, "tutorials", "nnunet_mito_inference.yaml"),
			"--json",
			`vars.output=${out}`,
			"system.device=cpu",
			"inference.test_time_augmentation.flip_axes=none",
			`model.nnunet_checkpoint=${join(ROOT, "examples", "mito", "checkpoints")}`,
			`tune.data.val.image=${join(ROOT, "examples", "mito", "images", "slice[02].png")}`,
			`tune.data.val.label=${join(ROOT, "examples", "mito", "labels", "slice[02].png")}`,
			"++tune.space={binary.threshold: [0.05, 0.95, 0.05], binary.remove_small_objects: [0, 600, 50]}",
		];
		const run = async (...more: string[]) => {
			const { code, out: text, err } = await nnvol(...argv, "--overwrite", ...more);
			expect(code, err).toBe(0);
			const lines = text.split("\n").filter((line) => line.startsWith('{"kind":"trial"'));
			return lines.map((line): { trial: number; point: unknown; score: number } => JSON.parse(line));
		};
		const best = (trials: readonly { score: number }[]) => Math.max(...trials.map(({ score }) => score));
		const grid = await run("tune.sampler=Grid");
		expect(grid).toHaveLength(19 * 13);
		const tpe = await run("--trials", "60");
		expect(best(tpe)).toBeGreaterThan(0.99 * best(grid));
		expect(best(tpe)).toBeGreaterThan(grid[0]?.score ?? 1);
		const plain = (trials: typeof tpe) => trials.map(({ trial, point, score }) => [trial, point, score]);
		expect(plain(await run("--trials", "60"))).toEqual(plain(tpe));
	});
});

describe("nnvol tune-test", () => {
	it("lays what was found over the configuration, overrides and all", { timeout: 60_000 }, async () => {
		const { tune, test } = await scene();
		const search = [
			"inference.postprocessing.decoding=[{name: decode_connected_components, kwargs: {threshold: 0.35}}]",
			"~tune.space",
			"+tune.space={decoding.0.kwargs.threshold: {values: [0.45, 0.55]}}",
			"score.connectivity=3",
		];
		expect((await tune(...search)).code).toBe(0);
		const tested = await test(...search);
		expect(tested.out).toMatch(/dice +0\.\d+ +1\.00000\n/);
		expect(tested.out).toMatch(/adapted_rand +0\.\d*[1-9]\d* +0\.00000\n/);
	});

	it("searches first where there is nothing yet, and reports the default beside the best", {
		timeout: 60_000,
	}, async () => {
		const { test, out, folder, config } = await scene();
		const tested = await test("--trials", "18");
		expect(tested.code, tested.err).toBe(0);
		expect(tested.out).toMatch(/held-out cases +as it stands +tuned\ndice +0\.\d+ +1\.00000\n/);
		const report = readJson(join(out, "tune", "test.json"));
		expect(report).toMatchObject({ best: { score: 1, cases: { c: { dice: 1, iou: 1 } } } });
		const again = await test();
		expect(again.err).not.toMatch(/trial/);
		expect(again.out).toMatch(/^Skipped 1\/1 existing files/);
		const table = (text: string) => text.slice(text.indexOf("held-out"));
		expect(table(again.out)).toBe(table(tested.out));
		// a run with these parameters writes the masks that were scored
		const run = await nnvol(
			"infer",
			"--config",
			config,
			"--params",
			join(out, "tune", "best.yaml"),
			`inference.data.input_path=${join(folder, "held")}`,
			`inference.data.output_path=${join(folder, "applied")}`,
			"inference.data.output_format=png",
			"inference.volume_mode.output_name={stem}",
		);
		expect(run.code, run.err).toBe(0);
		expect(await readVolume(join(folder, "applied", "c.png"))).toEqual(
			await readVolume(join(folder, "held-labels", "c.png")),
		);
	});

	it("takes parameters from a file, and works as a mode", { timeout: 60_000 }, async () => {
		const { config, folder } = await scene();
		const params = join(folder, "p.yaml");
		writeFileSync(params, "inference: {postprocessing: {binary: {enabled: true, threshold: 0.7}}}\n");
		const tested = await nnvol("--config", config, "--mode", "tune-test", "--params", params, "--json");
		expect(tested.code, tested.err).toBe(0);
		const report = JSON.parse(tested.out.trim().split("\n").at(-1) ?? "");
		expect(report).toMatchObject({ kind: "tune-test", best: { postprocessing: { binary: { threshold: 0.7 } } } });
		expect(report.best.score).toBeLessThan(1);
		const searched = await nnvol("--config", config, "--mode", "tune", "--trials", "2", "--json");
		expect(searched.out).toMatch(/"kind":"trial","trial":1/);
	});
});
