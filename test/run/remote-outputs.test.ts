import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../src/volume/stores/open-store.ts";
import { nnvol, start } from "../cli/command.ts";
import { temporariesOf, treeOf } from "../cli/scene.ts";
import { testFolder } from "../folder.ts";
import { startGs, startS3, type TestServer } from "../volume/stores/servers.ts";
import { BLOCKS, CREDENTIALS, resultOf, smallVolume, tinyModel, wordsFor } from "./remote-scene.ts";

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

/** Files below a place in a bucket, by key. */
async function keysOf(root: string, prefix = ""): Promise<string[]> {
	const store = await openStore(root);
	const { files, folders } = await store.list(prefix);
	const at = (name: string) => (prefix === "" ? name : `${prefix}/${name}`);
	const below = await Promise.all(folders.map((name) => keysOf(root, at(name))));
	return [...files.map(at), ...below.flat()].sort();
}

/** The run on the disk that others are compared with. */
async function localRun(folder: string, model: string, factor = 1): Promise<string> {
	const outputs = join(folder, "local");
	const input = await smallVolume(join(folder, "brain.zarr"), factor);
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
		expect(await nnvol(...words)).toMatchObject({ code: 0 });
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
