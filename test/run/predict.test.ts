import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NnvolError } from "../../src/core/errors.ts";
import { sizeOf, type Zyx } from "../../src/core/shape.ts";
import { modelSettings } from "../../src/plan/model-settings.ts";
import type { Settings } from "../../src/plan/settings.ts";
import type { Subject } from "../../src/preprocess/subject.ts";
import { Network } from "../../src/run/network.ts";
import { countTiles, type PredictOptions, predictSubject } from "../../src/run/predict.ts";
import { explicitViews, mirrorViews } from "../../src/tiling/views.ts";
import { modelSpec } from "../model-spec.ts";
import { fakeSession, type ItemNetwork, lopsided } from "./fake-session.ts";
import { naivePrediction } from "./naive.ts";

/** Noise that is the same each time. */
function subjectOf(shape: Zyx, channels = 1, seed = 1): Subject {
	const data = new Float32Array(channels * sizeOf(shape));
	let state = seed;
	for (let i = 0; i < data.length; i++) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		data[i] = state / 2 ** 31 - 1;
	}
	const spacing = { image: [1, 1, 1], network: [1, 1, 1] } as const;
	return { data, channels, shape, crop: { start: [0, 0, 0], stop: [...shape] }, sections: [0, shape[0]], spacing };
}

const base = modelSettings(modelSpec());
const settingsOf = (over: Partial<Settings>): Settings => ({ ...base, views: [[]], ...over });

const networkOf = (network: ItemNetwork = lopsided, sizes?: number[]) =>
	new Network([[fakeSession(2, network, sizes)]], 2);

/** All planes together, [heads, Z, Y, X]. */
async function gather(subject: Subject, settings: Settings, options: PredictOptions, network = networkOf()) {
	const [depth, height, width] = subject.shape;
	const plane = height * width;
	const whole = new Float32Array(network.heads * depth * plane);
	let z = 0;
	let ends = 0;
	await predictSubject(network, subject, settings, options, (free) => ({
		push: (values) => {
			for (let head = 0; head < network.heads; head++) {
				whole.set(values.subarray(head * plane, (head + 1) * plane), (head * depth + z) * plane);
			}
			z++;
			free(values);
		},
		finish: () => {
			ends++;
		},
	}));
	expect([z, ends]).toEqual([depth, 1]);
	return whole;
}

const predict = (subject: Subject, settings: Settings, batchSize = 1, network = networkOf()) =>
	gather(subject, settings, { batchSize }, network);

/** Largest difference of two predictions. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
	if (a.length !== b.length) return Number.POSITIVE_INFINITY;
	return Math.max(0, ...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
}

const extents = (max: number) =>
	fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max }), fc.integer({ min: 1, max }));

const cases = fc.record({
	shape: extents(11),
	patch: fc.oneof(
		fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 })),
		fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 6 })),
	),
	channels: fc.integer({ min: 1, max: 2 }),
	step: fc.constantFrom(0.3, 0.5, 0.75, 1),
	blending: fc.constantFrom("gaussian" as const, "constant" as const),
	ensemble: fc.constantFrom("mean-logits" as const, "mean-activated" as const, "min" as const, "max" as const),
	activations: fc.constantFrom<Settings["activations"]>(
		["softmax", "softmax"],
		["sigmoid", "sigmoid"],
		["none", "sigmoid"],
	),
	views: fc.constantFrom("none" as const, "all" as const, "last" as const, "first" as const),
	seed: fc.integer({ min: 1, max: 1e6 }),
});

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

function settingsFor({ patch, step, blending, ensemble, activations, views }: Case): Settings {
	const axes = patch.map((_, axis) => axis);
	const last = patch.length - 1;
	const table = {
		none: [[]],
		all: mirrorViews(axes),
		last: explicitViews([[last]]),
		first: explicitViews([[0], [0, last]]),
	};
	return settingsOf({ patch, step, blending, ensemble, activations, views: table[views] });
}

describe("predictSubject", () => {
	it("is nnU-Net's sliding window: padding, tiles, views, weights, for 2D and 3D patches", async () => {
		await fc.assert(
			fc.asyncProperty(cases, async (one) => {
				const subject = subjectOf(one.shape, one.channels, one.seed);
				const settings = settingsFor(one);
				const found = await predict(subject, settings, 3);
				expect(difference(found, naivePrediction(subject, settings, lopsided))).toBeLessThan(2e-5);
			}),
			{ numRuns: 150 },
		);
	});

	it("gives the same bits for every batch size", async () => {
		await fc.assert(
			fc.asyncProperty(cases, fc.integer({ min: 2, max: 9 }), async (one, batchSize) => {
				const subject = subjectOf(one.shape, one.channels, one.seed);
				const settings = settingsFor(one);
				expect(await predict(subject, settings, batchSize)).toEqual(await predict(subject, settings, 1));
			}),
			{ numRuns: 60 },
		);
	});

	it("gives back what a network passes through, whatever tiles and weights", async () => {
		const through: ItemNetwork = (item) => Float32Array.from([...item, ...item.map((v) => -v)]);
		await fc.assert(
			fc.asyncProperty(cases, async (one) => {
				const subject = subjectOf(one.shape, 1, one.seed);
				const settings = { ...settingsFor(one), ensemble: "mean-logits" } as const;
				const found = await predict(subject, settings, 2, networkOf(through));
				const expected = [...subject.data, ...subject.data.map((v) => -v)];
				expect(difference(found, expected)).toBeLessThan(5e-6); // a few roundings of sums of float32
			}),
			{ numRuns: 60 },
		);
	});

	it("pads an image smaller than the patch with zeros on all sides, and gives its own extent", async () => {
		const seen: Float32Array[] = [];
		const network: ItemNetwork = (item) => {
			seen.push(item);
			return Float32Array.from([...item, ...item]);
		};
		const subject = { ...subjectOf([1, 1, 2]), data: Float32Array.of(7, 8) };
		const found = await predict(subject, settingsOf({ patch: [1, 3, 5] }), 1, networkOf(network));
		expect(seen).toEqual([Float32Array.of(0, 0, 0, 0, 0, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0)]);
		expect(found).toEqual(Float32Array.of(7, 8, 7, 8));
	});

	it("runs a 2D patch over every section of a stack, each by itself", async () => {
		const stack = subjectOf([3, 9, 10]);
		const settings = settingsOf({ patch: [4, 6], views: mirrorViews([0, 1]) });
		const whole = await predict(stack, settings, 4);
		for (let z = 0; z < 3; z++) {
			const section = { ...subjectOf([1, 9, 10]), data: stack.data.slice(z * 90, (z + 1) * 90) };
			const alone = await predict(section, settings, 4);
			expect(whole.slice(z * 90, (z + 1) * 90)).toEqual(alone.slice(0, 90));
			expect(whole.slice(270 + z * 90, 270 + (z + 1) * 90)).toEqual(alone.slice(90));
		}
	});

	it("does not depend on the order in which views are given, but for rounding", async () => {
		const subject = subjectOf([2, 9, 8]);
		const given = settingsOf({ patch: [2, 4, 5], views: [[], [0], [1, 2]] });
		const other = settingsOf({ patch: [2, 4, 5], views: [[1, 2], [], [0]] });
		expect(difference(await predict(subject, given), await predict(subject, other))).toBeLessThan(1e-6);
	});

	it("averages logits or what becomes of them: these are not the same", async () => {
		const subject = subjectOf([1, 6, 6]);
		const views = mirrorViews([0, 1]);
		const activated = await predict(subject, settingsOf({ patch: [4, 4], views, ensemble: "mean-activated" }));
		expect(Math.max(...activated)).toBeLessThanOrEqual(1);
		expect(Math.min(...activated)).toBeGreaterThanOrEqual(0);
		const logits = await predict(subject, settingsOf({ patch: [4, 4], views }));
		expect(Math.min(...logits)).toBeLessThan(0);
		const [low, high] = [
			await predict(subject, settingsOf({ patch: [4, 4], views, ensemble: "min" })),
			await predict(subject, settingsOf({ patch: [4, 4], views, ensemble: "max" })),
		];
		expect(low.every((value, i) => value <= (activated[i] ?? 0) + 1e-6)).toBe(true);
		expect(high.every((value, i) => value >= (activated[i] ?? 0) - 1e-6)).toBe(true);
	});

	it("fills batches across tiles and views, and leaves the subject as it was", async () => {
		const sizes: number[] = [];
		const subject = subjectOf([1, 6, 6]);
		const before = subject.data.slice();
		const settings = settingsOf({ patch: [4, 4], views: mirrorViews([1]) });
		const tiles = countTiles(subject.shape, settings);
		expect(tiles).toBe(4);
		await predict(subject, settings, 3, networkOf(lopsided, sizes));
		expect(sizes).toEqual([3, 3, 2]);
		expect(subject.data).toEqual(before);
	});

	it("tells every tile that is done", async () => {
		const seen: (readonly [number, number])[] = [];
		const subject = subjectOf([1, 6, 6]);
		const settings = settingsOf({ patch: [4, 4], views: mirrorViews([1]) });
		await gather(subject, settings, { batchSize: 3, onTile: (done, total) => seen.push([done, total]) });
		expect(seen).toEqual([
			[1, 4],
			[2, 4],
			[3, 4],
			[4, 4],
		]);
	});
});

describe("folds", () => {
	it("are averaged as logits", async () => {
		const subject = subjectOf([1, 6, 6]);
		const settings = settingsOf({ patch: [4, 4], views: mirrorViews([1]) });
		const negative: ItemNetwork = (item, shape) => lopsided(item, shape).map((v) => 3 * v);
		const both = new Network([[fakeSession(2, lopsided), fakeSession(2, negative)]], 2);
		const one = await predict(subject, settings);
		const two = await predict(subject, settings, 2, both);
		expect(
			difference(
				two,
				one.map((v) => 2 * v),
			),
		).toBeLessThan(1e-5);
	});
});

describe("a network that fails", () => {
	const unhandled: unknown[] = [];
	const note = (error: unknown) => unhandled.push(error);
	beforeEach(() => {
		unhandled.length = 0;
		process.on("unhandledRejection", note);
	});
	afterEach(() => {
		process.off("unhandledRejection", note);
	});
	const settle = async () => {
		for (let n = 0; n < 10; n++) await new Promise((done) => setImmediate(done));
	};

	it.each([1, 2, 4, 8])("at run %d ends the prediction with its error, once", async (failing) => {
		let runs = 0;
		const network: ItemNetwork = (item, shape) => {
			runs++;
			if (runs >= failing) throw new NnvolError("RUNTIME", `run ${runs} failed`);
			return lopsided(item, shape);
		};
		const subject = subjectOf([1, 6, 6]);
		const work = predict(subject, settingsOf({ patch: [4, 4], views: mirrorViews([1]) }), 1, networkOf(network));
		await expect(work).rejects.toThrow(`run ${failing} failed`);
		await settle();
		expect(unhandled).toEqual([]);
	});

	it("does not end the next prediction", async () => {
		let isBroken = true;
		const network = networkOf((item, shape) => {
			if (isBroken) throw new NnvolError("RUNTIME", "out of memory");
			return lopsided(item, shape);
		});
		const subject = subjectOf([1, 6, 6]);
		const settings = settingsOf({ patch: [4, 4] });
		await expect(predict(subject, settings, 1, network)).rejects.toThrow("out of memory");
		isBroken = false;
		expect(await predict(subject, settings, 1, network)).toEqual(await predict(subject, settings));
	});

	it("is interrupted between batches", async () => {
		const controller = new AbortController();
		const sizes: number[] = [];
		const options = {
			batchSize: 1,
			signal: controller.signal,
			onTile: (done: number) => {
				if (done === 2) controller.abort();
			},
		};
		const work = gather(subjectOf([4, 6, 6]), settingsOf({ patch: [4, 4] }), options, networkOf(lopsided, sizes));
		await expect(work).rejects.toMatchObject({ code: "CANCELLED" });
		await settle();
		expect(sizes.length).toBeLessThan(6);
		expect(unhandled).toEqual([]);
	});
});
