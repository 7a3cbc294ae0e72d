import { describe, expect, it } from "vitest";
import { durationText, makeProgress, type ProgressOptions, rateText } from "../../src/cli/progress.ts";
import type { RunEvent } from "../../src/core/events.ts";

/** A progress with streams that are kept, and a clock that is set by hand. */
function stage(options: Partial<ProgressOptions> = {}, terminal: { isTTY?: boolean; columns?: number } = {}) {
	const out: string[] = [];
	const err: string[] = [];
	const clock = { seconds: 0 };
	const progress = makeProgress(
		{ json: false, quiet: false, ...options },
		{
			out: { write: (text) => out.push(text) },
			err: { write: (text) => err.push(text), ...terminal },
			now: () => clock.seconds * 1000,
			memory: () => 1.5 * 2 ** 30,
		},
	);
	const at = (seconds: number, event: RunEvent) => {
		clock.seconds = seconds;
		progress.onEvent(event);
	};
	return { out, err, at, progress };
}

const CLEAR = "\r\u001b[K";
const started = (total: number, skipped = 0): RunEvent => ({
	kind: "started",
	total,
	skipped,
	remaining: total - skipped,
});
const tile = (id: string, done: number, total: number): RunEvent => ({ kind: "tile", id, done, total });
const done = (id: string): RunEvent => ({ kind: "case-done", id, output: `out/${id}`, seconds: 1 });

describe("the first line", () => {
	it("says what is skipped, in these words", () => {
		const { out, at } = stage();
		at(0, started(1000, 427));
		expect(out.join("")).toBe("Skipped 427/1000 existing files, processing 573 remaining\n");
	});

	it("says how many there are where nothing is skipped", () => {
		const { out, at } = stage();
		at(0, started(1));
		at(0, started(12));
		expect(out).toEqual(["Processing 1 file\n", "Processing 12 files\n"]);
	});

	it("is there also where all is skipped, and when quiet", () => {
		const { out, err, at } = stage({ quiet: true }, { isTTY: true });
		at(0, started(3, 3));
		at(50, done("a"));
		expect(out).toEqual(["Skipped 3/3 existing files, processing 0 remaining\n"]);
		expect(err).toEqual([]);
	});
});

describe("a log", () => {
	it("gets a plain line every 30 seconds, no more", () => {
		const { err, at } = stage();
		at(0, started(10, 2));
		for (let second = 1; second < 30; second++) at(second, tile("a", second, 100));
		expect(err).toEqual([]);
		at(30, tile("a", 50, 100));
		expect(err).toEqual(["2/10 files, 6.3 %, 1.0 files/min, 7 min 30 s left, 1.5 GiB\n"]);
		for (let second = 31; second < 60; second++) at(second, tile("a", second, 100));
		expect(err).toHaveLength(1);
		at(60, done("a"));
		expect(err[1]).toBe("3/10 files, 12.5 %, 1.0 files/min, 7 min 00 s left, 1.5 GiB\n");
	});

	it("gets failures, tries, notes and warnings at once", () => {
		const { err, at } = stage();
		at(0, started(2));
		at(1, { kind: "retry", id: "a", attempt: 1, error: "EIO" });
		at(1, { kind: "case-failed", id: "a", error: "damaged" });
		at(1, { kind: "note", text: "a note" });
		at(1, { kind: "warning", text: "take care" });
		expect(err).toEqual([
			"a: try 1 failed, trying again: EIO\n",
			"failed: a: damaged\n",
			"a note\n",
			"warning: take care\n",
		]);
	});

	it("never holds control characters", () => {
		const { err, at, progress } = stage();
		at(0, started(2));
		at(40, tile("a", 1, 2));
		at(41, { kind: "finished", done: 1, failed: 0, skipped: 0 });
		progress.close();
		for (const control of ["\r", "\u001b"]) expect(err.join("")).not.toContain(control);
	});
});

describe("a terminal", () => {
	it("has one line that is drawn at once and over again", () => {
		const { err, at } = stage({}, { isTTY: true, columns: 120 });
		at(0, started(4));
		at(0, { kind: "case-started", id: "a" });
		expect(err).toEqual([`${CLEAR}0/4 files, 0.0 %, 0.0 files/h, unknown left, 1.5 GiB`]);
		at(0.05, tile("a", 1, 4));
		expect(err).toHaveLength(1);
		at(10, tile("a", 2, 4));
		expect(err[1]).toBe(`${CLEAR}0/4 files, 12.5 %, 3.0 files/min, 1 min 10 s left, 1.5 GiB`);
	});

	it("never wraps", () => {
		const { err, at } = stage({}, { isTTY: true, columns: 20 });
		at(0, started(4));
		at(1, tile("a", 1, 4));
		expect(err[0]?.replace(CLEAR, "")).toBe("0/4 files, 6.3 %, 1");
	});

	it("shows messages above the line, which stays", () => {
		const { err, at } = stage({}, { isTTY: true });
		at(0, started(4));
		at(1, tile("a", 1, 4));
		const line = err[0];
		at(1, { kind: "note", text: "a note" });
		expect(err.slice(1)).toEqual([CLEAR, "a note\n", line]);
	});

	it("is left clean at the end, once", () => {
		const { err, at, progress } = stage({}, { isTTY: true });
		at(0, started(1));
		at(1, tile("a", 1, 4));
		err.length = 0;
		at(2, { kind: "finished", done: 1, failed: 0, skipped: 0 });
		progress.close();
		expect(err).toEqual([CLEAR]);
	});
});

describe("machines", () => {
	it("get every event as a line of JSON, and nothing else", () => {
		const { out, err, at, progress } = stage({ json: true }, { isTTY: true });
		const events: RunEvent[] = [started(2, 1), tile("a", 1, 2), done("a"), { kind: "note", text: "two\nlines" }];
		for (const event of events) at(50, event);
		progress.close();
		expect(out.every((text) => text.indexOf("\n") === text.length - 1)).toBe(true);
		expect(out.map((text) => JSON.parse(text))).toEqual(events);
		expect(err).toEqual([]);
	});
});

describe("rates and durations", () => {
	it("read well at every size", () => {
		expect([2.34, 1, 0.5, 0.001].map(rateText)).toEqual([
			"2.3 files/s",
			"1.0 files/s",
			"30.0 files/min",
			"3.6 files/h",
		]);
		expect([0, 12.4, 59.6, 245, 3600, 11_520, -3].map(durationText)).toEqual([
			"0 s",
			"12 s",
			"1 min 00 s",
			"4 min 05 s",
			"1 h 00 min",
			"3 h 12 min",
			"0 s",
		]);
	});
});
