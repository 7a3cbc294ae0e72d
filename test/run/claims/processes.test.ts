import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openClaims } from "../../../src/run/claims/claims.ts";
import { holder, WorkerProcess } from "./processes.ts";

const LONG = 600_000;
const SHORT = 1000;

let root: string;
let folder: string;
const processes: WorkerProcess[] = [];

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "nnvol-claims-"));
	folder = join(root, "claims");
});
afterEach(async () => {
	for (const one of processes.splice(0)) one.child.kill("SIGKILL");
	await rm(root, { recursive: true, force: true });
});

function start(...args: Parameters<typeof holder>): WorkerProcess {
	const one = holder(...args);
	processes.push(one);
	return one;
}

function open(lease: number, exclusive = true, worker = "here") {
	return openClaims(folder, { worker, lease, exclusive });
}

/** Takes `name` as soon as it is free. */
async function takeInTime(claims: Awaited<ReturnType<typeof open>>, name: string) {
	for (;;) {
		const claim = await claims.take(name);
		if (claim !== undefined) return claim;
		await pause(50);
	}
}

describe("workers in several processes", () => {
	test("share names among them: each is done, none twice", { timeout: 300_000 }, async () => {
		const workers = Array.from({ length: 6 }, () => new WorkerProcess("share", folder, String(LONG), "300", "2"));
		processes.push(...workers);
		expect(await Promise.all(workers.map((one) => one.ended()))).toEqual([0, 0, 0, 0, 0, 0]);
		const done = join(root, "done");
		const names = await readdir(done);
		expect(names).toHaveLength(300);
		const lines = await Promise.all(names.map((name) => readFile(join(done, name), "utf8")));
		expect(lines.every((line) => /^\d+ 0\n$/.test(line))).toBe(true);
		expect(new Set(lines).size).toBeGreaterThan(1);
		expect(await readdir(folder)).toEqual([]);
	});

	test("one that is killed is gone at once, however long its lease", async () => {
		const worker = start(folder, LONG, "exclusive", "first", "a", "b");
		expect(await worker.says()).toEqual({
			held: [
				{ name: "a", deaths: 0 },
				{ name: "b", deaths: 0 },
			],
		});
		const claims = await open(LONG);
		expect(await claims.take("a")).toBeUndefined();
		expect(await claims.held()).toEqual([
			{ name: "a", worker: "first" },
			{ name: "b", worker: "first" },
		]);
		await worker.signal("SIGKILL");
		expect(await claims.held()).toEqual([]);
		const claim = await claims.take("a");
		expect(claim?.deaths).toBe(1);
		await claim?.release();
		expect((await claims.take("a"))?.deaths).toBe(0);
		expect((await claims.take("b"))?.deaths).toBe(1);
		await claims.close();
		// what the dead one left besides claims goes with the next who comes
		await (await open(LONG)).close();
		expect(await readdir(folder)).toEqual([]);
	});
});
