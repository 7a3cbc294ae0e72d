import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testFolder } from "../folder.ts";
import { nnvol } from "./command.ts";
import { pattern, treeOf, writeImages, writeModel, writeVolume } from "./scene.ts";

async function scene() {
	const folder = testFolder();
	const at = (...parts: string[]) => join(folder, ...parts);
	const three = { network: "1 channel 3D", ending: ".nii.gz", reader: "SimpleITKIO" } as const;
	return {
		at,
		out: at("out"),
		model: writeModel(at("model"), three),
		volume: await writeVolume(at("in", "brain.zarr"), pattern([12, 40, 48]), "zyx", [1, 1, 1]),
	};
}

/** What `--json` says of a plan that is not measured. */
async function planOf(...argv: readonly string[]) {
	const { code, out, err } = await nnvol("plan", ...argv, "--device", "cpu", "--json", "--no-measure");
	if (code !== 0) throw new Error(err);
	return JSON.parse(out);
}

describe("nnvol plan", () => {
	it("says what a streamed run will do, and writes nothing", async () => {
		const { model, volume, out, at } = await scene();
		const { code, out: text } = await nnvol(
			"plan",
			model,
			volume,
			out,
			"--format",
			"zarr",
			"--device",
			"cpu",
			"--stream",
		);
		expect(code).toBe(0);
		expect(existsSync(at("out"))).toBe(false);
		const lines = [
			/^brain: .*brain\.zarr \(zarr\)$/m,
			/^ {2}input {5}12x40x48 \(z, y, x\) uint8, zarr, chunks of 12x40x48, .*voxels of 1x1x1, /m,
			/^ {2}network {3}12x40x48, not resampled$/m,
			/^ {2}streamed {2}12x40x48 is streamed as asked$/m,
			/^ {2}blocks {4}1 of 12x40x48 \(1x1x1\), 1 to do \(23,040 voxels\)$/m,
			/^ {2}sweeps {4}1 column /m,
			/^ {2}tiles {5}[\d,]+ in the volume, 0\.0 % run twice; 8 views, [\d,]+ runs of the network$/m,
			/^ {2}passes {4}measuring, network$/m,
			/^ {2}bytes {5}46\.1 KB read, 23\.0 KB written \(unpacked\)$/m,
			/^ {2}memory {4}.* with the network, .* for the volume, .* in reserve$/m,
			/^ {2}time {6}.* in the network$/m,
			/^total: 1 case: 1 to do, 1 of them streamed$/m,
		];
		for (const line of lines) expect(text).toMatch(line);
	});

	it("counts the tiles that predict runs, whether in memory or streamed, and then finds all done", async () => {
		const { model, volume, out, at } = await scene();
		const args = [model, volume, out, "--format", "zarr", "--no-tta"];
		const [memory, streamed] = [await planOf(...args), await planOf(...args, "--stream")];
		expect(memory.cases[0].work.why).toMatch(/^fits into|^it is small/);
		expect(streamed.cases[0].work.tiles).toBe(memory.cases[0].work.tiles);
		expect(memory.total).toMatchObject({ toDo: 1, streamed: 0 });
		const run = await nnvol("predict", ...args, "--device", "cpu", "--stream", "--json");
		expect(run.code).toBe(0);
		const events = run.out
			.trimEnd()
			.split("\n")
			.map((line) => JSON.parse(line));
		expect(events.filter(({ kind }) => kind === "tile").at(-1).total).toBe(streamed.cases[0].work.tilesRun);
		expect(events.find(({ kind, text }) => kind === "note" && /streamed in 1 block/.test(text)).text).toBe(
			"brain.zarr: 12x40x48 is streamed as asked: streamed in 1 block of 12x40x48",
		);
		const before = treeOf(at("out"));
		expect((await planOf(...args, "--stream")).total).toMatchObject({ toDo: 0, done: 1, tilesRun: 0 });
		// the volume was measured: that is kept
		const again = await planOf(...args, "--stream", "--overwrite");
		expect(again.cases[0].work.passes).toEqual([
			{ name: "measure", isKept: true },
			{ name: "network", isKept: false },
		]);
		expect(treeOf(at("out"))).toEqual(before);
	});

	it("refuses a budget that is too small, names one that will do, and takes that", async () => {
		const { model, volume, out } = await scene();
		const args = [model, volume, out, "--format", "zarr", "--device", "cpu", "--stream"];
		const { code, err } = await nnvol("plan", ...args, "--memory", "20MB");
		expect(code).toBe(2);
		const [, enough = ""] = /20\.0 MB of memory is too little: .*--memory ([\d.]+GB) .*would do/.exec(err) ?? [];
		expect((await nnvol("plan", ...args, "--memory", enough)).code).toBe(0);
	});

	it("stages what is written from front to back, and unpacks what is packed from front to back", async () => {
		const { model, out, at } = await scene();
		const packed = await writeVolume(at("in2", "brain.nii.gz"), pattern([12, 40, 48]), "zyx", [1, 1, 1]);
		const { work } = (await planOf(model, packed, out, "--stream")).cases[0];
		expect(work.passes.map(({ name }: { name: string }) => name)).toEqual(["unpack", "measure", "network", "assemble"]);
		expect(work.bytesStaged).toBeGreaterThan(12 * 40 * 48);
		expect(existsSync(at("out"))).toBe(false);
	});

	it("tells of many cases in a table, and which cannot be done", async () => {
		const folder = testFolder();
		const names = Array.from({ length: 10 }, (_, n) => `s${n}.png`);
		const images = await writeImages(join(folder, "in"), names);
		writeFileSync(join(images, "s3.png"), "no image");
		const { out, code } = await nnvol(
			"plan",
			writeModel(join(folder, "model")),
			images,
			join(folder, "out"),
			"--no-measure",
		);
		expect(code).toBe(3);
		expect(out).toMatch(/^s0 +in memory +1x24x30 uint8 +[\d,]+ tiles$/m);
		expect(out).toMatch(/^s3 +failed/m);
		expect(out).toMatch(/^\.\.\. and 2 more$/m);
		expect(out).toMatch(/^total: 10 cases: 9 to do, 1 that cannot be done$/m);
		expect(out).toMatch(/^ {2}time {6}not measured$/m);
	});

	it("tells how workers divide a volume, and they run just those tiles", { timeout: 120_000 }, async () => {
		const { model, volume, out, at } = await scene();
		writeFileSync(at("c.yaml"), "inference: {data: {output_format: zarr}}\n");
		const args = ["--config", at("c.yaml"), "--checkpoint", model, `inference.data.output_path=${out}`];
		args.push(`inference.data.input_path=${volume}`, "inference.data.chunks=[4,16,16]", "inference.data.pyramid=2");
		args.push("inference.test_time_augmentation.flip_axes=none", "system.device=cpu", "--workers", "3");
		const { code, out: text, err } = await nnvol("plan", ...args);
		expect(code, err).toBe(0);
		expect(text).toMatch(/^ {2}workers {3}3 workers of 1 thread and .* each, together .* of memory at most$/m);
		expect(text).toMatch(
			/^ {2}shared {4}3 units, [\d.]+ % of the tiles run once more for it; .* until the last is done$/m,
		);
		expect(text).toMatch(/^ {12}\d workers?: 1 unit, 1 block, \d+ tiles, /m);
		const { workers, cases } = await planOf(...args);
		expect(workers).toMatchObject({ count: 3, by: "units", pieces: 3 });
		const { work } = cases[0];
		expect(work.units).toHaveLength(3);
		expect(work.bytesWritten).toBe(12 * 40 * 48 + 6 * 20 * 24 + 3 * 10 * 12);
		expect(workers.tilesRun).toBeGreaterThan(work.tilesRun);
		const alone = (await planOf(...args.slice(0, -2))).cases[0].work;
		expect([alone.tilesRun, alone.memory.budget]).toEqual([work.tilesRun, expect.closeTo(3 * work.memory.budget, -2)]);
		const run = await nnvol("infer", ...args, "--json");
		expect(run.code, run.err).toBe(0);
		const events = run.out
			.trimEnd()
			.split("\n")
			.map((line) => JSON.parse(line));
		expect(events.filter(({ kind }) => kind === "tile").at(-1).done).toBe(workers.tilesRun);
	});

	it("takes a configuration in place of the words, by its own name and as a mode", async () => {
		const { model, volume, out, at } = await scene();
		mkdirSync(at("configs"));
		const file = at("configs", "c.yaml");
		writeFileSync(
			file,
			[
				"inference:",
				`  data: {output_format: zarr, output_path: ${out}}`,
				`  volume_mode: {enabled: true, file_pattern: [${volume}]}`,
				"  roi: {start: [0, 0, 0], size: [4, 8, 8]}",
			].join("\n"),
		);
		const args = ["--config", file, "--checkpoint", model, "inference.data.chunks=[4,16,16]"];
		const { work } = (await planOf(...args)).cases[0];
		expect(work.why).toMatch(/inference\.roi/);
		expect(work.stream).toMatchObject({ blocks: 3, wanted: 1, done: 0 });
		expect(work.tilesRun).toBeLessThan(work.tiles);
		const asMode = await nnvol("--mode", "plan", ...args);
		expect(asMode).toMatchObject({ code: 0, out: expect.stringMatching(/3 of 4x40x48 .*, 1 to do/) });
		expect(existsSync(out)).toBe(false);
	});
});
