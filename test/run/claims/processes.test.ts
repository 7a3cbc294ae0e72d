import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openClaims } from "../../../src/run/claims/claims.ts";
import { holder, WorkerProcess } from "./processes.ts";

const LONG = 600_000;
const SHORT = 1500;

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

	test("names that a dead one held are taken over by one each", { timeout: 300_000 }, async () => {
		const names = Array.from({ length: 60 }, (_, n) => `n-${n}`);
		const dead = start(folder, LONG, "exclusive", "dead", ...names);
		await dead.says();
		await dead.signal("SIGKILL");
		const workers = Array.from({ length: 6 }, () => new WorkerProcess("share", folder, String(LONG), "60", "2"));
		processes.push(...workers);
		expect(await Promise.all(workers.map((one) => one.ended()))).toEqual([0, 0, 0, 0, 0, 0]);
		const lines = await Promise.all(names.map((name) => readFile(join(root, "done", name), "utf8")));
		expect(lines.filter((line) => !/^\d+ 1\n$/.test(line))).toEqual([]);
		expect((await readdir(folder)).filter((name) => !name.startsWith("."))).toEqual([]);
	});

	test.each(["exclusive", "marked"] as const)("deaths of successive workers add up: %s", async (kind) => {
		for (const deaths of [0, 1, 2, 3]) {
			const worker = start(folder, LONG, kind, `w${deaths}`, "poison");
			expect(await worker.says()).toEqual({ held: [{ name: "poison", deaths }] });
			await worker.signal("SIGKILL");
		}
		const last = start(folder, LONG, kind, "last", "poison");
		expect(await last.says()).toEqual({ held: [{ name: "poison", deaths: 4 }] });
		await last.asks("release poison");
		expect(await last.asks("take poison")).toEqual({ taken: 0 });
		expect(await last.asks("close")).toEqual({ closed: true });
		expect(await last.ended()).toBe(0);
		expect((await readdir(folder)).filter((name) => !name.startsWith("."))).toEqual([]);
	});

	test("one that is stopped loses what is taken meanwhile, and keeps the rest when it goes on", async () => {
		const worker = start(folder, SHORT, "exclusive", "stopped", "a", "b");
		await worker.says();
		const claims = await open(LONG);
		expect(await claims.take("a")).toBeUndefined();
		await worker.signal("SIGSTOP");
		const claim = await takeInTime(claims, "a");
		expect(claim.deaths).toBe(1);
		await worker.signal("SIGCONT");
		// it goes on with "a" as if it had it still: nothing of that touches the new claim
		expect(await worker.asks("take a")).toEqual({});
		expect(await worker.asks("release a")).toEqual({ released: "a" });
		expect(await claims.take("b")).toBeUndefined();
		await pause(2 * SHORT);
		expect(await claims.take("b")).toBeUndefined();
		expect(await claims.held()).toEqual([
			{ name: "a", worker: "here" },
			{ name: "b", worker: "stopped" },
		]);
		await claim.release();
		expect(await worker.asks("take a")).toEqual({ taken: 0 });
		await claims.close();
	});

	test("one that computes without a pause keeps what it has", async () => {
		const worker = start(folder, SHORT, "exclusive", "busy", "a");
		await worker.says();
		const claims = await open(LONG);
		expect(await worker.asks(`busy ${3 * SHORT}`)).toEqual({ busy: true });
		let isBusy = true;
		const end = worker.says().then(() => {
			isBusy = false;
		});
		while (isBusy) {
			expect(await claims.take("a")).toBeUndefined();
			await pause(50);
		}
		await end;
		await claims.close();
	});

	test("one that ends without closing ends, and what it held is free", async () => {
		const worker = start(folder, LONG, "exclusive", "careless", "a");
		await worker.says();
		worker.child.stdin?.write("leave\n");
		expect(await worker.ended()).toBe(0);
		const claims = await open(LONG);
		expect((await claims.take("a"))?.deaths).toBe(1);
		await claims.close();
	});

	test("killed, stopped and continued at random: all is done, and nothing stays claimed", {
		timeout: 300_000,
	}, async () => {
		const count = 200;
		const begin = () => {
			const one = new WorkerProcess("share", folder, String(SHORT), String(count), "30");
			processes.push(one);
			return one;
		};
		const workers = [begin(), begin(), begin(), begin()];
		for (let n = 0; n < 12; n++) {
			await pause(400);
			const at = n % workers.length;
			const worker = workers[at];
			if (n % 3 === 0) {
				await worker?.signal("SIGKILL");
				workers[at] = begin();
			} else {
				worker?.child.kill("SIGSTOP");
				setTimeout(() => worker?.child.kill("SIGCONT"), n % 2 === 0 ? 100 : 2 * SHORT);
			}
		}
		const codes = await Promise.all(workers.map((one) => one.ended()));
		expect(codes).toEqual([0, 0, 0, 0]);
		const names = await readdir(join(root, "done"));
		expect(names).toHaveLength(count);
		const claims = await open(SHORT);
		for (let n = 0; n < count; n++) expect(await claims.take(`n-${n}`)).toBeDefined();
		await claims.close();
	});
});
