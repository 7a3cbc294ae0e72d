/**
 * `--workers N` with real workers: the voxels of one process, whatever happens to them.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAIN, ROOT, start } from "../../cli/command.ts";
import { outputsOf, readJson, readVolume, temporariesOf, writeImages, writeModel } from "../../cli/scene.ts";
import { begin, makeSoakScene, recordsOf, requireSame, type SoakScene, wordsOf } from "../../run/volume/soak-scene.ts";
import { runChaos } from "./chaos.ts";
import { isThere, until } from "./scene.ts";

/** A folder for all tests of a suite, removed after them. */
function suiteFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "nnvol-workers-"));
	afterAll(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

const NAMES = Array.from({ length: 12 }, (_, n) => `i${n}.png`);

describe("many files", () => {
	const folder = suiteFolder();
	const words = (out: string, ...more: string[]) => [
		"predict",
		join(folder, "model"),
		join(folder, "in"),
		join(folder, out),
		"--device",
		"cpu",
		"--threads",
		"2",
		...more,
	];

	beforeAll(async () => {
		writeModel(join(folder, "model"));
		await writeImages(join(folder, "in"), NAMES, [60, 60]);
		expect((await start(words("one")).ended).code).toBe(0);
	});

	const requireEqual = async (out: string) => {
		expect(outputsOf(join(folder, out))).toEqual([...NAMES].sort());
		for (const name of NAMES) {
			expect(await readVolume(join(folder, out, name))).toEqual(await readVolume(join(folder, "one", name)));
		}
		expect(temporariesOf(join(folder, out))).toEqual([]);
	};

	it.each(["1", "2", "3"])("are shared by %s workers; the same command finds all done", async (count) => {
		const out = `by-${count}`;
		const { code, err } = await start(words(out, "--workers", count)).ended;
		expect(err).toMatch(/12 done, 0 skipped, 0 failed/);
		expect(err.match(/ done, /g)).toHaveLength(1);
		expect(err).not.toMatch(/warning|worker \d/);
		expect(code).toBe(0);
		await requireEqual(out);
		const again = await start(words(out, "--workers", count)).ended;
		expect(again.out).toBe("Skipped 12/12 existing files, processing 0 remaining\n");
		expect(again.code).toBe(0);
	});

	it("with --json are events of one run; --overwrite makes them anew", async () => {
		await start(words("json", "--workers", "2")).ended;
		const { code, out } = await start(words("json", "--workers", "2", "--json", "--overwrite")).ended;
		const events = out
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line));
		const count = (kind: string) => events.filter((event) => event.kind === kind).length;
		expect([count("started"), count("case-started"), count("case-done"), count("finished")]).toEqual([1, 12, 12, 1]);
		expect(events.at(-1)).toMatchObject({ kind: "finished", done: 12, failed: 0, skipped: 0 });
		expect(code).toBe(0);
		await requireEqual("json");
	});

	it("of two commands into one folder keep plans and reports apart", async () => {
		const inputs = [NAMES.slice(0, 6), NAMES.slice(6)];
		for (const [n, names] of inputs.entries()) {
			for (const name of names) cpSync(join(folder, "in", name), join(folder, `in-${n}`, name));
		}
		const out = join(folder, "both");
		const begin = (n: number, ...more: string[]) =>
			start(["predict", join(folder, "model"), join(folder, `in-${n}`), out, "--device", "cpu", ...more]).ended;
		const both = await Promise.all([begin(0, "--workers", "2"), begin(1, "--workers", "2")]);
		for (const { code, err } of both) {
			expect(code).toBe(0);
			expect(err).toMatch(/6 done, 0 skipped, 0 failed; at most .* of memory each, .* together; report/);
		}
		const { code, out: text } = await start(["status", out, "--json"]).ended;
		expect(code).toBe(0);
		const { runs } = JSON.parse(text);
		expect(runs).toMatchObject([0, 1].map(() => ({ state: "done", total: 6, done: 6, failed: 0 })));
		for (const { report } of runs) {
			const { peakMemory, peakMemoryOfAll } = readJson(report);
			expect(Number(peakMemoryOfAll)).toBeGreaterThan(Number(peakMemory));
		}
		const jobs = readdirSync(join(out, ".nnvol", "runs")).map((run) => join(out, ".nnvol", "runs", run, "job.json"));
		const finished = await Promise.all(jobs.map((job) => start(["finish", "--plan", job]).ended));
		expect(finished.map(({ code, err }) => [code, /6 done, 0 skipped, 0 failed/.test(err)])).toEqual([
			[0, true],
			[0, true],
		]);
		await requireEqual("both");
	});

	it("that fail are told once, and the exit code is that of one process", async () => {
		const broken = join(folder, "broken");
		await writeImages(broken, ["a.png", "b.png", "c.png"]);
		spawnSync("sh", ["-c", `echo no image > '${join(broken, "b.png")}'`]);
		const { code, err } = await start([
			...["predict", join(folder, "model"), broken, join(folder, "partly"), "--device", "cpu", "--workers", "2"],
		]).ended;
		expect(err.match(/failed: b: /g)).toHaveLength(1);
		expect(err).toMatch(/2 done, 0 skipped, 1 failed/);
		expect(code).toBe(3);
		expect(readJson(join(folder, "partly", ".nnvol", "report.json"))).toMatchObject({ done: 2, failed: 1, total: 3 });
	});

	it("outputs of another model end the run before a worker starts", async () => {
		await start(words("foreign")).ended;
		const { code, err } = await start(words("foreign", "--workers", "2", "--step-size", "1")).ended;
		expect(err).toMatch(/12 of 12 outputs in .* exist already/);
		expect(code).toBe(2);
	});
});

it("a number of workers that is none is refused", () => {
	const { status, stderr } = spawnSync(process.execPath, [MAIN, "predict", "m", "i", "o", "--workers", "0"], {
		encoding: "utf8",
		cwd: ROOT,
	});
	expect(stderr).toMatch(/--workers 0|MODEL|there is no/i);
	expect(status).not.toBe(0);
});

/** Worker processes of a command (Linux). */
function workersOf(parent: number | undefined): number[] {
	return readdirSync("/proc").flatMap((name) => {
		try {
			const text = readFileSync(`/proc/${name}/stat`, "latin1");
			return text.slice(text.lastIndexOf(")") + 2).split(" ")[1] === `${parent}` ? [Number(name)] : [];
		} catch {
			return [];
		}
	});
}

describe.skipIf(process.platform !== "linux")("one streamed volume", () => {
	const folder = suiteFolder();
	let scene: SoakScene;

	beforeAll(async () => {
		scene = await makeSoakScene(folder, 40, 1100);
		expect(await begin(wordsOf(scene, join(folder, "one"))).ended).toMatchObject({ code: 0 });
	});

	it.each(["2", "3"])("is shared by %s workers, each of which does blocks", async (count) => {
		const out = join(folder, `by-${count}`);
		expect(await begin(wordsOf(scene, out, ["--workers", count])).ended).toMatchObject({ code: 0 });
		await requireSame(out, join(folder, "one"));
		const doers = new Set([...recordsOf(out).values()].map((sign) => /"worker": *"([^"]+)"/.exec(sign)?.[1]));
		expect(doers.size).toBe(Number(count));
	});

	it("a worker that is killed is started again, and nothing is lost", async () => {
		const out = join(folder, "killed");
		const { child, ended } = begin(wordsOf(scene, out, ["--workers", "2"]));
		await until(() => recordsOf(out).size >= 4);
		const [first = 0] = workersOf(child.pid);
		process.kill(first, "SIGKILL");
		const { code, text } = await ended;
		expect(text).toMatch(/worker \d: was killed \(out of memory\?\)/);
		expect(code).toBe(0);
		await requireSame(out, join(folder, "one"));
	});

	it("SIGINT: 130, no worker is left, and the same command goes on", async () => {
		const out = join(folder, "stopped");
		const words = wordsOf(scene, out, ["--workers", "2"]);
		const { child, ended } = begin(words);
		await until(() => recordsOf(out).size >= 4);
		const workers = workersOf(child.pid);
		expect(workers).toHaveLength(2);
		child.kill("SIGINT");
		const { code, text } = await ended;
		expect(text.match(/stopping/g)).toHaveLength(1);
		expect(code).toBe(130);
		expect(workers.filter(isThere)).toEqual([]);
		expect(await begin(words).ended).toMatchObject({ code: 0 });
		await requireSame(out, join(folder, "one"));
	});

	it("the parent is killed: the workers end by themselves, and the same command goes on", async () => {
		const out = join(folder, "orphans");
		const words = wordsOf(scene, out, ["--workers", "2"]);
		const { child, ended } = begin(words);
		await until(() => recordsOf(out).size >= 4);
		const workers = workersOf(child.pid);
		child.kill("SIGKILL");
		await ended;
		for (let n = 0; n < 1200 && workers.some(isThere); n++) await pause(25);
		expect(workers.filter(isThere)).toEqual([]);
		expect(await begin(words).ended).toMatchObject({ code: 0 });
		await requireSame(out, join(folder, "one"));
	});

	it("killed, stopped and continued at random, ends verified and equal", async () => {
		let seed = 7;
		const random = () => {
			seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
			return seed / 0x7fffffff;
		};
		const chaos = { workers: 3, time: 8000, random, kinds: [[]], frozen: 0 };
		const report = await runChaos(scene, chaos, () => undefined);
		expect(report.runs).toBeGreaterThan(0);
		expect(report.kills + report.stops).toBeGreaterThan(0);
	});
});
