/**
 * Workers that share nothing but a bucket: the plan, the input, the output and the records all lie behind s3://.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openState } from "../../src/run/state-store.ts";
import { openStore } from "../../src/volume/stores/open-store.ts";
import { nnvol, type Result, start } from "../cli/command.ts";
import { testFolder } from "../folder.ts";
import { BLOCKS, CREDENTIALS, resultOf, smallVolume, tinyModel, wordsFor } from "../run/remote-scene.ts";
import { startS3, type TestServer } from "../volume/stores/servers.ts";

const before = { ...process.env };
const s3: TestServer | undefined = await startS3("bucket");

beforeAll(() => {
	Object.assign(process.env, CREDENTIALS, { AWS_ENDPOINT_URL_S3: s3?.url ?? "" });
});
afterAll(async () => {
	process.env = before;
	await s3?.stop();
});

/** Writes a plan for `wordsFor` into the bucket; gives its place. */
async function planned(folder: string, name: string, words: readonly string[]): Promise<string> {
	const plan = `s3://bucket/runs/${name}.json`;
	const config = join(folder, "config.yaml");
	writeFileSync(config, "");
	const { code, err } = await nnvol("plan", "--config", config, ...words.slice(1), "--save", plan);
	expect(code, err).toBe(0);
	expect(err).toContain(`nnvol work --plan ${plan}`);
	return plan;
}

/** Runs workers side by side, each a process with a scheduler's variables. */
function workers(plan: string, count: number, flags: readonly string[] = []): Promise<Result[]> {
	const indexes = Array.from({ length: count }, (_, i) => `${i}`);
	return Promise.all(
		indexes.map((i) => {
			const words = ["work", "--plan", plan, "--shard", `auto/${count}`, ...flags];
			return start(words, { JOB_COMPLETION_INDEX: i }).ended;
		}),
	);
}

/** Blocks that are recorded as done. */
async function blocksOf(outputs: string, at = ".nnvol/blocks"): Promise<number> {
	const { files, folders } = await (await openStore(outputs)).list(at);
	const below = await Promise.all(folders.map((name) => blocksOf(outputs, `${at}/${name}`)));
	return below.reduce((sum, n) => sum + n, files.filter((name) => name.endsWith(".done.json")).length);
}

async function reportOf(outputs: string): Promise<unknown> {
	const text = await (await openState(`${outputs}/.nnvol`)).read("report.json");
	return JSON.parse(text ?? "null");
}

const STREAMED = ["inference.volume_mode.stream=true"];

describe.skipIf(s3 === undefined)("workers that share a bucket and no file system", () => {
	it.each([
		["by shares", []],
		["by claims", ["--claims"]],
	])("write one volume together, that of a run inline: %s", async (name, flags) => {
		const folder = testFolder();
		const model = tinyModel(folder);
		const input = await smallVolume("s3://bucket/in/brain.zarr");
		const inline = join(folder, "inline");
		expect(await nnvol(...wordsFor(model, input, inline, STREAMED))).toMatchObject({ code: 0 });
		const outputs = `s3://bucket/${name.replace(" ", "-")}`;
		const plan = await planned(folder, name.replace(" ", "-"), wordsFor(model, input, outputs, STREAMED));
		for (const [i, { code, err }] of (await workers(plan, 2, flags)).entries()) {
			expect(code, err).toBe(0);
			expect(err).toContain(`worker ${i} of 2 (JOB_COMPLETION_INDEX=${i} of --shard auto/2)`);
		}
		expect(await blocksOf(outputs)).toBe(BLOCKS);
		const finished = await nnvol("finish", "--plan", plan);
		expect(finished, finished.err).toMatchObject({ code: 0 });
		expect(await resultOf(outputs)).toEqual(await resultOf(inline));
		expect(await nnvol("verify", outputs)).toMatchObject({ code: 0 });
		expect(await reportOf(outputs)).toMatchObject({ state: "finished", total: 1, done: 1, failed: 0 });
	});

	it("go on where one of them was killed, and finishing says what is missing", async () => {
		const folder = testFolder();
		const model = tinyModel(folder);
		const input = await smallVolume("s3://bucket/in/brain.zarr");
		const outputs = "s3://bucket/killed";
		const plan = await planned(folder, "killed", wordsFor(model, input, outputs, STREAMED));
		const { child, ended } = start(["work", "--plan", plan, "--shard", "0/2"]);
		while (child.exitCode === null && (await blocksOf(outputs)) < 1) await pause(5);
		child.kill("SIGKILL");
		expect((await ended).code).toBeNull();
		expect((await workers(plan, 2))[1]).toMatchObject({ code: 0 });
		const finished = await nnvol("finish", "--plan", plan);
		expect(finished, finished.err).toMatchObject({ code: 0 });
		expect(await nnvol("verify", outputs)).toMatchObject({ code: 0 });
	});

	it("that do not all come leave a volume that finishing does not call done", async () => {
		const folder = testFolder();
		const model = tinyModel(folder);
		const input = await smallVolume("s3://bucket/in/brain.zarr");
		const outputs = "s3://bucket/half";
		const plan = await planned(folder, "half", wordsFor(model, input, outputs, STREAMED));
		expect(await nnvol("work", "--plan", plan, "--shard", "1/2")).toMatchObject({ code: 0 });
		expect((await nnvol("finish", "--plan", plan)).code).not.toBe(0);
		expect(await nnvol("verify", outputs)).toMatchObject({ code: 1 });
		expect(await nnvol("work", "--plan", plan, "--shard", "0/2")).toMatchObject({ code: 0 });
		expect(await nnvol("finish", "--plan", plan)).toMatchObject({ code: 0 });
		expect(await nnvol("verify", outputs)).toMatchObject({ code: 0 });
	});
});
