import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, type NdArray, zeros } from "../../src/core/array.ts";
import { boxShape } from "../../src/core/box.ts";
import { DTYPES, type DType } from "../../src/core/dtype.ts";
import { NnvolError } from "../../src/core/errors.ts";
import { type Zyx, zyx } from "../../src/core/shape.ts";
import { toFloat32 } from "../../src/image/cast.ts";
import { nonzeroBox } from "../../src/image/nonzero.ts";
import { rangesOf } from "../../src/image/resample-range.ts";
import type { Clip } from "../../src/image/resample-volume.ts";
import { statisticsOf } from "../../src/image/statistics.ts";
import { channelsOf } from "../../src/preprocess/normalise.ts";
import {
	type Survey,
	type SurveyNeeds,
	surveyNeeds,
	surveySections,
	surveyVolume,
} from "../../src/preprocess/survey.ts";
import { packSurveys, unpackSurveys } from "../../src/preprocess/survey-json.ts";
import { modelSpec } from "../model-spec.ts";
import { sourceOf } from "./array-source.ts";
import { imageOf } from "./bordered-image.ts";

/** The survey of an image in memory. */
function expected(array: NdArray, { figures, clip }: SurveyNeeds): Survey {
	const floats = toFloat32(array);
	const box = nonzeroBox(channelsOf(floats), floats.shape.slice(1));
	const part = cut(floats, { start: [0, ...box.start], stop: [array.shape[0] ?? 0, ...box.stop] });
	const size = zyx(boxShape(box));
	const channels = channelsOf(part);
	const found = channels.map((data, channel) => {
		const { min, max, ...moments } = statisticsOf(data, size);
		const need = figures[channel];
		if (need === "moments") return { moments, range: { min, max } };
		return need === "range" || clip === "volume" ? { range: { min, max } } : {};
	});
	if (clip === "none" || clip === "volume") return { version: 1, box, figures: found };
	const ranges = channels.map((data) => {
		const { low, high } = rangesOf(data, size, clip);
		return { low: [...low], high: [...high] };
	});
	return { version: 1, box, figures: found, sections: { axis: clip, channels: ranges } };
}

const dtypes = fc.constantFrom<DType[]>("uint8", "int16", "uint32", "float32", "float64", "int64", "float16");
const needs: fc.Arbitrary<SurveyNeeds> = fc.record({
	figures: fc.tuple(fc.constantFrom("none", "range", "moments"), fc.constantFrom("none", "range", "moments")),
	clip: fc.constantFrom<Clip[]>("none", "volume", 0, 1, 2),
});
const margins = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 300), { minLength: 6, maxLength: 6 });
const shapes = fc.tuple(
	fc.integer({ min: 1, max: 5 }),
	fc.constantFrom(1, 3, 20, 260, 530),
	fc.constantFrom(2, 17, 257, 300),
);
const chunks = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom(1, 64, 100, 512), fc.constantFrom(1, 64, 300));
const budgets = fc.constantFrom(1, 300_000, 2_000_000, 100_000_000);

describe("surveyVolume", () => {
	it("finds what the in-memory way finds, to the bit, for every type, crop, chunk and budget", async () => {
		await fc.assert(
			fc.asyncProperty(
				dtypes,
				shapes,
				margins,
				needs,
				chunks,
				budgets,
				fc.nat(),
				async (dtype, shape, margin, need, chunk, bytes, seed) => {
					const array = imageOf(dtype, [2, ...shape], margin, seed);
					const source = sourceOf(array, chunk);
					const progress: (readonly [number, number])[] = [];
					const found = await surveyVolume(source, need, { bytes, onProgress: (...step) => progress.push(step) });
					expect(found).toEqual(expected(array, need));
					expect(progress.at(-1)?.[0]).toBe(progress.at(-1)?.[1]);
					const smallest = 2 * 256 * 256 * DTYPES[dtype].bytes;
					expect(source.largest()).toBeLessThanOrEqual(Math.max(bytes / 2, smallest));
				},
			),
			{ numRuns: 120 },
		);
	});

	it("reads once where nothing is cropped or needed, twice where it is", async () => {
		const need = { figures: ["moments"], clip: "none" } as const;
		const read = async (margin: readonly number[], what: SurveyNeeds) => {
			const source = sourceOf(imageOf("uint8", [1, 4, 5, 6], margin, 1), [1, 5, 6]);
			await surveyVolume(source, what, { bytes: 1 });
			return source.voxelsRead();
		};
		expect(await read([], need)).toBe(120);
		expect(await read([1, 1], need)).toBe(120 + 60);
		expect(await read([1, 1], { figures: ["none"], clip: "none" })).toBe(120);
	});

	it("passes a failed read on, and stops where it is told to", async () => {
		const source = sourceOf(zeros("uint8", [1, 9, 300, 300]), [1, 300, 300]);
		const fault = new NnvolError("VOLUME", "gone");
		let reads = 0;
		const broken = {
			...source,
			read: () => (reads++ < 3 ? source.read({ start: [0, 0, 0], stop: [1, 256, 256] }) : Promise.reject(fault)),
		};
		const need = { figures: ["none"], clip: "none" } as const;
		await expect(surveyVolume(broken, need, { bytes: 1 })).rejects.toBe(fault);
		const abort = new AbortController();
		const options = { bytes: 1, signal: abort.signal, onProgress: () => abort.abort() };
		await expect(surveyVolume(source, need, options)).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
		expect(source.voxelsRead()).toBeLessThan(4 * 90_000);
	});
});

describe("surveySections", () => {
	it("surveys each section as if it were alone, whatever the budget", async () => {
		await fc.assert(
			fc.asyncProperty(
				dtypes,
				shapes,
				margins,
				needs,
				chunks,
				budgets,
				async (dtype, shape, margin, need, chunk, bytes) => {
					const array = imageOf(dtype, [2, ...shape], margin, 5);
					const found = await surveySections(sourceOf(array, chunk), need, { bytes });
					const [depth, height, width] = shape;
					const all = Array.from({ length: depth }, (_, z) => {
						const section = cut(array, { start: [0, z, 0, 0], stop: [2, z + 1, height, width] });
						const { box, ...rest } = expected(section, need);
						const at = ([, y = 0, x = 0]: readonly number[], by: number) => [z + by, y, x];
						return { ...rest, box: { start: at(box.start, 0), stop: at(box.stop, 1) } };
					});
					expect(found).toEqual(all);
				},
			),
			{ numRuns: 60 },
		);
	});

	it("tells how far it is", async () => {
		const source = sourceOf(zeros("uint8", [1, 3, 300, 300]), [1, 300, 300]);
		for (const bytes of [1, 200_000]) {
			const steps: (readonly [number, number])[] = [];
			await surveySections(
				source,
				{ figures: ["none"], clip: "none" },
				{ bytes, onProgress: (...step) => steps.push(step) },
			);
			expect(steps).toEqual([1, 2, 3].map((n) => [n * 90_000, 270_000]));
		}
	});
});

describe("surveyNeeds", () => {
	const IMAGE = { kind: "image" } as const;
	const { resampling } = modelSpec();
	const splines = (order: 0 | 1 | 2 | 3) => ({
		...resampling,
		data: {
			name: "resample_data_or_seg_to_shape",
			order,
			orderZ: 0,
			forceSeparateZ: null,
			separateZThreshold: 3,
		} as const,
	});
	const clipOf = (order: 0 | 1 | 2 | 3, spacing: Zyx | undefined, target = [1, 1, 1]) =>
		surveyNeeds(modelSpec({ resampling: splines(order), spacing: target }), IMAGE, spacing).clip;

	it("asks for what the channels' schemes need", () => {
		const normalization = [{ kind: "zscore", useMask: false }, { kind: "rgb01" }, { kind: "none" }] as const;
		const spec = modelSpec({ normalization });
		expect(surveyNeeds(spec, IMAGE, undefined)).toEqual({ figures: ["moments", "range", "none"], clip: "none" });
		expect(surveyNeeds(spec, { kind: "fixed", mean: [1], std: [1] }, undefined).figures[0]).toBe("none");
	});

	it("asks for ranges where splines of order 2 and above are clipped", () => {
		expect(clipOf(3, [2, 1, 1])).toBe("volume");
		expect(clipOf(3, [2, 9, 1])).toBe(1);
		expect(clipOf(3, [1, 1, 1])).toBe("none");
		expect(clipOf(3, undefined)).toBe("none");
		expect(clipOf(1, [2, 1, 1])).toBe("none");
		expect(clipOf(3, [5, 1, 1]), "only the axis that is resampled by itself changes").toBe("none");
		expect(
			surveyNeeds(modelSpec({ resampling: { ...resampling, data: { name: "no_resampling_hack" } } }), IMAGE, [9, 9, 9])
				.clip,
		).toBe("none");
	});
});

describe("surveys as JSON", () => {
	it("come back as they were, numbers that JSON lacks too", async () => {
		await fc.assert(
			fc.asyncProperty(needs, fc.boolean(), async (need, isDamaged) => {
				const array = toFloat32(imageOf("uint8", [2, 2, 3, 4], [], 3));
				if (isDamaged) array.data.fill(Number.NaN);
				const surveys = [await surveyVolume(sourceOf(array, [1, 1, 1]), need, { bytes: 1 })];
				const back = unpackSurveys(JSON.parse(JSON.stringify(packSurveys(surveys))));
				expect(back).toEqual(surveys);
			}),
			{ numRuns: 30 },
		);
	});

	it("are small for many sections", () => {
		const figures = [
			{ moments: { count: 1e6, mean: 127.123_456_789_012, m2: 3.123_456_789_012e9 }, range: { min: 0, max: 255 } },
		];
		const survey: Survey = { version: 1, box: { start: [99_999, 0, 0], stop: [100_000, 9999, 9999] }, figures };
		expect(JSON.stringify(packSurveys([survey])).length).toBeLessThan(120);
	});

	it("are undefined where anything else is read", () => {
		for (const value of [undefined, {}, { version: 2, surveys: [] }, { version: 1, surveys: [[[1, 2], []]] }]) {
			expect(unpackSurveys(value)).toBeUndefined();
		}
		expect(unpackSurveys({ version: 1, surveys: [] })).toEqual([]);
	});
});

// The helper above must make what it says: zero outside of its margins, something inside.
it("the images of these tests have the crop that they are made for", () => {
	const image = imageOf("float32", [1, 3, 4, 5], [1, 0, 1, 1, 2, 0], 9);
	expect(nonzeroBox(channelsOf(toFloat32(image)), [3, 4, 5])).toEqual({ start: [1, 1, 2], stop: [3, 3, 5] });
});
