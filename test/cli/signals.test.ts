/**
 * A run that is interrupted ends cleanly and goes on from there; so does one whose disk is full.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { testFolder } from "../folder.ts";
import { nnvol, start } from "./command.ts";
import { outputsOf, readJson, readVolume, temporariesOf, writeImages, writeModel } from "./scene.ts";

const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => `${name}.png`);

/** Images that need a second or so each. */
async function scene(shape = [200, 200]) {
	const folder = testFolder();
	const model = writeModel(join(folder, "model"));
	const images = await writeImages(join(folder, "in"), NAMES, shape);
	const out = join(folder, "out");
	return { out, folder, argv: ["predict", model, images, out, "--device", "cpu", "--threads", "1"] };
}

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
			await until(() => outputsOf(out).length >= 2);
			child.kill(signal);
			const { code, err } = await ended;
			expect(code).toBe(130);
			expect(err).toMatch(/nnvol: stopping; nothing that is done is lost \(once more to stop at once\)/);
			expect(err).toMatch(/nnvol: interrupted; run the same command again to go on\n$/);
			expect(err).not.toMatch(/fault of nnvol itself|failed/);
			const done = outputsOf(out);
			expect(done.length).toBeLessThan(NAMES.length);
			expect(temporariesOf(out)).toEqual([]);
			for (const name of done) expect((await readVolume(join(out, name))).shape).toEqual([200, 200]);
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
		const { argv, out } = await scene([400, 400]);
		const { child, ended, sofar } = start(argv);
		await until(() => outputsOf(out).length >= 1);
		child.kill("SIGINT");
		await until(() => sofar().includes("stopping"));
		child.kill("SIGINT");
		const { code } = await ended;
		expect(code).toBe(130);
		const done = outputsOf(out).filter((name) => !name.startsWith("."));
		const again = await start([...argv, "--no-tta", "--accept-existing"]).ended;
		expect(again.out).toContain(`Skipped ${done.length}/8 existing files`);
		expect(again.code).toBe(0);
		expect(outputsOf(out)).toEqual(NAMES);
	});

	it("with --json the interruption is an event, and every line parses", async () => {
		const { argv, out } = await scene();
		const { child, ended } = start([...argv, "--json"]);
		await until(() => outputsOf(out).length >= 1);
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
		execFileSync("mount", ["-o", "remount,size=4m", disk]);
		const again = await nnvol(...command);
		expect(again.code).toBe(0);
		expect(outputsOf(disk)).toHaveLength(NAMES.length);
		expect(again.out).toContain(`Skipped ${done.length}/8`);
		return undefined;
	});
});
