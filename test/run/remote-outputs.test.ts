import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostLabel } from "../../src/core/atomic-file.ts";
import { listBlocks, removeBlockFiles, writeBlockFile } from "../../src/run/block-files.ts";
import { forgetRuns, openBlockRecords } from "../../src/run/block-records.ts";
import { findOutputs } from "../../src/run/found-outputs.ts";
import { markRunning, runningIn } from "../../src/run/run-marker.ts";
import { openState } from "../../src/run/state-store.ts";
import { takeBackBlocks } from "../../src/run/take-back.ts";
import { verifyVolume } from "../../src/run/verify-volume.ts";
import { presenceOf } from "../../src/volume/sections/presence.ts";
import { openStore } from "../../src/volume/stores/open-store.ts";
import { nnvol, type Result, start } from "../cli/command.ts";
import { readVolume, temporariesOf, treeOf } from "../cli/scene.ts";
import { testFolder } from "../folder.ts";
import { droppingProxy } from "../volume/stores/dropping-proxy.ts";
import { faultServer } from "../volume/stores/fault-server.ts";
import { startGs, startS3, type TestServer } from "../volume/stores/servers.ts";
import { BLOCKS, CREDENTIALS, resultOf, smallVolume, tinyModel, wordsFor } from "./remote-scene.ts";
import { blockRecord, runFacts } from "./run-facts.ts";

const before = { ...process.env };
const s3: TestServer | undefined = await startS3("bucket");
const gs: TestServer | undefined = await startGs("bucket");

beforeAll(() => {
	Object.assign(process.env, CREDENTIALS, {
		AWS_ENDPOINT_URL_S3: s3?.url ?? "",
		STORAGE_EMULATOR_HOST: gs?.url ?? "",
	});
});
afterAll(async () => {
	process.env = before;
	await s3?.stop();
	await gs?.stop();
});

function wentWell({ code, err }: Result): void {
	expect(code, err).toBe(0);
}

/** Files below a place in a bucket, by key. */
async function keysOf(root: string, prefix = ""): Promise<string[]> {
	const store = await openStore(root);
	const { files, folders } = await store.list(prefix);
	const at = (name: string) => (prefix === "" ? name : `${prefix}/${name}`);
	const below = await Promise.all(folders.map((name) => keysOf(root, at(name))));
	return [...files.map(at), ...below.flat()].sort();
}

/** The run on the disk that others are compared with. */
async function localRun(folder: string, model: string): Promise<string> {
	const outputs = join(folder, "local");
	const input = await smallVolume(join(folder, "brain.zarr"));
	const result = await nnvol(...wordsFor(model, input, outputs, ["inference.volume_mode.stream=true"]));
	expect(result, result.err).toMatchObject({ code: 0 });
	return outputs;
}

async function doneBlocks(outputs: string): Promise<number> {
	return (await keysOf(outputs, ".nnvol/blocks")).filter((key) => key.endsWith(".done.json")).length;
}

const STORES = [
	["s3", s3],
	["gs", gs],
] as const;

describe.each(STORES)("outputs at %s://", (scheme, server) => {
	it.skipIf(server === undefined)("are those of a run on the disk, after kills in between", async () => {
		const folder = testFolder();
		const model = tinyModel(folder);
		const local = await localRun(folder, model);
		const input = await smallVolume(`${scheme}://bucket/in/brain.zarr`);
		const outputs = `${scheme}://bucket/killed`;
		const words = wordsFor(model, input, outputs);
		for (let life = 0; life < 2; life++) {
			const known = await doneBlocks(outputs);
			const { child, ended } = start(words);
			while (child.exitCode === null && (await doneBlocks(outputs)) < known + 2) await pause(5);
			child.kill("SIGKILL");
			expect((await ended).code).toBeNull();
			const status = await nnvol("status", outputs, "--json");
			expect(JSON.parse(status.out).volumes).toMatchObject([{ output: "brain.zarr", state: "stopped" }]);
		}
		expect(await nnvol("verify", outputs)).toMatchObject({ code: 1, out: expect.stringMatching(/missing/) });
		wentWell(await nnvol(...words));
		expect(await resultOf(outputs)).toEqual(await resultOf(local));
		expect(await nnvol("verify", outputs)).toMatchObject({ code: 0, out: expect.stringMatching(/brain\.zarr: whole/) });
		expect(await nnvol("status", `${outputs}/brain.zarr`)).toMatchObject({
			code: 0,
			out: expect.stringMatching(`${outputs}/brain.zarr: done\n  ${BLOCKS} of ${BLOCKS} blocks done`),
		});
		expect(await nnvol(...words)).toMatchObject({ code: 0, err: expect.stringMatching(/0 done, 1 skipped/) });
	});

	it.skipIf(server === undefined)("have the keys that files have on the disk", async () => {
		const folder = testFolder();
		const model = tinyModel(folder);
		const local = await localRun(folder, model);
		const outputs = `${scheme}://bucket/same`;
		expect(await nnvol(...wordsFor(model, join(folder, "brain.zarr"), outputs))).toMatchObject({ code: 0 });
		const files = treeOf(local).filter((name) => /\.(json|yaml)$|\/c\/.*\d$/.test(name));
		const blunt = (name: string) =>
			name.replace(/(plan|invocation)-[0-9a-f]+/, "$1-HASH").replace(/[0-9a-f]{16,}/, "KEY");
		const isChunk = (name: string) => /\/c\/\d+$|\/c\/\d+\/\d+$/.test(name);
		expect((await keysOf(outputs)).map(blunt)).toEqual(
			files
				.filter((name) => !isChunk(name))
				.map(blunt)
				.sort(),
		);
		expect(temporariesOf(folder)).toEqual([]);
	});
});

describe.skipIf(s3 === undefined)("a run whose outputs lie behind a URL", () => {
	it("makes them anew with --overwrite, and refuses to mix them with others", async () => {
		const folder = testFolder();
		const model = tinyModel(folder);
		const input = await smallVolume(join(folder, "brain.zarr"));
		const outputs = "s3://bucket/anew";
		wentWell(await nnvol(...wordsFor(model, input, outputs)));
		const other = wordsFor(model, input, outputs, ["inference.sliding_window.overlap=0.5"]);
		expect(await nnvol(...other)).toMatchObject({ code: 2, err: expect.stringMatching(/overlap: 0\.5, was 0\.25/) });
		// a chunk that the new run does not write would be seen
		const store = await openStore(`${outputs}/brain.zarr`);
		await store.set("c/99/0/0", Uint8Array.of(1));
		wentWell(await nnvol(...other, "--overwrite"));
		expect(await store.get("c/99/0/0")).toBeUndefined();
		wentWell(await nnvol("verify", outputs));
	});

	it("repairs what was damaged", async () => {
		const folder = testFolder();
		const input = await smallVolume(join(folder, "brain.zarr"));
		const outputs = "s3://bucket/damaged";
		const words = wordsFor(tinyModel(folder), input, outputs);
		wentWell(await nnvol(...words));
		const whole = await resultOf(outputs);
		const store = await openStore(`${outputs}/brain.zarr`);
		const chunk = await store.get("c/3/0/0");
		await store.set("c/3/0/0", chunk?.subarray(0, -3) ?? Uint8Array.of());
		expect(await nnvol("verify", `${outputs}/brain.zarr`)).toMatchObject({
			code: 1,
			out: expect.stringMatching(/11 of 12 blocks are as they were written, 1 damaged/),
		});
		const { volumes } = await findOutputs(outputs);
		for (const volume of volumes) await takeBackBlocks(outputs, volume, await verifyVolume(outputs, volume));
		wentWell(await nnvol(...words));
		expect(await resultOf(outputs)).toEqual(whole);
		wentWell(await nnvol("verify", outputs));
	});

	it("keeps unpacked and resampled images in a local folder, says so once, and removes them", async () => {
		const folder = testFolder();
		const model = tinyModel(folder);
		const scratch = join(folder, "scratch");
		const inputs = join(folder, "in");
		for (const name of ["a.nii.gz", "b.nii.gz"]) await smallVolume(join(inputs, name), 1.5);
		const gone = join(scratch, `nnvol-stage.${hostLabel()}.999999999.abc`);
		mkdirSync(gone, { recursive: true });
		process.env["NNVOL_SCRATCH"] = scratch;
		try {
			const local = join(folder, "local");
			const pattern = join(inputs, "*.nii.gz");
			const more = ["inference.volume_mode.stream=true"];
			wentWell(await nnvol(...wordsFor(model, pattern, local, more)));
			const { code, err } = await nnvol(...wordsFor(model, pattern, "s3://bucket/staged"));
			expect(code, err).toBe(0);
			expect(err.split(`images lie in ${scratch} until`)).toHaveLength(2);
			expect(readdirSync(scratch)).toEqual([]);
			for (const name of ["a.zarr", "b.zarr"]) {
				expect(await readVolume(`s3://bucket/staged/${name}`)).toEqual(await readVolume(join(local, name)));
			}
		} finally {
			delete process.env["NNVOL_SCRATCH"];
		}
	});

	it("of predict are one volume, or named by their inputs, of a chunked format", async () => {
		const folder = testFolder();
		const model = tinyModel(folder);
		const input = await smallVolume(join(folder, "brain.zarr"));
		const predict = (output: string, ...more: readonly string[]) =>
			nnvol("predict", model, input, output, "--device", "cpu", "--no-tta", "--quiet", ...more);
		wentWell(await predict("s3://bucket/one/x.zarr"));
		wentWell(await predict("s3://bucket/one/y.n5/"));
		wentWell(await predict("s3://bucket/one", "--format", "precomputed"));
		const x = await readVolume("s3://bucket/one/x.zarr");
		expect(await readVolume("s3://bucket/one/y.n5")).toEqual(x);
		expect(await readVolume("s3://bucket/one/brain.precomputed")).toEqual(x);
		wentWell(await nnvol("verify", "s3://bucket/one"));
		wentWell(await nnvol("status", "s3://bucket/one/y.n5"));
		wentWell(await predict("s3://bucket/one/x.zarr"));
	});

	it("is told at once what cannot be written", async () => {
		const folder = testFolder();
		const model = tinyModel(folder);
		const input = await smallVolume(join(folder, "brain.zarr"));
		const refused = async (output: string, ...more: readonly string[]) => {
			const { code, err } = await nnvol("predict", model, input, output, "--device", "cpu", ...more);
			return `${code} ${err.trim()}`;
		};
		expect(await refused("s3://bucket/no")).toMatch(/^2 .*nifti files cannot be written behind URLs.*--format zarr/);
		expect(await refused("s3://bucket/no/x.h5")).toMatch(/^2 .*hdf5 files cannot be written behind URLs.*choose zarr/);
		expect(await refused("https://host/x.zarr?key=secret")).toMatch(
			/^2 (?!.*secret).*a plain http server cannot be written/,
		);
		expect(await refused("ftp://host/x.zarr")).toMatch(/^2 .*places of ftp:\/\/ are not built/);
		expect(await refused("s3://bucket/no/x.zarr", "--with", model)).toMatch(
			/^2 .*the average of several models cannot/,
		);
		expect(await keysOf("s3://bucket/no")).toEqual([]);
		expect(await refused("s3://other/x.zarr")).toMatch(/^1 .*s3:\/\/other.*there is no such bucket; check its name/);
		expect(await nnvol("status", "s3://bucket/nothing/here")).toMatchObject({
			code: 2,
			err: expect.stringMatching(/there is no record of a run here/),
		});
	});

	it("is not taken for missing where the store does not answer", async () => {
		const folder = testFolder();
		const words = wordsFor(tinyModel(folder), await smallVolume(join(folder, "brain.zarr")), "s3://bucket/silent");
		wentWell(await nnvol(...words));
		Object.assign(process.env, { AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9", NNVOL_STORE_TRIES: "1" });
		try {
			await expect(presenceOf("s3://bucket/silent/brain.zarr")).rejects.toMatchObject({ code: "VOLUME" });
			const { code, err } = await nnvol(...words, "--overwrite");
			expect(code).toBe(1);
			expect(err).toMatch(/refuses the connection/);
			expect((await nnvol("status", "s3://bucket/silent")).err).toMatch(/refuses the connection/);
		} finally {
			Object.assign(process.env, { AWS_ENDPOINT_URL_S3: s3?.url ?? "" });
			delete process.env["NNVOL_STORE_TRIES"];
		}
		wentWell(await nnvol("verify", "s3://bucket/silent"));
	});

	it("has as many records as there are blocks, and lists them by pages", async () => {
		const outputs = "s3://bucket/many";
		const state = await openState(`${outputs}/.nnvol/blocks/x.zarr/run`);
		const ids = Array.from({ length: 30 }, (_, n) => n * 500);
		for (const id of ids) await writeBlockFile(state, id, id === 500 ? "failed" : "done", { id });
		const { done, failed } = await listBlocks(state, true);
		expect([...done].sort((a, b) => a - b)).toEqual(ids.filter((id) => id !== 500));
		expect([...failed]).toEqual([500]);
		await removeBlockFiles(state, [0, 1000, 7], "done");
		expect((await listBlocks(state, false)).done.size).toBe(27);
	});

	it("has a rate, told by its records", async () => {
		const outputs = "s3://bucket/rate";
		const records = await openBlockRecords(outputs, "brain.zarr", runFacts());
		for (const id of [0, 1, 2]) await records.write(blockRecord(id));
		const end = await markRunning(records.folder);
		const [running] = JSON.parse((await nnvol("status", outputs, "--json")).out).volumes;
		expect(running).toMatchObject({ state: "running", workers: [expect.stringMatching(`:${process.pid}$`)] });
		expect(running.left).toBeCloseTo(120 / running.rate, 5);
		await end();
		const old = `${new Date(0).toISOString()}\n`;
		await records.state.write("running.elsewhere.1", old);
		expect(JSON.parse((await nnvol("status", outputs, "--json")).out).volumes).toMatchObject([{ state: "stopped" }]);
		await records.state.write("running.elsewhere.1", `${new Date().toISOString()}\n`);
		expect(await runningIn(records.folder)).toEqual(["elsewhere:1"]);
		await forgetRuns(outputs, "brain.zarr");
		expect(await keysOf(outputs)).toEqual([]);
	});

	it("is the same through a server that drops one request in ten", async () => {
		const folder = testFolder();
		const model = tinyModel(folder);
		const local = await localRun(folder, model);
		const input = await smallVolume("s3://bucket/dropped/brain.zarr");
		const proxy = await droppingProxy(s3?.url ?? "", 10);
		process.env["AWS_ENDPOINT_URL_S3"] = proxy.url;
		try {
			const outputs = "s3://bucket/dropped/out";
			wentWell(await nnvol(...wordsFor(model, input, outputs)));
			wentWell(await nnvol("verify", outputs));
			expect(await resultOf(outputs)).toEqual(await resultOf(local));
			expect(proxy.counts().dropped).toBeGreaterThan(5);
		} finally {
			process.env["AWS_ENDPOINT_URL_S3"] = s3?.url ?? "";
			await proxy.close();
		}
	});
});

describe("an input behind http://", () => {
	it("is predicted to a folder, though one request in ten is lost", async () => {
		const folder = testFolder();
		const model = tinyModel(folder);
		const local = await localRun(folder, model);
		const server = await faultServer({ fault: (n) => (n % 10 === 4 ? "drop" : undefined) });
		try {
			for (const name of treeOf(join(folder, "brain.zarr"))) {
				const path = join(folder, "brain.zarr", name);
				if (statSync(path).isFile()) server.values.set(`/deep/brain.zarr/${name}`, readFileSync(path));
			}
			const outputs = join(folder, "out");
			wentWell(await nnvol(...wordsFor(model, `${server.url}/deep/brain.zarr`, outputs)));
			expect(await resultOf(outputs)).toEqual(await resultOf(local));
			wentWell(await nnvol("verify", outputs));
		} finally {
			await server.close();
		}
	});
});
