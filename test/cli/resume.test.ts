/**
 * Going on where a run ended: what counts as done, what is refused, what is kept under `.nnvol`.
 */
import { createHash } from "node:crypto";
import {
	existsSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	truncateSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { openVolume } from "../../src/volume/formats.ts";
import { testFolder } from "../folder.ts";
import { nnvol, start } from "./command.ts";
import { outputsOf, readJson, readVolume, temporariesOf, treeOf, writeImages, writeModel } from "./scene.ts";

vi.mock("../../src/volume/formats.ts", async (original) => {
	const formats = await original<typeof import("../../src/volume/formats.ts")>();
	return { ...formats, openVolume: vi.fn(formats.openVolume) };
});

async function scene(names = ["a.png", "b.png", "c.png"]) {
	const folder = testFolder();
	const model = writeModel(join(folder, "model"));
	const images = await writeImages(join(folder, "in"), names);
	const out = join(folder, "out");
	return {
		folder,
		model,
		images,
		out,
		run: (...more: string[]) => nnvol(...argv(model, images, out), ...more),
		begin: (...more: string[]) => start([...argv(model, images, out), ...more]).ended,
		report: () => readJson(join(out, ".nnvol", "report.json")),
	};
}

const argv = (model: string, images: string, out: string) => [
	"infer-volume",
	"--checkpoint",
	model,
	"system.device=cpu",
	`inference.volume_mode.file_pattern=${images}/*.png`,
	`inference.data.output_path=${out}`,
];

const modified = (path: string) => statSync(path).mtimeMs;

describe("what is done is skipped", () => {
	it("and not touched; a truncated or missing output is made again, exactly", async () => {
		const { run, out, report } = await scene();
		expect((await run()).code).toBe(0);
		const names = outputsOf(out);
		expect(names).toEqual(["a_prediction.h5", "b_prediction.h5", "c_prediction.h5"]);
		const before = await readVolume(join(out, "b_prediction.h5"));
		truncateSync(join(out, "b_prediction.h5"), 100);
		rmSync(join(out, "c_prediction.h5"));
		const times = modified(join(out, "a_prediction.h5"));
		const again = await run();
		expect(again.out).toBe("Skipped 1/3 existing files, processing 2 remaining\n");
		expect(again.code).toBe(0);
		expect(modified(join(out, "a_prediction.h5"))).toBe(times);
		expect(await readVolume(join(out, "b_prediction.h5"))).toEqual(before);
		expect(report()).toMatchObject({ state: "finished", total: 3, done: 2, skipped: 1, failed: 0, remaining: 0 });
	});

	it("a record that is missing or damaged makes an output one of unknown origin", async () => {
		const { run, out } = await scene();
		await run();
		writeFileSync(join(out, ".nnvol", "records", "a_prediction.h5.json"), '{"version": 1, "st');
		const refused = await run();
		expect(refused.err).toMatch(
			/1 of 3 outputs in .* exist already.*a_prediction\.h5 \(there is no record of who made it\)/,
		);
		expect(refused.code).toBe(2);
	});

	it("a half-written output of a process that died is cleaned away", async () => {
		const { run, out } = await scene();
		await run();
		writeFileSync(
			join(out, `.a_prediction.h5.${(await import("node:os")).hostname().replace(/[^\w-]/g, "-")}.999999.1.nnvol-tmp`),
			"half",
		);
		expect(temporariesOf(out)).toHaveLength(1);
		expect((await run()).code).toBe(0);
		expect(temporariesOf(out)).toEqual([]);
	});
});

describe("outputs made otherwise", () => {
	it("are refused with the reason, before anything is changed; --overwrite makes them anew", async () => {
		const { run, out } = await scene();
		await run();
		const tree = treeOf(out).map((name) => [name, modified(join(out, name))]);
		const refused = await run("inference.sliding_window.overlap=0.25");
		expect(refused.err).toMatch(
			/3 of 3 outputs in .*out exist already and cannot be taken for this run's: a_prediction\.h5, .* \(.*made with another model or configuration\)/,
		);
		expect(refused.err).toMatch(/--accept-existing.*--overwrite.*another output folder/);
		expect(refused.code).toBe(2);
		const kept = new Map(treeOf(out).map((name) => [name, modified(join(out, name))]));
		for (const [name, time] of tree) if (String(name).endsWith(".h5")) expect(kept.get(String(name))).toBe(time);
		const anew = await run("inference.sliding_window.overlap=0.25", "--overwrite");
		expect(anew.out).toBe("Processing 3 files\n");
		expect(anew.code).toBe(0);
		expect((await run("inference.sliding_window.overlap=0.25")).out).toMatch(/^Skipped 3\/3/);
		expect((await run()).code).toBe(2);
	});

	it("by another model are refused", async () => {
		const { run, out, folder, images } = await scene();
		await run();
		const labels = { background: 0, other: 1, b: 2 };
		const other = writeModel(join(folder, "other"), { dataset: { labels } });
		const result = await nnvol(
			"infer-volume",
			"--checkpoint",
			other,
			`inference.volume_mode.file_pattern=${images}/*.png`,
			`inference.data.output_path=${out}`,
		);
		expect(result.err).toMatch(/another model or configuration/);
		expect(result.code).toBe(2);
	});

	it("of an input that has changed are refused and named", async () => {
		const { run, images } = await scene();
		await run();
		utimesSync(join(images, "b.png"), 1, 1);
		const refused = await run();
		expect(refused.err).toMatch(/1 of 3 outputs .*: b_prediction\.h5 \(its input has changed since\)/);
		expect(refused.code).toBe(2);
	});

	it("are kept by --accept-existing, which is remembered", async () => {
		const { run, out } = await scene();
		await run();
		rmSync(join(out, "c_prediction.h5"));
		const time = modified(join(out, "a_prediction.h5"));
		const accepted = await run("inference.sliding_window.overlap=0.25", "inference.volume_mode.accept_existing=true");
		expect(accepted.out).toBe("Skipped 2/3 existing files, processing 1 remaining\n");
		expect(accepted.code).toBe(0);
		expect(modified(join(out, "a_prediction.h5"))).toBe(time);
		expect(readJson(join(out, ".nnvol", "records", "a_prediction.h5.json"))).toMatchObject({
			state: "done",
			accepted: true,
		});
		expect((await run("inference.sliding_window.overlap=0.25")).out).toMatch(/^Skipped 3\/3/);
	});

	it("of the same configuration in other words are taken: what does not change voxels may change", async () => {
		const { run } = await scene();
		await run();
		const again = await run(
			"inference.sliding_window.sw_batch_size=2",
			"system.num_cpus=1",
			"system.seed=7",
			"inference.test_time_augmentation.flip_axes=[[1], [2], [2, 1]]",
		);
		expect(again.out).toMatch(/^Skipped 3\/3/);
	});
});

describe("what is kept under .nnvol", () => {
	it("report, records, plan and the resolved configuration with its hash", async () => {
		const { run, out, images, report } = await scene(["a.png"]);
		await run("inference.volume_mode.output_suffix=seg");
		expect(report()).toMatchObject({
			version: 1,
			state: "finished",
			total: 1,
			done: 1,
			plan: expect.stringMatching(/^[0-9a-f]{64}$/),
			cases: [
				{
					id: "a",
					inputs: [join(images, "a.png")],
					output: join(out, "a_seg.h5"),
					state: "done",
					seconds: expect.any(Number),
				},
			],
		});
		const state = readdirSync(join(out, ".nnvol")).sort();
		expect(state).toEqual([
			"config.yaml",
			`invocation-${String(report()["plan"]).slice(0, 12)}-${report()["run"]}.json`,
			`plan-${String(report()["plan"]).slice(0, 12)}.json`,
			"records",
			"report.json",
			"runs",
		]);
		expect(readJson(join(out, ".nnvol", "runs", String(report()["run"]), "report.json"))).toEqual(report());
		const record = readJson(join(out, ".nnvol", "records", "a_seg.h5.json"));
		expect(record).toMatchObject({
			state: "done",
			output: "a_seg.h5",
			plan: report()["plan"],
			bytes: statSync(join(out, "a_seg.h5")).size,
		});
		expect(record["inputs"]).toEqual([
			{
				name: "a.png",
				bytes: statSync(join(images, "a.png")).size,
				modified: Math.round(modified(join(images, "a.png"))),
			},
		]);
		const text = readFileSync(join(out, ".nnvol", "config.yaml"), "utf8");
		const resolved = await loadConfig({ file: join(out, ".nnvol", "config.yaml"), env: {} });
		expect(text).toContain(`SHA-256 of the values: ${resolved.hash}`);
		expect(resolved.config.inference.volume_mode.output_suffix).toBe("seg");
	});

	it("the plan names the checkpoint by its hash", async () => {
		const { run, out, model, report } = await scene(["a.png"]);
		await run();
		const plan = readJson(join(out, ".nnvol", `plan-${String(report()["plan"]).slice(0, 12)}.json`));
		const sha256 = createHash("sha256")
			.update(readFileSync(join(model, "model.pth")))
			.digest("hex");
		expect(plan).toMatchObject({ hash: report()["plan"], model: { checkpoints: [{ sha256 }] } });
	});

	it("a failed case is there with its error", async () => {
		const { run, images, report } = await scene();
		writeFileSync(join(images, "b.png"), "");
		const { err } = await run();
		expect(err).toMatch(/1 of 3 failed:\n {2}b {2}.*b\.png: expected an image or volume, found an empty file/);
		const { cases } = report();
		expect(cases).toContainEqual({
			id: "b",
			inputs: [join(images, "b.png")],
			output: expect.any(String),
			state: "failed",
			code: "VOLUME",
			error: expect.stringMatching(/empty file/),
		});
	});
});

describe("shares of one list", () => {
	it("two processes make all outputs, each with a report of its own", async () => {
		const { run, begin, out } = await scene(["a.png", "b.png", "c.png", "d.png", "e.png"]);
		const shares = await Promise.all(
			[0, 1].map((share) => begin(`inference.volume_mode.start_index=${share}`, "inference.volume_mode.step=2")),
		);
		expect(shares.map(({ code, err }) => (code === 0 ? "" : err))).toEqual(["", ""]);
		expect(outputsOf(out)).toHaveLength(5);
		expect(readJson(join(out, ".nnvol", "report-0-of-2.json"))).toMatchObject({ total: 3, done: 3 });
		expect(readJson(join(out, ".nnvol", "report-1-of-2.json"))).toMatchObject({ total: 2, done: 2 });
		expect((await run("inference.volume_mode.start_index=1", "inference.volume_mode.step=2")).out).toBe(
			"Skipped 2/2 existing files, processing 0 remaining\n",
		);
		expect((await run()).out).toBe("Skipped 5/5 existing files, processing 0 remaining\n");
	});

	it("{index} counts the whole list, so that shares never clash", async () => {
		const { run, out } = await scene();
		const name = "inference.volume_mode.output_name={index}_{stem}_{suffix}";
		for (const start of [0, 1])
			expect((await run(name, `inference.volume_mode.start_index=${start}`, "inference.volume_mode.step=2")).code).toBe(
				0,
			);
		expect(outputsOf(out)).toEqual(["0_a_prediction.h5", "1_b_prediction.h5", "2_c_prediction.h5"]);
	});
});

describe("passing faults", () => {
	const busy = () => Object.assign(new Error("ESTALE: stale file handle, read"), { code: "ESTALE", syscall: "read" });

	it("are tried again, and said", async () => {
		const { run, report } = await scene(["a.png"]);
		vi.mocked(openVolume).mockRejectedValueOnce(busy()).mockRejectedValueOnce(busy());
		const { code, err } = await run();
		expect(err).toMatch(/a: try 1 failed, trying again: ESTALE/);
		expect(err).toMatch(/a: try 2 failed, trying again/);
		expect(code).toBe(0);
		expect(report()).toMatchObject({ done: 1, failed: 0 });
	});

	it("end the case after as many tries as are allowed; the next run makes it", async () => {
		const { run, out, report } = await scene(["a.png", "b.png"]);
		vi.mocked(openVolume).mockRejectedValueOnce(busy()).mockRejectedValueOnce(busy());
		const { code, err } = await run("inference.volume_mode.retries=2");
		expect(err).toMatch(/failed: a: ESTALE: stale file handle/);
		expect(code).toBe(3);
		expect(outputsOf(out)).toEqual(["b_prediction.h5"]);
		expect(report()).toMatchObject({ done: 1, failed: 1 });
		expect((await run()).code).toBe(0);
		expect(existsSync(join(out, "a_prediction.h5"))).toBe(true);
	});

	it("are not what a damaged file is: it is tried once", async () => {
		const { run, images } = await scene(["a.png", "b.png"]);
		writeFileSync(join(images, "a.png"), "");
		vi.mocked(openVolume).mockClear();
		const { err } = await run();
		expect(err).not.toMatch(/trying again/);
		expect(vi.mocked(openVolume).mock.calls.filter(([path]) => path.endsWith("a.png"))).toHaveLength(1);
	});
});
