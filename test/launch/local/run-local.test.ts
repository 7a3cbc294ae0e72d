/**
 * Workers that die, hang, are stopped, or cannot do their work: what the parent makes of them.
 */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CPU, isThere, QUICK, StandInScene, until } from "./scene.ts";

describe("workers that live", () => {
	it("are shown as one run: each case begins once and ends once, notes are said once", async () => {
		const scene = new StandInScene([["work"], ["work"]]);
		expect(await scene.run()).toMatchObject({ deaths: 0, givenUp: 0 });
		const ids = scene.ofKind("case-done").map((event) => "id" in event && event.id);
		expect([...ids].sort()).toEqual(["case 0", "case 1", "case 2", "case 3"]);
		expect(scene.ofKind("case-started")).toHaveLength(4);
		expect(scene.said("note")).toEqual(["running on the CPU"]);
		expect(scene.said("warning")).toEqual([]);
		expect(scene.ofKind("started")).toEqual([]);
		expect(scene.ofKind("finished")).toEqual([]);
	});

	it("have held what each held at most, whatever life it was in", async () => {
		const most = 3e15; // more than any machine has
		expect(await new StandInScene([["die", `hold ${most}`]]).run()).toMatchObject({ deaths: 1, peakMemory: most });
	});

	it("have held together what each held", async () => {
		const [one, other] = [3e15, 5e15];
		const scene = new StandInScene([[`hold ${one}`], [`hold ${other}`]]);
		expect(await scene.run()).toMatchObject({ deaths: 0, peakMemory: one + other });
	});

	it("of one volume are added up", async () => {
		const scene = new StandInScene([["volume"], ["volume"], ["volume"]]);
		await scene.run();
		const tiles = scene.events.flatMap((event) => (event.kind === "tile" ? [event.done] : []));
		expect(tiles).toEqual([...tiles].sort((a, b) => a - b));
		const blocks = scene.events.flatMap((event) => (event.kind === "block" ? [event.done] : []));
		expect(blocks).toEqual([...blocks].sort((a, b) => a - b));
		expect(scene.ofKind("case-done")).toHaveLength(1);
	});

	it("are told what is theirs: shard, device, threads, memory, card", async () => {
		const scene = new StandInScene([["work"], ["work"]]);
		const places = [
			{ device: "cuda:0", threads: 3, gpu: "GPU-1" },
			{ device: "cuda:0", threads: 2, gpu: "7" },
		];
		await scene.run({ places, memory: 2001, lease: 9 });
		const common = "--claims --json --device cuda:0";
		expect(scene.lives.map(([worker, , ...words]) => [worker, ...words].join(" ")).sort()).toEqual([
			`0 GPU-1 work --plan job.json --shard 0/2 ${common} --threads 3 --lease 9 --memory 1000`,
			`1 7 work --plan job.json --shard 1/2 ${common} --threads 2 --lease 9 --memory 1000`,
		]);
	});

	it("may fail at all cases and are not started again for that", async () => {
		const scene = new StandInScene([["fail"], ["fail"]]);
		expect(await scene.run()).toMatchObject({ deaths: 0, givenUp: 0 });
		expect(scene.ofKind("case-failed")).toHaveLength(4);
		expect(scene.lives).toHaveLength(2);
	});
});

describe("workers that die", () => {
	it("are started again", async () => {
		const scene = new StandInScene([["die", "crash", "work"]]);
		expect(await scene.run()).toMatchObject({ deaths: 2, givenUp: 0 });
		expect(scene.lives).toHaveLength(3);
		expect(scene.said("warning")).toEqual([
			"worker 1: was killed (out of memory?); started again",
			"worker 1: [E:onnxruntime] error: the driver is gone",
			"worker 1: ended with code 139: something odd; started again",
		]);
		expect(scene.ofKind("case-done")).toHaveLength(4);
	});

	it("at once, again and again, are given up; the others do the work", async () => {
		const scene = new StandInScene([["exit 1"], ["die", "die", "die", "die", "die", "die", "die", "work"]]);
		expect(await scene.run({ rules: { ...QUICK, mostSilent: 3 } })).toMatchObject({ givenUp: 1 });
		expect(scene.lives.filter(([worker]) => worker === "0")).toHaveLength(3);
		expect(scene.said("warning").at(-1)).toMatch(/worker (1|2): /);
		expect(scene.said("warning")).toContainEqual(
			"worker 1: ended with code 1, 3 times in a row with nothing done in between; it is given up, the others take over",
		);
	});

	it("and do nothing but die, all of them, end the run", async () => {
		const scene = new StandInScene([["exit 1"], ["die"]]);
		const run = scene.run({ rules: { ...QUICK, mostSilent: 2, mostFruitless: 4 } });
		await expect(run).rejects.toMatchObject({ code: "RUN", message: expect.stringMatching(/^all 2 workers died/) });
		expect(scene.lives.filter(([worker]) => worker === "0")).toHaveLength(2);
		expect(scene.lives.filter(([worker]) => worker === "1")).toHaveLength(4);
	});

	it("are not started again once another has seen everything done", async () => {
		const scene = new StandInScene([["work"], ["wait"]]);
		const run = scene.run({ rules: { ...QUICK, pause: 300_000, longestPause: 300_000 } });
		await until(() => scene.ofKind("case-done").length === 2 && scene.ofKind("tile").length === 3);
		const [, pid] = scene.lives.find(([worker]) => worker === "1") ?? [];
		process.kill(Number(pid), "SIGKILL");
		expect(await run).toMatchObject({ givenUp: 0 });
		expect(scene.lives).toHaveLength(2);
	});

	it("by what each would meet end the run with that error, the others cleanly", async () => {
		const scene = new StandInScene([["wait"], ["error MODEL"]]);
		await expect(scene.run()).rejects.toMatchObject({ code: "MODEL", message: "this is why" });
		expect(scene.said("warning")).toEqual([]);
		await until(() => scene.lives.every(([, pid]) => !isThere(Number(pid))));
	});

	it("that cannot be started are given up", async () => {
		const scene = new StandInScene([[]]);
		const command = { file: join(scene.folder, "nothing"), args: [] };
		await expect(scene.run({ command })).rejects.toMatchObject({
			code: "RUN",
			message: expect.stringContaining("cannot be started"),
		});
	});
});

describe.skipIf(process.platform === "win32")("workers that do not answer", () => {
	it("because they hang are killed and started again", async () => {
		const scene = new StandInScene([["hang", "work"]]);
		expect(await scene.run()).toMatchObject({ deaths: 1, givenUp: 0 });
		expect(scene.lives).toHaveLength(2);
		expect(scene.said("warning")).toEqual(["worker 1: did not answer and was ended; started again"]);
	});

	it.skipIf(process.platform !== "linux")(
		"because somebody stopped them are left in peace until all is done",
		async () => {
			const scene = new StandInScene([["pause"], ["wait"]]);
			const controller = new AbortController();
			const run = scene.run({
				signal: controller.signal,
				rules: { ...QUICK, ask: 10, patience: 20, lastPatience: 3000 },
			});
			await until(() => scene.lives.length === 2);
			const [, pid = ""] = scene.lives.find(([worker]) => worker === "0") ?? [];
			await new Promise((resolve) => setTimeout(resolve, 2000));
			expect(isThere(Number(pid))).toBe(true);
			expect(scene.lives).toHaveLength(2);
			controller.abort();
			await expect(run).rejects.toMatchObject({ code: "CANCELLED" });
			expect(scene.stopped).toEqual(["0", "1"]); // it was woken up for that
		},
	);

	it.skipIf(process.platform !== "linux")("are started again where the others were given up", async () => {
		const scene = new StandInScene([["pause", "work"], ["exit 1"]]);
		const rules = { ...QUICK, mostSilent: 2, patience: 40 };
		expect(await scene.run({ rules })).toMatchObject({ givenUp: 1 });
		expect(scene.lives.filter(([worker]) => worker === "0")).toHaveLength(2);
	});

	it.skipIf(process.platform !== "linux")("do not keep the run from ending", async () => {
		const scene = new StandInScene([["pause"], ["work"]]);
		expect(await scene.run()).toMatchObject({ givenUp: 0 });
		expect(scene.lives).toHaveLength(2);
	});
});

describe("a run that is interrupted", () => {
	it("lets its workers drop what they have in hand and starts none again", async () => {
		const scene = new StandInScene([["wait"], ["wait"], ["exit 1"]]);
		const controller = new AbortController();
		const run = scene.run({ signal: controller.signal });
		await until(() => scene.ofKind("tile").length === 2);
		controller.abort();
		await expect(run).rejects.toMatchObject({ code: "CANCELLED" });
		expect(scene.stopped).toEqual(["0", "1"]);
		expect(scene.lives.every(([, pid]) => !isThere(Number(pid)))).toBe(true);
	});

	it("by the first failure, where that is wanted, ends like a run that is over", async () => {
		const scene = new StandInScene([["wait"], ["fail"]]);
		await scene.run({ stopOnError: true });
		expect(scene.stopped).toEqual(["0"]);
	});

	it.skipIf(process.platform === "win32").each(["SIGTERM", "SIGKILL"] as const)(
		"because the parent is gone (%s) leaves no worker behind",
		async (signal) => {
			const scene = new StandInScene([["wait"], ["wait"]]);
			const { places, command } = scene.options();
			const options = join(scene.folder, "options.json");
			writeFileSync(options, JSON.stringify({ job: "job.json", places, command }));
			const parent = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "parent.ts"), options], {
				stdio: "ignore",
			});
			const ended = new Promise((resolve) => parent.once("exit", resolve));
			await until(() => scene.lives.length === 2);
			parent.kill(signal);
			await ended;
			await until(() => scene.stopped.length === 2);
			await until(() => scene.lives.every(([, pid]) => !isThere(Number(pid))));
		},
	);
});

it("a view tells how many run and what they hold", async () => {
	const scene = new StandInScene([["wait"], ["wait"]]);
	const controller = new AbortController();
	let seen = { workers: 0, running: () => 0, memory: () => 0 };
	const run = scene.run({ signal: controller.signal, places: [CPU, CPU], onStart: (view) => (seen = view) });
	await until(() => seen.running() === 2 && seen.memory() > 2 ** 22);
	controller.abort();
	await expect(run).rejects.toMatchObject({ code: "CANCELLED" });
	expect(seen).toMatchObject({ workers: 2 });
	expect(seen.running()).toBe(0);
});
