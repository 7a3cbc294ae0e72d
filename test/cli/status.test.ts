import { appendFileSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { blockFile } from "../../src/run/block-files.ts";
import { markRunning } from "../../src/run/run-marker.ts";
import { testFolder } from "../folder.ts";
import { failedBlock } from "../run/run-facts.ts";
import { nnvol } from "./command.ts";
import { ALL, recorded } from "./recorded.ts";
import { readJson, writeImages, writeModel } from "./scene.ts";

/** What `--json` says. */
async function statusOf(path: string) {
	const result = await nnvol("status", path, "--json");
	return { code: result.code, ...JSON.parse(result.out) };
}

describe("nnvol status of a streamed output", () => {
	it("that is whole is done", async () => {
		const folder = testFolder();
		await (await recorded(folder, ALL)).finish();
		const found = await statusOf(folder);
		expect(found).toMatchObject({
			code: 0,
			volumes: [
				{
					output: "brain.zarr",
					state: "done",
					blocks: { total: 6, done: 6, failed: 0, missing: 0 },
					voxels: { total: 240, done: 240 },
				},
			],
		});
		const { out } = await nnvol("status", folder);
		expect(out).toMatch(/brain\.zarr: done\n {2}6 of 6 blocks done \(100 %\)\n$/);
	});

	it("is found by the folder, by its own path and from inside, and by no other path", async () => {
		const folder = testFolder();
		await recorded(folder, [0]);
		for (const path of [folder, join(folder, "brain.zarr"), join(folder, "brain.zarr", "c", "0")]) {
			expect((await statusOf(path)).volumes).toHaveLength(1);
		}
		const other = await nnvol("status", join(folder, "brain.zar"));
		expect(other.code).toBe(2);
		expect(other.err).toMatch(/nothing is recorded of it in/);
		const none = await nnvol("status", testFolder());
		expect(none).toMatchObject({ code: 2, err: expect.stringMatching(/no record of a run here/) });
	});

	it("that was cut off is stopped, and says how to go on", async () => {
		const folder = testFolder();
		await recorded(folder, [0, 1, 5]);
		expect((await statusOf(folder)).volumes).toMatchObject([
			{ state: "stopped", blocks: { done: 3, missing: 3 }, voxels: { done: 2 * 6 * 4 + 2 * 6 * 4 + 2 * 6 * 2 } },
		]);
		expect((await nnvol("status", folder)).out).toMatch(
			/stopped\n {2}3 of 6 blocks done \(50 %\), 3 to do\n.*run the same command/,
		);
	});

	it("whose file is not in its place yet says so", async () => {
		const folder = testFolder();
		await recorded(folder, ALL);
		expect((await nnvol("status", folder)).out).toMatch(/stopped; all blocks are done, the file is not in its place/);
	});

	it("with failed blocks tells which and why, and exits 3", async () => {
		const folder = testFolder();
		const records = await recorded(folder, [0, 1, 2, 3]);
		await records.fail(failedBlock(5));
		const { code, out } = await nnvol("status", folder);
		expect(code).toBe(3);
		expect(out).toMatch(/brain\.zarr: failed\n {2}4 of 6 blocks done \(70 %\), 1 failed, 1 to do\n/);
		expect(out).toMatch(/ {2}block +voxels +tried +by +error\n/);
		expect(out).toMatch(/ {2}5 +z 2-4, y 0-6, x 8-10 +3x +host:1 +VOLUME: the disk is on fire\n/);
	});

	it("that is at work has a rate and the time that is left", async () => {
		const folder = testFolder();
		const records = await recorded(folder, [0, 1, 2]);
		const end = await markRunning(records.folder);
		const [running] = (await statusOf(folder)).volumes;
		expect(running).toMatchObject({ state: "running", workers: [expect.stringMatching(`:${process.pid}$`)] });
		expect(running.left).toBeCloseTo(120 / running.rate, 5);
		for (const id of [0, 1, 2]) utimesSync(blockFile(records.folder, id, "done"), 1, 1);
		expect((await statusOf(folder)).volumes[0]).not.toHaveProperty("rate");
		utimesSync(blockFile(records.folder, 2, "done"), new Date(), new Date());
		expect((await nnvol("status", folder)).out).toMatch(/running\n.*\n {2}.*voxels\/s, .* left\n {2}at work: /);
		await end();
		expect((await statusOf(folder)).volumes).toMatchObject([{ state: "stopped" }]);
	});

	it("whose process is gone is stopped, on this machine or, by its time, on another", async () => {
		const folder = testFolder();
		const records = await recorded(folder, [0]);
		const host = hostname().replace(/[^\w-]/g, "-");
		writeFileSync(join(records.folder, `running.${host}.999999999`), "");
		expect((await statusOf(folder)).volumes).toMatchObject([{ state: "stopped" }]);
		const marker = join(records.folder, "running.elsewhere.1");
		writeFileSync(marker, "");
		expect((await statusOf(folder)).volumes).toMatchObject([{ state: "running", workers: ["elsewhere:1"] }]);
		utimesSync(marker, 1, 1);
		expect((await statusOf(folder)).volumes).toMatchObject([{ state: "stopped" }]);
	});

	it("of some blocks only counts those", async () => {
		const folder = testFolder();
		await (
			await recorded(folder, [1, 2], {
				wanted: [
					[1, 2],
					[5, 9],
				],
			})
		).finish();
		expect((await statusOf(folder)).volumes).toMatchObject([
			{ state: "stopped", blocks: { total: 3, done: 2, missing: 1 } },
		]);
	});

	it("whose facts are damaged is told, not guessed", async () => {
		const folder = testFolder();
		const records = await recorded(folder, [1, 2]);
		for (const text of [
			"{",
			JSON.stringify({ ...readJson(join(records.folder, "run.json")), grid: { shape: [1e15], block: [1] } }),
		]) {
			writeFileSync(join(records.folder, "run.json"), text);
			expect(await statusOf(folder)).toMatchObject({ volumes: [{ output: "brain.zarr", state: "unknown" }] });
		}
	});
});

describe("nnvol status of cases", () => {
	it("counts what is done and what failed, and knows a run that was cut off", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		const images = await writeImages(join(folder, "in"), ["a_0000.png", "b_0000.png"]);
		writeFileSync(join(images, "c_0000.png"), "no image");
		const out = join(folder, "out");
		expect((await nnvol("predict", model, images, out, "--device", "cpu")).code).toBe(3);
		const { code, out: text } = await nnvol("status", out);
		expect(code).toBe(3);
		expect(text).toMatch(
			/2 outputs done\nrun failed: 2 of 3 done, 1 failed\n {2}c: .*c_0000\.png.*\n {2}report: .*report\.json\n/,
		);
		const report = join(out, ".nnvol", "report.json");
		const whole = readFileSync(report, "utf8");
		const gone = { ...readJson(report), state: "running", remaining: 1, process: { host: "h", pid: 1 } };
		writeFileSync(report, JSON.stringify(gone));
		expect((await statusOf(out)).runs).toMatchObject([{ state: "running", total: 3 }]);
		const host = hostname().replace(/[^\w-]/g, "-");
		writeFileSync(report, JSON.stringify({ ...gone, process: { host, pid: 999999999 } }));
		expect((await statusOf(out)).runs).toMatchObject([{ state: "stopped" }]);
		appendFileSync(report, "}");
		expect((await statusOf(out)).runs).toMatchObject([{ state: "failed", report: expect.stringMatching(/runs/) }]);
		rmSync(join(out, ".nnvol", "runs"), { recursive: true });
		expect((await statusOf(out)).runs).toEqual([]);
		const { run: _, ...old } = JSON.parse(whole);
		writeFileSync(report, JSON.stringify(old)); // as nnvol wrote it before runs had folders
		expect((await statusOf(out)).runs).toMatchObject([{ state: "failed", total: 3 }]);
		expect(await statusOf(join(out, "a.png"))).toMatchObject({
			code: 0,
			outputs: { done: 1, unfinished: 0 },
			runs: [],
		});
	});
});
