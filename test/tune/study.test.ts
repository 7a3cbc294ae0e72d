/**
 * The study on disk: what is recorded stays recorded, whatever happens.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NnvolError } from "../../src/core/errors.ts";
import { bestTrial } from "../../src/tune/best-trial.ts";
import type { Objective } from "../../src/tune/objective.ts";
import { parseSpace } from "../../src/tune/parse-space.ts";
import { gridSampler, randomSampler } from "../../src/tune/sampler.ts";
import type { Point } from "../../src/tune/space.ts";
import { type SearchOptions, search } from "../../src/tune/study.ts";
import { StudyFile, type TrialRecord } from "../../src/tune/study-file.ts";
import type { StudyHead } from "../../src/tune/study-head.ts";
import { tpeSampler } from "../../src/tune/tpe.ts";
import { testFolder } from "../folder.ts";

const SPACE = parseSpace({ "binary.threshold": [0, 1, 0.01] });
const KEY = "inference.postprocessing.binary.threshold";
const OBJECTIVE: Objective = { metric: "dice", direction: "maximize" };

const HEAD: StudyHead = {
	version: 1,
	space: { [KEY]: { kind: "float", low: 0, high: 1, step: 0.01, log: false } },
	sampler: { name: "Random" },
	seed: 42,
	objective: OBJECTIVE,
	base: { binary: { enabled: true } },
	labels: { foreground: "any", ignored: [] },
	predictions: "abc",
	cases: { a: [{ name: "a.png", bytes: 1, modified: 2 }] },
};

const scoreOf = (point: Point) => 1 - Math.abs(Number(point[KEY]) - 0.37);

function options(more: Partial<SearchOptions> = {}): SearchOptions & { readonly run: Point[] } {
	const run: Point[] = [];
	return {
		objective: OBJECTIVE,
		sampler: randomSampler(SPACE, 42),
		base: { [KEY]: 0.5 },
		evaluate: async (point) => {
			run.push(point);
			return { score: scoreOf(point), cases: { a: { dice: scoreOf(point) } } };
		},
		run,
		...more,
	};
}

const plain = (trials: readonly TrialRecord[]) => trials.map(({ seconds: _, ...rest }) => rest);
const file = () => join(testFolder(), "tune", "study.jsonl");

describe("a search", () => {
	it("begins with the configuration as it stands and ends with its budget", async () => {
		const study = await StudyFile.open(file(), HEAD);
		const trials = await search(study, options({ trials: 12 }));
		expect(trials.map(({ trial }) => trial)).toEqual(Array.from({ length: 12 }, (_, n) => n));
		expect(trials[0]).toMatchObject({ isDefault: true, point: { [KEY]: 0.5 }, score: 0.87 });
		expect(trials.slice(1).some(({ isDefault }) => isDefault)).toBe(false);
		const best = bestTrial(trials, OBJECTIVE);
		expect(best?.score).toBe(Math.max(...trials.map(({ score }) => score ?? 0)));
		expect(await search(study, options({ time: 0 }))).toEqual(trials);
	});

	it("never runs a recorded trial again, and goes on as if it had not been cut off", async () => {
		const whole = await search(await StudyFile.open(file(), HEAD), options({ trials: 20 }));
		const path = file();
		const seen: Point[] = [];
		for (const trials of [1, 2, 9, 20]) {
			const more = options({ trials });
			await search(await StudyFile.open(path, HEAD), more);
			seen.push(...more.run);
		}
		const parts = await search(await StudyFile.open(path, HEAD), options({ trials: 20 }));
		expect(plain(parts)).toEqual(plain(whole));
		expect(seen).toEqual(whole.map(({ point }) => point));
	});

	it("with several trials under way is the search of one after the other", async () => {
		const space = parseSpace({ "binary.threshold": [0, 1, 0.02] });
		const startup = 7;
		const samplers = [
			[() => gridSampler(space), () => true],
			[() => randomSampler(space, 3), () => true],
			[() => tpeSampler(space, 3, { startup, candidates: 8 }), (trial: number) => trial < startup],
		] as const;
		await fc.assert(
			fc.asyncProperty(
				fc.constantFrom(...samplers),
				fc.integer({ min: 2, max: 6 }),
				fc.array(fc.nat({ max: 3 }), { minLength: 16, maxLength: 16 }),
				async ([make, isFree], atOnce, pauses) => {
					let [now, most] = [0, 0];
					const slow = async (point: Point) => {
						most = Math.max(most, ++now);
						await pause(pauses[Math.round(50 * Number(point[KEY])) % pauses.length]);
						now--;
						return { score: scoreOf(point), cases: {} };
					};
					const linesOf = async (more: Partial<SearchOptions>) => {
						const path = file();
						const made = await search(
							await StudyFile.open(path, HEAD),
							options({ trials: 16, sampler: make(), evaluate: slow, ...more }),
						);
						const order = readFileSync(path, "utf8").matchAll(/"kind":"trial".*?"trial":(\d+)/g);
						return [plain(made), [...order].map(([, trial]) => trial)];
					};
					const one = await linesOf({});
					expect(most).toBe(1);
					expect(await linesOf({ atOnce, isFree })).toEqual(one);
					expect(most).toBeLessThanOrEqual(atOnce);
				},
			),
			{ numRuns: 12 },
		);
	});

	it("runs trials at once whose points do not wait for scores", async () => {
		let [begun, meet] = [0, () => {}];
		const met = new Promise<void>((resolve) => (meet = resolve));
		const evaluate = async () => {
			if (++begun === 2) meet();
			await met; // for ever, where one trial waits for the other
			return { score: 1, cases: {} };
		};
		const study = await StudyFile.open(file(), HEAD);
		expect(await search(study, options({ trials: 4, atOnce: 2, isFree: () => true, evaluate }))).toHaveLength(4);
	});

	it("reads a study that is cut off anywhere, and ends with the same trials", async () => {
		const path = file();
		const whole = await search(await StudyFile.open(path, HEAD), options({ trials: 6 }));
		const text = readFileSync(path, "utf8");
		const head = text.indexOf("\n") + 1;
		const cuts = Array.from({ length: 40 }, (_, n) => head + Math.round((n * (text.length - head)) / 39));
		for (const cut of cuts) {
			writeFileSync(path, text);
			truncateSync(path, cut);
			const recorded = text.slice(0, cut).split('"kind":"trial"').length;
			const more = options({ trials: 6 });
			const again = await search(await StudyFile.open(path, HEAD), more);
			expect(plain(again)).toEqual(plain(whole));
			expect(more.run.length).toBeLessThanOrEqual(6 - (recorded - 2));
			expect(readFileSync(path, "utf8").startsWith(text.slice(0, cut))).toBe(true);
		}
	});

	it("records a trial that fails without a score, and goes on", async () => {
		const study = await StudyFile.open(file(), HEAD);
		const failing = options({
			trials: 4,
			evaluate: async (point) => {
				if (Number(point[KEY]) !== 0.5) throw new NnvolError("CONFIG", "no such step");
				return { score: 0.3, cases: {} };
			},
		});
		const trials = await search(study, failing);
		expect(trials.map(({ score, error }) => [score, error])).toEqual([
			[0.3, undefined],
			[null, "no such step"],
			[null, "no such step"],
			[null, "no such step"],
		]);
		expect(bestTrial(trials, OBJECTIVE)?.trial).toBe(0);
	});

	it("ends at a fault of its own and at files that cannot be read", async () => {
		const study = await StudyFile.open(file(), HEAD);
		const fault = options({ evaluate: () => Promise.reject(new NnvolError("VOLUME", "no such file")) });
		await expect(search(study, fault)).rejects.toThrow("no such file");
		expect((await study.read()).trials).toEqual([]);
	});

	it("ends where it is interrupted, with what is recorded", async () => {
		const study = await StudyFile.open(file(), HEAD);
		const controller = new AbortController();
		const stopped = search(
			study,
			options({ signal: controller.signal, onTrial: ({ trial }) => trial === 3 && controller.abort() }),
		);
		await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
		expect((await study.read()).trials).toHaveLength(4);
	});

	it("takes the lower score for the better where it is to be minimized", async () => {
		const study = await StudyFile.open(file(), HEAD);
		const trials = await search(study, options({ trials: 5 }));
		const least = Math.min(...trials.map(({ score }) => score ?? 2));
		expect(bestTrial(trials, { metric: "voi", direction: "minimize" })?.score).toBe(least);
	});
});

describe("a study of another search", () => {
	it.each([
		[{ seed: 7 }, /seed: 7, was 42/],
		[{ sampler: { name: "Grid" } }, /sampler name: Grid, was Random/],
		[{ predictions: "def" }, /predictions: by another model or other settings/],
		[{ objective: { metric: "iou", direction: "maximize" } }, /objective: \{.*iou.*\}, was \{.*dice/],
		[{ labels: { foreground: "any", ignored: [2] } }, /labels ignored: \[2\], was \[\]/],
		[{ base: null }, /post-processing as configured: not set, was/],
		[
			{ space: { b: 1 } },
			/space: inference\.postprocessing\.binary\.threshold: not set, was .*\n.*space: b: 1, was not set/,
		],
		[{ cases: { b: [] } }, /case a: in the study, not in this run\n.*case b: not in the study/],
		[{ cases: { a: [{ name: "a.png", bytes: 9, modified: 2 }] } }, /case a: its image or label changed since/],
	] as const)("is refused with what differs: %j", async (change, text) => {
		const path = file();
		await StudyFile.open(path, HEAD);
		const before = readFileSync(path, "utf8");
		const other = { ...HEAD, ...change } as StudyHead;
		await expect(StudyFile.open(path, other)).rejects.toThrow(text);
		await expect(StudyFile.open(path, other)).rejects.toMatchObject({ code: "CONFIG" });
		expect(readFileSync(path, "utf8")).toBe(before);
	});

	it("is refused where it is no study at all", async () => {
		const path = join(testFolder({ "study.jsonl": "hello\n" }), "study.jsonl");
		await expect(StudyFile.open(path, HEAD)).rejects.toThrow(/is no study that this version reads/);
	});
});

describe("several processes", () => {
	it("leave a trial to the one that began it first", async () => {
		const path = file();
		const study = await StudyFile.open(path, HEAD);
		const other = {
			kind: "begun",
			trial: 0,
			point: { [KEY]: 0.5 },
			host: "elsewhere",
			process: 1,
			token: 5,
			at: Date.now(),
		};
		appendFileSync(path, `${JSON.stringify(other)}\n`);
		expect(await study.claim(0, { [KEY]: 0.5 })).toBe(false);
		expect((await search(study, options({ trials: 3 }))).map(({ trial }) => trial)).toEqual([1, 2]);
	});

	it("take over what a process that is gone began", async () => {
		const path = file();
		const study = await StudyFile.open(path, HEAD);
		const old = {
			kind: "begun",
			trial: 0,
			point: {},
			host: "elsewhere",
			process: 1,
			token: 5,
			at: Date.now() - 3_600_000,
		};
		appendFileSync(path, `${JSON.stringify(old)}\n{"kind":"beg`);
		expect(await study.claim(0, { [KEY]: 0.5 })).toBe(true);
		expect((await search(study, options({ trials: 3 }))).map(({ trial }) => trial)).toEqual([0, 1, 2]);
	});

	it("share a study: each trial is run by one of them, and a killed one's is run again", {
		timeout: 60_000,
	}, async () => {
		const path = file();
		await StudyFile.open(path, HEAD);
		const script = join(testFolder({ "searcher.mjs": searcher(path) }), "searcher.mjs");
		const start = () => spawn(process.execPath, [...process.execArgv, "--import", "tsx", script], { stdio: "inherit" });
		const children = [start(), start(), start()];
		const ended = children.map((child) => new Promise((resolve) => child.on("close", resolve)));
		while (!existsSync(path) || readFileSync(path, "utf8").split('"kind":"trial"').length < 6) {
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
		children[0]?.kill("SIGKILL");
		await Promise.all(ended);
		const lines = readFileSync(path, "utf8")
			.split("\n")
			.filter((line) => line.includes('"kind":"trial"'));
		const numbers = lines.map((line) => JSON.parse(line).trial).sort((a, b) => a - b);
		expect(new Set(numbers)).toEqual(new Set(Array.from({ length: 30 }, (_, n) => n)));
		expect(numbers).toHaveLength(30);
	});
});

/** A program that searches in the study at `path`, slowly. */
function searcher(path: string): string {
	const source = (name: string) =>
		JSON.stringify(pathToFileURL(join(import.meta.dirname, "..", "..", "src", "tune", name)).href);
	return `
import { search } from ${source("study.ts")};
import { StudyFile } from ${source("study-file.ts")};
import { randomSampler } from ${source("sampler.ts")};
const study = await StudyFile.open(${JSON.stringify(path)}, ${JSON.stringify(HEAD)});
await search(study, {
	objective: ${JSON.stringify(OBJECTIVE)},
	sampler: randomSampler(${JSON.stringify(SPACE)}, 42),
	base: {},
	trials: 30,
	evaluate: async () => {
		await new Promise((resolve) => setTimeout(resolve, 60));
		return { score: 0.5, cases: {} };
	},
});
`;
}
