/**
 * When workers are started again, what their lines mean, and how events of several become one stream.
 */
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { parseLine } from "../../../src/launch/local/event-line.ts";
import { MergedEvents } from "../../../src/launch/local/merged-events.ts";
import { countDeath, NO_DEATHS, pauseAfter, RESTART_RULES } from "../../../src/launch/local/restarts.ts";

describe("restarts", () => {
	const lives = (count: number, life: { spoke: boolean; achieved: boolean }) => {
		let deaths = NO_DEATHS;
		const pauses: (number | undefined)[] = [];
		for (let n = 0; n < count; n++) {
			deaths = countDeath(deaths, life);
			pauses.push(pauseAfter(deaths));
		}
		return pauses;
	};

	it("come after longer and longer pauses, and not for ever", () => {
		expect(lives(8, { spoke: false, achieved: false })).toEqual([
			500,
			1000,
			2000,
			4000,
			8000,
			16_000,
			30_000,
			undefined,
		]);
		const fruitless = lives(12, { spoke: true, achieved: false });
		expect(fruitless.indexOf(undefined)).toBe(11);
		expect(Math.max(...fruitless.map((pause) => pause ?? 0))).toBe(RESTART_RULES.longestPause);
	});

	it("go on where each life gets something done", () => {
		expect(new Set(lives(50, { spoke: true, achieved: true }))).toEqual(new Set([500]));
	});
});

describe("lines", () => {
	const events: readonly RunEvent[] = [
		{ kind: "started", total: 3, skipped: 1, remaining: 2 },
		{ kind: "case-started", id: "a" },
		{ kind: "tile", id: "a", done: 1, total: 2 },
		{ kind: "phase", id: "a", phase: "measuring", done: 1, total: 2 },
		{ kind: "block", id: "a", done: 1, total: 2, failed: 0, timing: { read: 1 } },
		{ kind: "block-done", id: "a", block: 1, voxels: 2, seconds: 3, worker: "w" },
		{
			kind: "block-failed",
			id: "a",
			block: 1,
			box: { start: [0], stop: [1] },
			error: "e",
			attempts: 1,
			worker: "w",
		},
		{ kind: "retry", id: "a", attempt: 1, error: "e" },
		{ kind: "case-done", id: "a", output: "o", seconds: 1 },
		{ kind: "case-failed", id: "a", error: "e", code: "VOLUME" },
		{ kind: "note", text: "t" },
		{ kind: "warning", text: "t" },
		{ kind: "finished", done: 1, failed: 2, skipped: 3, peakMemory: 4 },
	];

	it.each(events.map((event) => [event.kind, event] as const))("%s is read as it was written", (_, event) => {
		expect(parseLine(JSON.stringify(event))).toEqual({ kind: "event", event });
	});

	it("errors are told from events, and anything else is passed over", () => {
		const error = { kind: "error", code: "MODEL", message: "m", fields: {} };
		expect(parseLine(JSON.stringify(error))).toEqual({ kind: "error", error: { code: "MODEL", message: "m" } });
		for (const text of ["", "words", "{", '{"kind":"later"}', '{"kind":"tile","id":"a"}']) {
			expect(parseLine(text)).toBeUndefined();
		}
	});
});

describe("merged events", () => {
	const merge = (...told: readonly (readonly [number, RunEvent])[]) => {
		const out: RunEvent[] = [];
		const merged = new MergedEvents((event) => out.push(event));
		for (const [life, event] of told) merged.take(life, event);
		return out;
	};
	const tile = (done: number, total: number): RunEvent => ({ kind: "tile", id: "v", done, total });
	const block = (done: number): RunEvent => ({ kind: "block", id: "v", done, total: 9, failed: 0 });
	const tilesOf = (events: readonly RunEvent[]) =>
		events.flatMap((event) => (event.kind === "tile" ? [`${event.done}/${event.total}`] : []));

	it("add tiles of a volume up, those of lives that ended too; what is left is what the first found", () => {
		const events = merge([0, block(0)], [0, tile(2, 10)], [1, tile(1, 10)], [1, tile(3, 10)], [2, tile(1, 4)]);
		expect(tilesOf(events)).toEqual(["2/10", "3/10", "5/10", "6/10"]);
	});

	it("count a case of one worker anew when another begins it", () => {
		expect(tilesOf(merge([0, tile(7, 8)], [1, tile(1, 8)]))).toEqual(["7/8", "1/8"]);
	});

	it("never let blocks go back", () => {
		const events = merge([0, block(5)], [1, block(3)], [1, block(6)]);
		expect(events.flatMap((event) => (event.kind === "block" ? [event.done] : []))).toEqual([5, 5, 6]);
	});

	it("end a case once; what comes later of it is not told", () => {
		const done: RunEvent = { kind: "case-done", id: "v", output: "o", seconds: 1 };
		const events = merge([0, tile(1, 1)], [0, done], [1, done], [1, tile(1, 1)]);
		expect(events.map(({ kind }) => kind)).toEqual(["case-started", "tile", "case-done"]);
	});

	it("show one worker's pass at a time; that of a worker that is gone is over", () => {
		const phase = (done: number): RunEvent => ({ kind: "phase", id: "v", phase: "measuring", done, total: 4 });
		const out: RunEvent[] = [];
		const merged = new MergedEvents((event) => out.push(event));
		merged.take(0, phase(1));
		merged.take(1, phase(2));
		expect(out.filter(({ kind }) => kind === "phase")).toEqual([phase(1)]);
		merged.endLife(0);
		merged.take(1, phase(3));
		expect(out.filter(({ kind }) => kind === "phase")).toEqual([phase(1), phase(3)]);
	});
});
