/**
 * Surveys in slabs: the bits of one survey of the whole, through JSON, wherever it is cut.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasDType, type NdArray } from "../../src/core/array.ts";
import type { DType } from "../../src/core/dtype.ts";
import type { Zyx } from "../../src/core/shape.ts";
import type { Clip } from "../../src/image/resample-volume.ts";
import { joinFigures, type PartFigures } from "../../src/preprocess/part-figures.ts";
import { packFigures, packSlab, unpackFigures, unpackSlab } from "../../src/preprocess/slab-json.ts";
import {
	type Survey,
	type SurveyNeeds,
	surveySections,
	surveySlabSections,
	surveyVolume,
} from "../../src/preprocess/survey.ts";
import {
	boxInSlab,
	joinSlabs,
	measureSlab,
	type Slab,
	slabsOf,
	surveySlab,
	tellsCrop,
} from "../../src/preprocess/survey-slab.ts";
import type { VoxelSource } from "../../src/preprocess/voxel-source.ts";
import { sourceOf } from "./array-source.ts";
import { imageOf } from "./bordered-image.ts";

const bytes = 700_000;

/** `value` after it lay in a file. */
function filed<T>(value: T, pack: (value: T) => unknown, unpack: (value: unknown) => T | undefined): T {
	const back = unpack(JSON.parse(JSON.stringify(pack(value))));
	expect(back).toEqual(value);
	if (back === undefined) throw new Error("not read");
	return back;
}

/** A survey slab by slab; those in `order` first come first, and tell the later ones. */
async function inSlabs(source: VoxelSource, needs: SurveyNeeds, slabs: readonly Slab[], from: number): Promise<Survey> {
	const order = slabs.map((_, n) => (n + from) % slabs.length);
	const first = new Map<number, Awaited<ReturnType<typeof surveySlab>>>();
	let isHopeless = false;
	for (const n of order) {
		const slab = slabs[n] ?? [0, 0];
		const found = filed(await surveySlab(source, slab, needs, { bytes, isHopeless }), packSlab, unpackSlab);
		first.set(n, found);
		isHopeless ||= tellsCrop(found, slab, source.shape[0]);
	}
	const { box, survey } = joinSlabs(
		source.shape,
		needs,
		slabs.map((_, n) => first.get(n) ?? { box: undefined }),
	);
	if (survey !== undefined) return survey;
	const parts: PartFigures[] = [];
	for (const slab of slabs) {
		const part = boxInSlab(box, slab);
		if (part === undefined) continue;
		parts.push(filed(await measureSlab(source, part, needs, { bytes }), packFigures, unpackFigures));
	}
	return { version: 1, box, ...joinFigures(parts) };
}

const dtypes = fc.constantFrom<DType[]>("uint8", "int16", "uint32", "float32", "float64", "int64");
const needs: fc.Arbitrary<SurveyNeeds> = fc.record({
	figures: fc.tuple(fc.constantFrom("none", "range", "moments"), fc.constantFrom("none", "range", "moments")),
	clip: fc.constantFrom<Clip[]>("none", "volume", 0, 1, 2),
});
const margins = fc.array(fc.constantFrom(0, 0, 0, 0, 1, 3, 300), { minLength: 6, maxLength: 6 });
const shapes = fc.tuple(
	fc.integer({ min: 1, max: 12 }),
	fc.constantFrom(1, 20, 260, 530),
	fc.constantFrom(2, 17, 257, 300),
);
const chunks = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom(1, 64, 256), fc.constantFrom(1, 64, 300));
const scenes = fc.record({
	dtype: dtypes,
	shape: shapes,
	margin: margins,
	need: needs,
	chunk: chunks,
	readsChunks: fc.boolean(),
	planes: fc.integer({ min: 1, max: 6 }),
	from: fc.nat({ max: 11 }),
	seed: fc.nat(),
	isDamaged: fc.boolean(),
});

/** With NaN here and there. */
function damaged(array: NdArray): NdArray {
	if (hasDType(array, "float32")) for (let i = 7; i < array.data.length; i += 997) array.data[i] = Number.NaN;
	return array;
}

describe("a survey in slabs", () => {
	it("has the bits of one survey, for every type, crop, cut, order and need", async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async ({ dtype, shape, margin, need, chunk, readsChunks, planes, from, ...scene }) => {
				const image = imageOf(dtype, [2, ...shape], margin, scene.seed);
				const array = scene.isDamaged ? damaged(image) : image;
				const source = { ...sourceOf(array, chunk), readsChunks };
				const slabs = slabsOf(source, planes * shape[1] * shape[2]);
				const found = await inSlabs(source, need, slabs, from);
				expect(found).toEqual(await surveyVolume(source, need, { bytes }));
			}),
			{ numRuns: 80 },
		);
	});

	it("of sections has those of all of them", async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async ({ dtype, shape, margin, need, chunk, planes, seed }) => {
				const source = sourceOf(imageOf(dtype, [2, ...shape], margin, seed), chunk);
				const found: Survey[] = [];
				for (const slab of slabsOf(source, planes * shape[1] * shape[2])) {
					found.push(...(await surveySlabSections(source, slab, need, { bytes })));
				}
				expect(found).toEqual(await surveySections(source, need, { bytes }));
			}),
			{ numRuns: 40 },
		);
	});

	it("holds no more than it may, and tells how far it is", async () => {
		const source = sourceOf(imageOf("uint16", [1, 8, 600, 600], [], 1), [1, 600, 600]);
		const steps: number[] = [];
		const needed = { figures: ["moments"], clip: "none" } as const;
		await surveySlab(source, [2, 6], needed, { bytes: 600_000, onVoxels: (done) => steps.push(done) });
		expect(source.largest()).toBeLessThanOrEqual(300_000);
		expect(source.voxelsRead()).toBe(4 * 360_000);
		expect(steps.at(-1)).toBe(4 * 360_000);
	});

	it("takes no figures of slabs once it is known that the image is cropped", async () => {
		const source = sourceOf(imageOf("uint8", [1, 6, 4, 4], [1, 0], 1), [1, 4, 4]);
		const needed = { figures: ["moments"], clip: "none" } as const;
		const first = await surveySlab(source, [0, 2], needed, { bytes: 1 });
		expect(first.box).toEqual({ start: [1, 0, 0], stop: [2, 4, 4] });
		expect(first.figures).toBeUndefined();
		expect(tellsCrop(first, [0, 2], 6)).toBe(true);
		const last = await surveySlab(source, [4, 6], needed, { bytes: 1 });
		expect(last.figures).toBeDefined();
		expect(tellsCrop(last, [4, 6], 6)).toBe(false);
		expect(tellsCrop({ box: undefined }, [4, 6], 6)).toBe(true);
		expect(tellsCrop({ box: undefined }, [2, 4], 6)).toBe(false);
	});
});

describe("slabsOf", () => {
	it("cuts all planes where chunks end, about as large as asked for, whatever the machine", () => {
		fc.assert(
			fc.property(
				fc.tuple(
					fc.integer({ min: 1, max: 5000 }),
					fc.integer({ min: 1, max: 3000 }),
					fc.integer({ min: 1, max: 3000 }),
				),
				fc.integer({ min: 1, max: 600 }),
				fc.integer({ min: 1, max: 2 ** 30 }),
				(shape, depth, voxels) => {
					const chunk: Zyx = [depth, 64, 64];
					const slabs = slabsOf({ shape, chunks: chunk }, voxels);
					expect(slabs.flatMap(([from]) => from)).toEqual([0, ...slabs.slice(0, -1).map(([, to]) => to)]);
					expect(slabs.at(-1)?.[1]).toBe(shape[0]);
					const plane = shape[1] * shape[2];
					for (const [, to] of slabs.slice(0, -1)) expect(to % depth).toBe(0);
					for (const [from, to] of slabs)
						expect((to - from) * plane).toBeLessThanOrEqual(Math.max(2 * voxels, depth * plane));
				},
			),
		);
	});

	it("cuts a terabyte in thousands, and leaves what is small whole", () => {
		expect(slabsOf({ shape: [10_000, 10_000, 10_000], chunks: [64, 64, 64] })).toHaveLength(157);
		expect(slabsOf({ shape: [10_000, 10_000, 10_000], chunks: [1, 10_000, 10_000] })).toHaveLength(3334);
		expect(slabsOf({ shape: [500, 500, 500], chunks: [64, 64, 64] })).toEqual([[0, 500]]);
	});
});

it("records of slabs that are anything else are not read", () => {
	for (const value of [undefined, {}, { version: 2 }, { version: 1, box: [1, 2] }]) {
		expect(unpackSlab(value)).toBeUndefined();
		expect(unpackFigures(value)).toBeUndefined();
	}
});
