/**
 * A run that is interrupted ends cleanly and goes on from there; so does one whose disk is full.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { readLedger } from "../../src/run/ledger.ts";
import { testFolder } from "../folder.ts";
import { MAIN, nnvol, ROOT, start } from "./command.ts";
import { outputsOf, readJson, readVolume, temporariesOf, writeImages, writeModel } from "./scene.ts";

const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => `${name}.png`);

/** Images that need a second or so each. */
async function scene(shape = [140, 140]) {
	const folder = testFolder();
	const model = writeModel(join(folder, "model"));
	const images = await writeImages(join(folder, "in"), NAMES, shape);
	const out = join(folder, "out");
	return { out, folder, argv: ["predict", model, images, out, "--device", "cpu", "--threads", "1"] };
}

/** Outputs that are in their place. */
const written = (out: string) => outputsOf(out).filter((name) => !name.startsWith("."));

/** Waits until `is` holds. */
async function until(is: () => boolean): Promise<void> {
	for (let n = 0; n < 1200 && !is(); n++) await pause(25);
	expect(is()).toBe(true);
}

describe.skipIf(process.platform === "win32")("an interrupted run", () => {
	it.each(["SIGINT", "SIGTERM"] as const)(
		"%s: 130, nothing half-written, and the same command goes on",
		async (signal) => {
			const { argv, out } = await scene();
			const { child, ended } = start(argv);
			await until(() => written(out).length >= 2);
			child.kill(signal);
			const { code, err } = await ended;
			expect(code).toBe(130);
			expect(err).toMatch(/nnvol: stopping; what is done is kept \(interrupt again to end at once\)/);
			expect(err).toMatch(/nnvol: interrupted; run the same command again to go on\n$/);
			expect(err).not.toMatch(/fault of nnvol itself|failed/);
			const done = outputsOf(out);
			expect(done.length).toBeLessThan(NAMES.length);
			expect(temporariesOf(out)).toEqual([]);
			for (const name of done) expect((await readVolume(join(out, name))).shape).toEqual([140, 140]);
			const report = readJson(join(out, ".nnvol", "report.json"));
			expect(report).toMatchObject({
				state: "stopped",
				done: done.length,
				failed: 0,
				remaining: NAMES.length - done.length,
			});
			const again = await start(argv).ended;
			expect(again.out).toBe(`Skipped ${done.length}/8 existing files, processing ${8 - done.length} remaining\n`);
			expect(again.code).toBe(0);
			expect(outputsOf(out)).toEqual(NAMES);
		},
	);

	it("a second SIGINT ends it at once; the next run cleans up and goes on", async () => {
		const { argv, out } = await scene();
		const { child, ended, sofar } = start(argv);
		await until(() => written(out).length >= 1);
		child.kill("SIGINT");
		await until(() => sofar().includes("stopping"));
		child.kill("SIGINT");
		const { code } = await ended;
		// null: it had come to its end already, and the signal itself ended the process
		expect([130, null]).toContain(code);
		const done = written(out);
		const again = await start(argv).ended;
		expect(again.out).toContain(`Skipped ${done.length}/8 existing files`);
		expect(temporariesOf(out)).toEqual([]);
		expect(again.code).toBe(0);
		expect(outputsOf(out)).toEqual(NAMES);
	});

	it("with --json the interruption is an event, and every line parses", async () => {
		const { argv, out } = await scene();
		const { child, ended } = start([...argv, "--json"]);
		await until(() => written(out).length >= 1);
		child.kill("SIGINT");
		const result = await ended;
		const events = result.out
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line));
		expect(events[0]).toMatchObject({ kind: "note" });
		expect(events.at(-1)).toMatchObject({ kind: "error", code: "CANCELLED" });
		expect(events.filter(({ kind }) => kind === "case-done").length).toBe(outputsOf(out).length);
		expect(result.code).toBe(130);
	});
});

/** A file system of so many kB, or undefined where none can be mounted here. */
function smallDisk(folder: string, size: number): string | undefined {
	const path = join(folder, "disk");
	mkdirSync(path);
	try {
		execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}k`, "tmpfs", path], { stdio: "ignore" });
	} catch {
		return undefined;
	}
	onTestFinished(() => void execFileSync("umount", ["-l", path]));
	return path;
}

describe("a full disk", () => {
	it("ends the run cleanly with exit 1; with more space the same command goes on (needs leave to mount)", async (test) => {
		const { folder } = await scene([24, 30]);
		const disk = smallDisk(folder, 96);
		if (disk === undefined) return test.skip("no small disk can be mounted here");
		const command = [
			"infer-volume",
			"--checkpoint",
			join(folder, "model"),
			"system.device=cpu",
			`inference.volume_mode.file_pattern=${folder}/in/*.png`,
			`inference.data.output_path=${disk}`,
		];
		const full = await nnvol(...command);
		expect(full.err).not.toMatch(/fault of nnvol itself/);
		expect(full.err).toMatch(/failed: .*no space (is )?left on/);
		expect(full.err).toMatch(/\d not begun/);
		expect(full.code).toBe(1);
		expect(temporariesOf(disk)).toEqual([]);
		const done = outputsOf(disk);
		expect(done.length).toBeGreaterThan(0);
		for (const name of done) expect((await readVolume(join(disk, name))).shape).toEqual([24, 30]);
		// the last one may have its place, but no room was left to record that
		const states = [...(await readLedger(disk)).records.values()].map(({ state }) => state);
		const recorded = states.filter((state) => state === "done").length;
		expect([done.length, done.length - 1]).toContain(recorded);
		execFileSync("mount", ["-o", "remount,size=4m", disk]);
		const again = await nnvol(...command);
		expect(again.code).toBe(0);
		expect(outputsOf(disk)).toHaveLength(NAMES.length);
		expect(again.out).toContain(`Skipped ${recorded}/8`);
		return undefined;
	});
});

describe.skipIf(process.platform !== "linux")("a log that cannot be written", () => {
	const shell = (command: readonly string[], redirect: string) => {
		const words = [process.execPath, MAIN, ...command].map((word) => `'${word}'`).join(" ");
		return spawnSync("bash", ["-o", "pipefail", "-c", `${words} ${redirect}`], { cwd: ROOT, encoding: "utf8" });
	};

	it("because the reader has gone: the run goes on to its end", async () => {
		const { argv, out } = await scene([24, 30]);
		expect(shell(argv, "2>&1 | true").status).toBe(0);
		expect(outputsOf(out)).toEqual(NAMES);
		expect(shell(["--help"], "| head -1")).toMatchObject({ status: 0, stderr: "" });
	});

	it("because its disk is full: the outputs are made, and exit 1 tells of the loss", async () => {
		const { argv, out } = await scene([24, 30]);
		const { status, stderr } = shell(argv, "> /dev/full");
		expect(stderr).toMatch(/8 done, 0 skipped, 0 failed/);
		expect(stderr).toMatch(/nnvol: what it said could not all be written: ENOSPC/);
		expect(status).toBe(1);
		expect(outputsOf(out)).toEqual(NAMES);
		expect(shell(["--version"], "> /dev/full").status).toBe(1);
	});
});
