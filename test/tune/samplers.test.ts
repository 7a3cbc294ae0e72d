import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Numeric } from "../../src/tune/parameter.ts";
import { parseSpace } from "../../src/tune/parse-space.ts";
import { estimate } from "../../src/tune/parzen.ts";
import { randomStream } from "../../src/tune/random.ts";
import { gridSampler, randomSampler, type Sampler, type Tried } from "../../src/tune/sampler.ts";
import { type Point, pointCount, pointKey, type Space } from "../../src/tune/space.ts";
import { tpeSampler } from "../../src/tune/tpe.ts";

const SPACE = parseSpace({
	"binary.threshold": [0, 1, 0.05],
	"binary.remove_small_objects": [0, 500, 25],
	"binary.fill_holes": { values: [false, true] },
});
const [THRESHOLD, SMALL, HOLES] = SPACE.map(({ key }) => key);
const TPE = { startup: 10, candidates: 24 };

/** Lowest at 0.35, 200, true; the parameters act on each other a little. */
function loss(point: Point): number {
	const [a, b] = [Number(point[THRESHOLD ?? ""]) - 0.35, (Number(point[SMALL ?? ""]) - 200) / 500];
	return a * a + b * b + 0.5 * a * b + (point[HOLES ?? ""] === true ? 0 : 0.02);
}

/** Runs `count` trials, those of `before` being done already. */
function run(sampler: Sampler, count: number, before: readonly Tried[] = []): Tried[] {
	const tried = [...before];
	while (tried.length < count) {
		const taken = new Set(tried.map(({ point }) => pointKey(point)));
		const point = sampler({ trial: tried.length, tried, taken });
		if (point === undefined) break;
		tried.push({ point, loss: loss(point) });
	}
	return tried;
}

const bestOf = (tried: readonly Tried[]) => Math.min(...tried.map((one) => one.loss ?? Number.POSITIVE_INFINITY));
const points = (tried: readonly Tried[]) => tried.map(({ point }) => pointKey(point));

describe("randomStream", () => {
	it("is the same for seed and name, another for others, and even", () => {
		const draws = (seed: number, name: string) => {
			const random = randomStream(seed, name);
			return Array.from({ length: 4000 }, random);
		};
		const first = draws(42, "trial 1");
		expect(draws(42, "trial 1")).toEqual(first);
		expect(draws(43, "trial 1")).not.toEqual(first);
		expect(draws(42, "trial 2")).not.toEqual(first);
		const bins = new Array<number>(10).fill(0);
		for (const value of first) bins[Math.floor(value * 10)] = (bins[Math.floor(value * 10)] ?? 0) + 1;
		for (const count of bins) expect(Math.abs(count - 400)).toBeLessThan(100);
	});
});

describe("samplers", () => {
	const space: Space = SPACE.slice(0, 1);
	const kinds: readonly (readonly [string, (seed: number, of: Space) => Sampler])[] = [
		["Grid", (_seed, of) => gridSampler(of)],
		["Random", (seed, of) => randomSampler(of, seed)],
		["TPE", (seed, of) => tpeSampler(of, seed, TPE)],
	];

	it.each(kinds)("%s tries every point of a small space once, then ends", (_, make) => {
		const tried = run(make(1, space), 1000);
		expect(tried).toHaveLength(pointCount(space));
		expect(new Set(points(tried)).size).toBe(21);
	});

	it.each(kinds)("%s goes on as if it had not been cut off, and alike for one seed", (_, make) => {
		const whole = run(make(7, SPACE), 60);
		expect(run(make(7, SPACE), 60)).toEqual(whole);
		for (const cut of [1, 9, 10, 37]) expect(run(make(7, SPACE), 60, whole.slice(0, cut))).toEqual(whole);
	});

	it.each(kinds.slice(1))("%s is another for another seed", (_, make) => {
		expect(points(run(make(1, SPACE), 20))).not.toEqual(points(run(make(2, SPACE), 20)));
	});

	it("Grid takes points in order and passes over those taken", () => {
		const sampler = gridSampler(space);
		const taken = new Set([pointKey({ [THRESHOLD ?? ""]: 0.05 })]);
		expect(sampler({ trial: 0, tried: [], taken: new Set() })).toEqual({ [THRESHOLD ?? ""]: 0 });
		taken.add(pointKey({ [THRESHOLD ?? ""]: 0 }));
		expect(sampler({ trial: 1, tried: [], taken })).toEqual({ [THRESHOLD ?? ""]: 0.1 });
	});
});

describe("TPE", () => {
	it("comes nearer to the best than random draws do, over ten seeds", () => {
		const seeds = Array.from({ length: 10 }, (_, n) => n);
		const mean = (make: (seed: number) => Sampler) =>
			seeds.reduce((sum, seed) => sum + bestOf(run(make(seed), 80)), 0) / seeds.length;
		const tpe = mean((seed) => tpeSampler(SPACE, seed, TPE));
		const random = mean((seed) => randomSampler(SPACE, seed));
		expect(tpe).toBeLessThan(random / 2);
		expect(tpe).toBeLessThan(0.002);
	});

	it("draws numbers without steps within their bounds, and narrower as it learns", () => {
		const free = parseSpace({
			"binary.threshold": [0.1, 0.9],
			"decoding.0.kwargs.x": { type: "float", range: [1e-4, 1], log: true },
		});
		const goal = (point: Point) =>
			Math.abs(Number(point["inference.postprocessing.binary.threshold"]) - 0.62) +
			Math.abs(Math.log10(Number(point["inference.postprocessing.decoding.0.kwargs.x"])) + 2) / 10;
		const sampler = tpeSampler(free, 3, TPE);
		const tried: Tried[] = [];
		for (let trial = 0; trial < 100; trial++) {
			const point = sampler({ trial, tried, taken: new Set() }) ?? {};
			tried.push({ point, loss: goal(point) });
		}
		for (const { point } of tried) {
			expect(Number(point["inference.postprocessing.binary.threshold"])).toBeGreaterThanOrEqual(0.1);
			expect(Number(point["inference.postprocessing.binary.threshold"])).toBeLessThanOrEqual(0.9);
			expect(Number(point["inference.postprocessing.decoding.0.kwargs.x"])).toBeGreaterThanOrEqual(1e-4);
			expect(Number(point["inference.postprocessing.decoding.0.kwargs.x"])).toBeLessThanOrEqual(1);
		}
		const mean = (some: readonly Tried[]) => some.reduce((sum, one) => sum + (one.loss ?? 0), 0) / some.length;
		expect(mean(tried.slice(-20))).toBeLessThan(mean(tried.slice(0, 20)) / 2);
	});

	it("takes trials without a score, and without a value, as they are", () => {
		const sampler = tpeSampler(SPACE, 1, { startup: 2, candidates: 8 });
		const tried: Tried[] = [
			{ point: {}, loss: 0.5 },
			{ point: { [THRESHOLD ?? ""]: 0.123 }, loss: undefined },
			{ point: { [THRESHOLD ?? ""]: 0.4, [SMALL ?? ""]: 25, [HOLES ?? ""]: true }, loss: 0.1 },
		];
		const point = sampler({ trial: 3, tried, taken: new Set() });
		expect(Object.keys(point ?? {})).toEqual([THRESHOLD, SMALL, HOLES]);
	});
});

type Reference = {
	readonly low: number;
	readonly high: number;
	readonly step?: number;
	readonly log: boolean;
	readonly observed: readonly number[];
	readonly at: readonly number[];
	readonly logDensity: readonly number[];
};

describe("Parzen estimators", () => {
	const references: readonly Reference[] = JSON.parse(
		readFileSync(join(import.meta.dirname, "..", "fixtures", "tune", "parzen.json"), "utf8"),
	);

	it.each(references)("have the densities of scipy's truncated normal distributions: %j", (reference) => {
		const { observed, at, logDensity, ...bounds } = reference;
		const parameter: Numeric = { kind: "float", key: "a", ...bounds };
		const estimator = estimate(parameter, observed);
		for (const [n, value] of at.entries()) expect(estimator.logDensity(value)).toBeCloseTo(logDensity[n] ?? 0, 4);
	});

	it("give all values of a parameter on steps a mass that sums up to 1, and draw by it", () => {
		const parameter: Numeric = { kind: "int", key: "a", low: 0, high: 60, step: 10, log: false };
		const estimator = estimate(parameter, [20, 20, 30]);
		const values = [0, 10, 20, 30, 40, 50, 60];
		const masses = values.map((value) => Math.exp(estimator.logDensity(value)));
		expect(masses.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
		const random = randomStream(1, "draws");
		const counts = new Map<unknown, number>();
		for (let n = 0; n < 20_000; n++) {
			const value = estimator.draw(random);
			counts.set(value, (counts.get(value) ?? 0) + 1);
		}
		for (const [n, value] of values.entries()) {
			expect(Math.abs((counts.get(value) ?? 0) / 20_000 - (masses[n] ?? 0))).toBeLessThan(0.015);
		}
	});

	it("count choices, and one more for each", () => {
		const estimator = estimate({ kind: "choice", key: "a", choices: ["x", ["y"], null] }, ["x", ["y"], "x", "unknown"]);
		expect(["x", ["y"], null].map((value) => Math.exp(estimator.logDensity(value)) * 6)).toEqual(
			[3, 2, 1].map((count) => expect.closeTo(count, 10)),
		);
	});
});
