/**
 * What a user sees while a run goes on: one line on a terminal, plain lines now and then in a log, JSON for machines.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeProgress, type ProgressOptions } from "../../src/cli/progress.ts";
import { durationText, rateText } from "../../src/cli/rate-text.ts";
import { testFolder } from "../folder.ts";
import { MAIN, ROOT } from "./command.ts";
import { writeImages, writeModel } from "./scene.ts";

/** Streams that keep what was written, with a clock of their own. */
function streams(isTTY: boolean, columns = 80) {
	const written = { out: "", err: "", time: 0 };
	const out = {
		write(text: string) {
			written.out += text;
		},
	};
	const err = {
		isTTY,
		columns,
		write(text: string) {
			written.err += text;
		},
	};
	return { written, streams: { out, err, now: () => written.time, memory: () => 3 * 2 ** 30 } };
}

function progress(isTTY: boolean, options: Partial<ProgressOptions> = {}, columns = 80) {
	const made = streams(isTTY, columns);
	return { written: made.written, ...makeProgress({ json: false, quiet: false, ...options }, made.streams) };
}

/** Goes to the beginning of the line and clears it. */
const CLEAR = "\r\u001b[K";

const START = { kind: "started", total: 10, skipped: 2, remaining: 8 } as const;

describe("on a terminal", () => {
	it("one line is rewritten with rate, time left and memory", () => {
		const { written, onEvent, close } = progress(true);
		onEvent(START);
		expect(written.out).toBe("Skipped 2/10 existing files, processing 8 remaining\n");
		written.time = 4000;
		onEvent({ kind: "case-started", id: "a" });
		onEvent({ kind: "case-done", id: "a", output: "a.h5", seconds: 4 });
		written.time = 5000;
		onEvent({ kind: "case-started", id: "b" });
		onEvent({ kind: "tile", id: "b", done: 1, total: 2 });
		written.time = 6000;
		onEvent({ kind: "tile", id: "b", done: 1, total: 2 });
		expect(written.err.split(CLEAR).at(-1)).toBe("3/10 files, 18.8 %, 15.0 files/min, 26 s left, 3.0 GiB");
		expect(written.err).not.toContain("\n");
		close();
		expect(written.err.endsWith(CLEAR)).toBe(true);
	});

	it("is never longer than the terminal, and drawn no more than ten times a second", () => {
		const { written, onEvent } = progress(true, {}, 20);
		onEvent(START);
		onEvent({ kind: "case-started", id: "a" });
		for (let n = 0; n < 1000; n++) {
			written.time = n;
			onEvent({ kind: "tile", id: "a", done: n, total: 1000 });
		}
		const lines = written.err.split(CLEAR).slice(1);
		expect(lines.length).toBeLessThanOrEqual(11);
		for (const line of lines) expect(line.length).toBeLessThan(20);
	});

	it("failures and warnings go above it", () => {
		const { written, onEvent } = progress(true);
		onEvent(START);
		onEvent({ kind: "case-started", id: "a" });
		onEvent({ kind: "case-failed", id: "a", error: "a.png is damaged" });
		onEvent({ kind: "warning", text: "window_size" });
		expect(written.err).toContain(`${CLEAR}failed: a: a.png is damaged\n`);
		expect(written.err).toContain(`${CLEAR}warning: window_size\n`);
	});
});

describe("in a log", () => {
	it("a plain line every half minute, without control characters", () => {
		const { written, onEvent } = progress(false);
		onEvent(START);
		onEvent({ kind: "case-started", id: "a" });
		for (let n = 1; n <= 100; n++) {
			written.time = n * 1000;
			onEvent({ kind: "tile", id: "a", done: n, total: 100 });
		}
		expect(written.err.trimEnd().split("\n")).toEqual([
			"2/10 files, 3.8 %, 36.0 files/h, 12 min 50 s left, 3.0 GiB",
			"2/10 files, 7.5 %, 36.0 files/h, 12 min 20 s left, 3.0 GiB",
			"2/10 files, 11.3 %, 36.0 files/h, 11 min 50 s left, 3.0 GiB",
		]);
		for (const control of ["\r", CLEAR]) expect(written.err).not.toContain(control);
	});

	it("--quiet leaves failures and what was skipped", () => {
		const { written, onEvent } = progress(false, { quiet: true });
		onEvent(START);
		written.time = 1e6;
		onEvent({ kind: "case-started", id: "a" });
		onEvent({ kind: "case-failed", id: "a", error: "no" });
		expect(written.err).toBe("failed: a: no\n");
	});
});

describe("of a volume that is streamed", () => {
	const ONE = { kind: "started", total: 1, skipped: 0, remaining: 1 } as const;

	it("the line says what is done, then blocks, tiles a second and the time that is left", () => {
		const { written, onEvent } = progress(true);
		const last = () => written.err.split(CLEAR).at(-1);
		const at = (time: number, event: Parameters<typeof onEvent>[0]) => {
			written.time = time;
			onEvent(event);
		};
		onEvent(ONE);
		at(0, { kind: "case-started", id: "a" });
		at(1000, { kind: "phase", id: "a", phase: "measuring", done: 34, total: 100 });
		expect(last()).toBe("measuring 34 %, 3.0 GiB");
		at(2000, { kind: "phase", id: "a", phase: "measuring", done: 100, total: 100 });
		at(3000, { kind: "phase", id: "a", phase: "resampling", done: 1, total: 8 });
		expect(last()).toBe("resampling 12 %, 3.0 GiB");
		at(4000, { kind: "phase", id: "a", phase: "resampling", done: 8, total: 8 });
		at(5000, { kind: "block", id: "a", done: 40, total: 80, failed: 0 });
		expect(last()).toBe("50.0 %, 40 of 80 blocks, 3.0 GiB");
		for (let n = 1; n <= 11; n++) at(6000 + 500 * n, { kind: "tile", id: "a", done: n, total: 110 });
		at(12_000, { kind: "block", id: "a", done: 43, total: 80, failed: 1 });
		expect(last()).toBe("55.0 %, 43 of 80 blocks (1 failed), 1.8 tiles/s, 54 s left, 3.0 GiB");
		at(20_000, { kind: "phase", id: "a", phase: "assembling", done: 1, total: 2 });
		expect(last()).toBe("assembling 50 %, 3.0 GiB");
	});

	it("the line begins with the files where there are several, and is theirs again afterwards", () => {
		const { written, onEvent } = progress(true);
		onEvent(START);
		onEvent({ kind: "case-started", id: "a" });
		written.time = 1000;
		onEvent({ kind: "phase", id: "a", phase: "measuring", done: 1, total: 2 });
		expect(written.err.split(CLEAR).at(-1)).toBe("2/10 files, measuring 50 %, 3.0 GiB");
		written.time = 2000;
		onEvent({ kind: "case-done", id: "a", output: "a.zarr", seconds: 2 });
		expect(written.err.split(CLEAR).at(-1)).toBe("3/10 files, 12.5 %, 30.0 files/min, 14 s left, 3.0 GiB");
	});
});

it("--json gives every event as a line", () => {
	const { written, onEvent } = progress(true, { json: true });
	onEvent(START);
	onEvent({ kind: "note", text: 'with "quotes"\nand a line' });
	expect(
		written.out
			.trimEnd()
			.split("\n")
			.map((line) => JSON.parse(line)),
	).toEqual([START, { kind: "note", text: 'with "quotes"\nand a line' }]);
	expect(written.err).toBe("");
});

it("rates and times read well", () => {
	expect([2.5, 0.5, 0.001].map(rateText)).toEqual(["2.5 files/s", "30.0 files/min", "3.6 files/h"]);
	expect([12.4, 245, 11_520].map(durationText)).toEqual(["12 s", "4 min 05 s", "3 h 12 min"]);
});

const hasScript = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

describe.skipIf(!hasScript)("in a real terminal (needs the command script)", () => {
	it("the line is drawn and cleared; what remains is readable", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		const images = await writeImages(join(folder, "in"), ["a.png", "b.png", "c.png"], [120, 120]);
		const command = [process.execPath, MAIN, "predict", model, images, join(folder, "out"), "--device", "cpu"].join(
			" ",
		);
		const { stdout, status } = spawnSync("script", ["-qec", command, "/dev/null"], { cwd: ROOT, encoding: "utf8" });
		expect(status).toBe(0);
		expect(stdout.split(CLEAR)[1]).toMatch(/^0\/3 files, 0\.0 %, \d\.\d GiB/);
		expect(stdout.split(CLEAR)[2]).toMatch(/^\d\/3 files, \d+\.\d %, .*, \d\.\d GiB/);
		const left = stdout
			.split("\n")
			.map((line) => line.replace(/\r$/, "").split(CLEAR).at(-1))
			.filter((line) => line !== "");
		expect(left).toEqual([
			"z-score of each section by itself (the model was trained on single images)",
			"Processing 3 files",
			expect.stringMatching(/^3 done, 0 skipped, 0 failed; at most \d.* [MG]B of memory; report: .*report\.json$/),
		]);
	});
});
