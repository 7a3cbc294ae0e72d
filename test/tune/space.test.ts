import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { levelAt, levelCount, type Numeric, snap } from "../../src/tune/parameter.ts";
import { parseSpace } from "../../src/tune/parse-space.ts";
import { drawPoint, pointAt, pointCount, pointKey } from "../../src/tune/space.ts";

const ROOT = "inference.postprocessing.";

describe("parseSpace", () => {
	it("takes bounds, lists and types, with short and full keys and sections", () => {
		const space = parseSpace({
			"binary.threshold": [0.3, 0.7, 0.05],
			"inference.postprocessing.binary.remove_small_objects": [0, 400, 50],
			postprocessing: { decoding: { 0: { kwargs: { min_size: { type: "int", range: [1, 512], log: true } } } } },
			"decoding.0.kwargs.seed_threshold": [0.5, 0.9],
			"decoding.0.kwargs.connectivity": { values: [6, 26] },
			"decoding.0.kwargs.mode": { type: "categorical", choices: ["cc", "watershed"] },
		});
		expect(space).toEqual([
			{ kind: "float", key: `${ROOT}binary.threshold`, low: 0.3, high: 0.7, step: 0.05, log: false },
			{ kind: "int", key: `${ROOT}binary.remove_small_objects`, low: 0, high: 400, step: 50, log: false },
			{ kind: "int", key: `${ROOT}decoding.0.kwargs.min_size`, low: 1, high: 512, step: 1, log: true },
			{ kind: "float", key: `${ROOT}decoding.0.kwargs.seed_threshold`, low: 0.5, high: 0.9, log: false },
			{ kind: "choice", key: `${ROOT}decoding.0.kwargs.connectivity`, choices: [6, 26] },
			{ kind: "choice", key: `${ROOT}decoding.0.kwargs.mode`, choices: ["cc", "watershed"] },
		]);
		expect(pointCount(space)).toBe(Number.POSITIVE_INFINITY);
	});

	it.each([
		[{ "binary.threshold": [0.3] }, /binary\.threshold: expected \[low, high, step\].*found \[0\.3\]/],
		[{ "binary.threshold": "0.3" }, /expected \[low, high, step\].*found "0\.3"/],
		[{ "binary.threshold": [0.7, 0.3] }, /expected the lower bound first, found \[0\.7, 0\.3\]/],
		[{ "binary.threshold": [0, 1, 0] }, /expected a step above 0, found 0/],
		[{ "binary.threshold": [0, 1, 1e-6] }, /at most 100000 steps, found 1000001/],
		[{ "binary.threshold": { type: "float", range: [0, 1], log: true } }, /expected bounds above 0 with log/],
		[{ "binary.threshold": { type: "float" } }, /expected range: \[low, high\] for type float/],
		[{ "binary.remove_small_objects": { type: "int", range: [0, 1.5] } }, /expected whole bounds and step/],
		[{ "binary.threshold": { values: [1, 1] } }, /the value 1 is there twice/],
		[{ "binary.threshold": { type: "categorical" } }, /expected choices/],
		[{ "system.seed": [1, 2, 1] }, /system\.seed cannot be searched; only keys of inference\.postprocessing/],
		[
			{ "binary.threshold": [0, 1, 0.1], "postprocessing.binary.threshold": [0, 1, 0.1] },
			/names inference\.postprocessing\.binary\.threshold twice/,
		],
	])("refuses %j", (space, text) => {
		expect(() => parseSpace(space)).toThrow(text);
	});
});

const numeric = fc
	.record({
		low: fc.integer({ min: -50, max: 50 }),
		count: fc.integer({ min: 1, max: 40 }),
		step: fc.constantFrom(0.05, 0.1, 0.3, 1, 7),
	})
	.map(
		({ low, count, step }): Numeric => ({
			kind: "float",
			key: "a",
			low,
			high: low + (count - 1) * step,
			step,
			log: false,
		}),
	);

describe("levels", () => {
	it("are as many as counted, in steps, each the nearest to itself", () => {
		fc.assert(
			fc.property(numeric, (parameter) => {
				const count = levelCount(parameter);
				expect(count).toBe(Math.round((parameter.high - parameter.low) / (parameter.step ?? 1)) + 1);
				for (let n = 0; n < count; n++) {
					const value = levelAt(parameter, n);
					expect(snap(parameter, Number(value))).toBe(value);
					expect(snap(parameter, Number(value) + (parameter.step ?? 0) / 3)).toBe(value);
				}
			}),
		);
	});

	it("have no digits that steps do not have", () => {
		const parameter: Numeric = { kind: "float", key: "a", low: 0.3, high: 0.7, step: 0.05, log: false };
		const values = Array.from({ length: levelCount(parameter) }, (_, n) => levelAt(parameter, n));
		expect(values).toEqual([0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7]);
	});

	it("stop below an upper bound that is on no step", () => {
		const parameter: Numeric = { kind: "float", key: "a", low: 0, high: 1, step: 0.3, log: false };
		expect(levelCount(parameter)).toBe(4);
		expect(snap(parameter, 1)).toBe(0.9);
		expect(parseSpace({ "binary.threshold": [0, 1, 0.3] })).toEqual([
			{ ...parameter, key: `${ROOT}binary.threshold`, high: 0.9 },
		]);
	});
});

describe("points", () => {
	const space = parseSpace({
		"binary.threshold": [0, 1, 0.5],
		"binary.fill_holes": { values: [false, true] },
		"binary.remove_small_objects": [0, 3, 1],
	});

	it("are numbered, the last parameter fastest, each once", () => {
		const count = pointCount(space);
		expect(count).toBe(24);
		const points = Array.from({ length: count }, (_, n) => pointAt(space, n));
		expect(new Set(points.map(pointKey)).size).toBe(24);
		expect(points.slice(3, 5).map((point) => Object.values(point))).toEqual([
			[0, false, 3],
			[0, true, 0],
		]);
	});

	it("are drawn from all of the space", () => {
		const drawn = new Set(Array.from({ length: 2000 }, (_, n) => pointKey(drawPoint(space, sequence(n)))));
		expect(drawn.size).toBe(24);
	});
});

/** Three numbers that fill the cube evenly (Kronecker's sequence). */
function sequence(n: number): () => number {
	const roots = [Math.SQRT2, Math.sqrt(3), Math.sqrt(5)];
	let axis = 0;
	return () => (n * (roots[axis++ % 3] ?? 0)) % 1;
}
