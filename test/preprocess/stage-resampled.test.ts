import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, copyBox, cut, type NdArray, ndarray, zeros } from "../../src/core/array.ts";
import { boxShape, wholeBox } from "../../src/core/box.ts";
import { NnvolError } from "../../src/core/errors.ts";
import { type Shape, sizeOf, type Zyx, zyx } from "../../src/core/shape.ts";
import { toFloat32 } from "../../src/image/cast.ts";
import type { Resampling, SplineOrder, TorchMode, TorchResampling } from "../../src/model/spec.ts";
import { channelsOf } from "../../src/preprocess/normalise.ts";
import { resampleData } from "../../src/preprocess/resample.ts";
import { applyScale, type ChannelScale } from "../../src/preprocess/scale.ts";
import { type StageJob, stageResampled } from "../../src/preprocess/stage-resampled.ts";
import type { StagedArray, StageMaker } from "../../src/preprocess/staged.ts";
import { surveyNeeds, surveyVolume } from "../../src/preprocess/survey.ts";
import { modelSpec } from "../model-spec.ts";
import { sourceOf } from "./array-source.ts";
import { arrayOf } from "./resample-fixture.ts";

const UNIT: Zyx = [1, 1, 1];

/** Staged arrays in memory that insist on whole chunks, each written once. */
function memoryStages() {
	const left = new Map<string, NdArray<"float32">>();
	let largest = 0;
	const make: StageMaker = async (name, shape, chunks) => {
		expect(left.has(name), "every name once").toBe(false);
		const array = zeros("float32", shape);
		const times = zeros("uint8", shape);
		left.set(name, array);
		const staged: StagedArray = {
			shape,
			async write(start, part) {
				const stop = start.map((at, axis) => at + (part.shape[axis] ?? 0));
				const isWhole = chunks.every((chunk, axis) => {
					const last = stop[axis] ?? 0;
					return (start[axis] ?? 0) % chunk === 0 && (last % chunk === 0 || last === shape[axis]);
				});
				expect(isWhole, `whole chunks of ${chunks}: ${start} to ${stop} of ${shape}`).toBe(true);
				expect(cut(times, { start, stop }).data.every((n) => n === 0)).toBe(true);
				copyBox(
					ndarray("uint8", part.shape, new Uint8Array(part.data.length).fill(1)),
					wholeBox(part.shape),
					times,
					start,
				);
				largest = Math.max(largest, part.data.byteLength);
				await new Promise((resolve) => setImmediate(resolve));
				copyBox(part, wholeBox(part.shape), array, start);
			},
			async read(box) {
				expect(
					times.data.every((n) => n === 1),
					"read when it is whole",
				).toBe(true);
				largest = Math.max(largest, 4 * sizeOf(boxShape(box)));
				return cut(array, box);
			},
			close: async () => undefined,
			remove: async () => {
				left.delete(name);
			},
		};
		return staged;
	};
	return { make, left, largest: () => largest };
}

/** Normalised and resampled in memory. */
function expected({ scales, change, how }: StageJob, image: NdArray): NdArray<"float32"> {
	const floats = ndarray("float32", image.shape, toFloat32(image).data.slice());
	for (const [channel, values] of channelsOf(floats).entries()) applyScale(values, scales[channel] ?? { kind: "none" });
	return resampleData(floats, change.toShape, change.spacing, change.toSpacing, how);
}

const orders = fc.constantFrom<SplineOrder>(0, 1, 2, 3, 5);
const modes = fc.constantFrom<TorchMode>("linear", "nearest", "nearest-exact");
const when = { forceSeparateZ: fc.constantFrom(null, true, false), separateZThreshold: fc.constantFrom(1, 3) };
const hows: fc.Arbitrary<Resampling> = fc.oneof(
	{
		weight: 3,
		arbitrary: fc.record({
			name: fc.constant("resample_data_or_seg_to_shape" as const),
			order: orders,
			orderZ: orders,
			...when,
		}),
	},
	fc.record<TorchResampling>({
		name: fc.constantFrom("resample_torch_fornnunet" as const, "resample_torch_simple" as const),
		mode: modes,
		modeZ: modes,
		memoryEfficient: fc.constant(false),
		...when,
	}),
	fc.constant({ name: "no_resampling_hack" } as const),
);
const extent = fc.integer({ min: 1, max: 14 });
const extents = fc.tuple(extent, extent, extent);
const spacing = fc.constantFrom(1, 1.5, 5);
const spacings = fc.tuple(spacing, spacing, spacing);
const scale: fc.Arbitrary<ChannelScale> = fc.constantFrom<ChannelScale[]>(
	{ kind: "none" },
	{ kind: "scale", subtract: 1.7, divide: 3.1 },
	{ kind: "scale", clip: { lower: 0.3, upper: 40.6 }, subtract: 0.3, divide: 1e-8 },
);

/** The job of an image that lies in the middle of a larger source, surveyed. */
async function jobOf(
	image: NdArray,
	pad: Zyx,
	chunks: Zyx,
	scales: readonly ChannelScale[],
	toShape: Zyx,
	spacings: readonly [Zyx, Zyx],
	how: Resampling,
): Promise<StageJob> {
	const shape = zyx(image.shape.slice(1));
	const around = zeros(image.dtype, [image.shape[0] ?? 0, ...shape.map((n, axis) => n + 2 * (pad[axis] ?? 0))]);
	copyBox(image, wholeBox(image.shape), around, [0, ...pad]);
	const box = { start: pad, stop: pad.map((at, axis) => at + (shape[axis] ?? 0)) };
	const [from, to] = spacings;
	const spec = modelSpec({
		spacing: to,
		resampling: { ...modelSpec().resampling, data: how },
		normalization: scales.map(() => ({ kind: "none" })),
	});
	const needs = surveyNeeds(spec, { kind: "image" }, from);
	const survey = await surveyVolume(sourceOf(image, chunks), needs, { bytes: 1 });
	return {
		source: sourceOf(around, chunks),
		box,
		scales,
		change: { shape, toShape, spacing: from, toSpacing: to },
		how,
		survey,
	};
}

describe("stageResampled", () => {
	it("has the bits of normalising and resampling in memory, for any budget and chunks", async () => {
		const dtypes = fc.constantFrom<["uint8", "int16", "float32"]>("uint8", "int16", "float32");
		await fc.assert(
			fc.asyncProperty(
				fc.record({ dtype: dtypes, shape: extents, toShape: extents, from: spacings, to: spacings, how: hows }),
				fc.tuple(scale, scale),
				fc.constantFrom(1, 3000, 20_000, 1_000_000),
				fc.record({
					chunks: extents,
					last: fc.option(extents, { nil: undefined }),
					pad: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)),
				}),
				async ({ dtype, shape, toShape, from, to, how }, scales, bytes, { chunks, last, pad }) => {
					const drawn = arrayOf(11, [2, ...shape]).data.map((value) => value * 50 + 1);
					const data =
						dtype === "float32" ? drawn : dtype === "uint8" ? Uint8Array.from(drawn) : Int16Array.from(drawn);
					// Something not zero at both ends: the survey's crop is the whole image.
					data[0] = 7;
					data[data.length - 1] = 9;
					const image: NdArray = { dtype, shape: [2, ...shape], data };
					const job = await jobOf(image, pad, chunks, scales, toShape, [changeAll(from, to, shape, toShape), to], how);
					const { make, left } = memoryStages();
					const steps: (readonly [number, number])[] = [];
					const options = {
						bytes,
						onProgress: (...step: [number, number]) => steps.push(step),
						...(last === undefined ? {} : { chunks: last }),
					};
					const staged = await stageResampled(job, make, options);
					const whole = expected(job, image);
					expect(staged.shape).toEqual(whole.shape);
					const found = await staged.read(wholeBox(staged.shape));
					expect(Buffer.from(bytesOf(found)).equals(bytesOf(whole))).toBe(true);
					expect([...left.keys()], "nothing but the result is left").toEqual(["network"]);
					expect(steps.at(-1)?.[0]).toBe(steps.at(-1)?.[1]);
				},
			),
			{ numRuns: 300 },
		);
	});

	it("holds blocks that fit its memory", async () => {
		const image = arrayOf(3, [1, 40, 48, 56]);
		const how = {
			name: "resample_data_or_seg_to_shape",
			order: 3,
			orderZ: 0,
			forceSeparateZ: null,
			separateZThreshold: 3,
		} as const;
		const job = await jobOf(
			image,
			[0, 0, 0],
			[8, 16, 16],
			[{ kind: "none" }],
			[50, 60, 70],
			[[1.25, 1.25, 1.25], UNIT],
			how,
		);
		const whole = expected(job, image);
		for (const bytes of [20_000, 100_000, 400_000]) {
			const { make, largest } = memoryStages();
			const staged = await stageResampled(job, make, { bytes });
			expect(largest()).toBeLessThanOrEqual(bytes / 4);
			expect(Buffer.from(bytesOf(await staged.read(wholeBox(staged.shape)))).equals(bytesOf(whole))).toBe(true);
		}
	});

	it("removes what it made where it fails or is told to stop", async () => {
		const image = arrayOf(3, [1, 9, 10, 11]);
		const how = {
			name: "resample_data_or_seg_to_shape",
			order: 1,
			orderZ: 0,
			forceSeparateZ: null,
			separateZThreshold: 3,
		} as const;
		const job = await jobOf(
			image,
			[0, 0, 0],
			[1, 4, 4],
			[{ kind: "none" }],
			[12, 13, 14],
			[[1.5, 1.5, 1.5], UNIT],
			how,
		);
		const { make, left } = memoryStages();
		const fault = new NnvolError("VOLUME", "full");
		let writes = 0;
		const failing: StageMaker = async (name, shape, chunks) => {
			const staged = await make(name, shape, chunks);
			return {
				...staged,
				write: (start, part) => (writes++ === 200 ? Promise.reject(fault) : staged.write(start, part)),
			};
		};
		await expect(stageResampled(job, failing, { bytes: 1 })).rejects.toBe(fault);
		expect(left.size).toBe(0);
		const abort = new AbortController();
		const options = { bytes: 1, signal: abort.signal, onProgress: () => abort.abort() };
		await expect(stageResampled(job, make, options)).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
		expect(left.size).toBe(0);
	});

	it("refuses to clip to ranges that were not taken", async () => {
		const image = arrayOf(3, [1, 3, 4, 5]);
		const how = {
			name: "resample_data_or_seg_to_shape",
			order: 3,
			orderZ: 0,
			forceSeparateZ: null,
			separateZThreshold: 3,
		} as const;
		const job = await jobOf(image, [0, 0, 0], [1, 4, 4], [{ kind: "none" }], [6, 8, 10], [[2, 2, 2], UNIT], how);
		const broken = { ...job, survey: { figures: [{}] } };
		await expect(stageResampled(broken, memoryStages().make, { bytes: 1 })).rejects.toThrow(/were not taken/);
	});
});

/** Spacings that differ wherever extents do: a survey is told spacings, not what they come to. */
function changeAll(from: Zyx, to: Zyx, shape: Shape, toShape: Shape): Zyx {
	return zyx(from.map((value, axis) => (shape[axis] !== toShape[axis] && value === to[axis] ? value * 1.25 : value)));
}
