/**
 * The table of objects: equal to scikit-image's, and not dependent on how the volume was cut.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NdArray, ndarray, reshape } from "../../../src/core/array.ts";
import { asZyx, sizeOf } from "../../../src/core/shape.ts";
import { objectRow, tableOfRegions } from "../../../src/decode/objects/object-table.ts";
import { surveyObjects } from "../../../src/decode/objects/survey.ts";
import { regionStats } from "../../../src/image/region-stats.ts";
import { EXPECTED, fixture, inMemory, rowsOf, SPACING } from "./scene.ts";

const MEMORY = 1 << 30;

async function survey(labels: NdArray, slabVoxels?: number, chunks?: readonly number[]) {
	const options = { spacing: SPACING, memory: MEMORY, ...(slabVoxels === undefined ? {} : { slabVoxels }) };
	return surveyObjects({ labels: inMemory(labels, "", chunks) }, options);
}

describe("the table of objects", () => {
	it("is scikit-image's", async () => {
		const { labels, probabilities, classes } = fixture();
		const volumes = {
			labels: inMemory(labels),
			probabilities: inMemory(probabilities),
			classes: inMemory(classes),
		};
		const rows = rowsOf(await surveyObjects(volumes, { spacing: SPACING, memory: MEMORY }));
		expect(rows.map(({ id }) => id)).toEqual(EXPECTED.rows.map(({ id }) => id));
		for (const [i, expected] of EXPECTED.rows.entries()) {
			const { surfaceArea, meanProbability, centroid, centroidPhysical, volume, ...exact } = rows[i] ?? expected;
			const { surfaceArea: area, meanProbability: mean, centroid: at, centroidPhysical: place, ...rest } = expected;
			expect({ ...exact, volume: expected.volume }).toEqual(rest);
			expect(volume).toBeCloseTo(expected.volume, 9);
			expect(meanProbability).toBeCloseTo(mean, 5);
			for (const axis of [0, 1, 2]) {
				expect(centroid[axis]).toBeCloseTo(at[axis] ?? 0, 9);
				expect(centroidPhysical[axis]).toBeCloseTo(place[axis] ?? 0, 9);
			}
			// loops of more than four sides may be cut into other triangles
			expect(Math.abs(surfaceArea / area - 1), `surface of ${expected.id}`).toBeLessThan(0.015);
		}
	});

	it("tells nothing of what was not given", async () => {
		const { labels } = fixture();
		const table = await surveyObjects(
			{ labels: inMemory(labels) },
			{ spacing: SPACING, memory: MEMORY, surfaces: false },
		);
		expect(objectRow(table, 0)).toMatchObject({ id: 2n, class: null, meanProbability: null, surfaceArea: null });
	});

	it("does not depend on slabs, tiles and chunks", async () => {
		const shape = fc.tuple(
			fc.integer({ min: 1, max: 6 }),
			fc.integer({ min: 1, max: 7 }),
			fc.integer({ min: 1, max: 8 }),
		);
		const cuts = fc.record({ voxels: fc.integer({ min: 1, max: 200 }), chunk: fc.integer({ min: 1, max: 4 }) });
		await fc.assert(
			fc.asyncProperty(
				shape,
				cuts,
				fc.infiniteStream(fc.integer({ min: 0, max: 4 })),
				async (extents, { voxels, chunk }, values) => {
					const size = sizeOf(extents);
					const data = Uint32Array.from({ length: size }, () => values.next().value ?? 0);
					const labels = ndarray("uint32", extents, data);
					const chances = ndarray(
						"float32",
						extents,
						Float32Array.from(data, (label, i) => Math.sin(label + i) ** 2),
					);
					const volumes = {
						labels: inMemory(labels),
						probabilities: inMemory(chances),
						classes: inMemory(
							ndarray(
								"uint8",
								extents,
								Uint8Array.from(data, (_, i) => i % 250),
							),
						),
					};
					const options = { spacing: SPACING, memory: MEMORY };
					const whole = await surveyObjects(volumes, options);
					const small = {
						...volumes,
						labels: inMemory(
							labels,
							"",
							extents.map((e) => Math.min(e, chunk)),
						),
					};
					expect(await surveyObjects(small, { ...options, slabVoxels: voxels })).toEqual(whole);
					const regions = regionStats(data, extents, [0, 0, 0], asZyx(extents), chances.data);
					const memory = rowsOf(
						tableOfRegions(regions, { shape: asZyx(extents), spacing: SPACING, hasProbability: true }),
					);
					expect(memory.map(({ surfaceArea, class: _, ...row }) => row)).toEqual(
						rowsOf(whole).map(({ surfaceArea, class: _, ...row }) => row),
					);
				},
			),
			{ numRuns: 60 },
		);
	});

	it("takes labels of any type and size, with gaps", async () => {
		const big = 2n ** 63n + 5n;
		const data = BigUint64Array.of(0n, big, big, 3n, 2n ** 40n, 0n, 3n, 70_000_000n);
		const table = await survey(ndarray("uint64", [2, 2, 2], data), 4);
		expect([...table.ids]).toEqual([3n, 70_000_000n, 2n ** 40n, big]);
		expect([...table.voxels]).toEqual([2, 1, 1, 2]);
		const image = await survey(ndarray("int16", [2, 3], Int16Array.of(0, 1, 1, 0, 0, 9)));
		expect(rowsOf(image)).toMatchObject([
			{ id: 1, start: [0, 0, 1], stop: [1, 1, 3], touchesBorder: true },
			{ id: 9, start: [0, 1, 2], stop: [1, 2, 3] },
		]);
		const none = await survey(ndarray("uint8", [2, 2], new Uint8Array(4)));
		expect(none.count).toBe(0);
	});

	it("refuses what are no labels, and other grids", async () => {
		const refused = (array: NdArray) =>
			survey(array).then(
				() => "",
				(error: unknown) => String(error),
			);
		expect(await refused(ndarray("int8", [1, 2], Int8Array.of(0, -1)))).toMatch(/found the label -1/);
		expect(await refused(ndarray("int64", [1, 2], BigInt64Array.of(0n, -7n)))).toMatch(/found the label -7/);
		expect(await refused(ndarray("float32", [1, 2], Float32Array.of(0, 1)))).toMatch(/found float32 values/);
		const { labels, probabilities } = fixture();
		const other = inMemory(reshape(probabilities, [1, sizeOf(probabilities.shape)]));
		await expect(
			surveyObjects({ labels: inMemory(labels), probabilities: other }, { spacing: SPACING, memory: MEMORY }),
		).rejects.toMatchObject({ code: "VOLUME", message: expect.stringMatching(/expected 14x22x26 voxels/) });
		const floats = inMemory(probabilities);
		await expect(
			surveyObjects({ labels: inMemory(labels), classes: floats }, { spacing: SPACING, memory: MEMORY }),
		).rejects.toMatchObject({ code: "VOLUME", message: expect.stringMatching(/expected classes/) });
	});

	it("stops when it is told to", async () => {
		const { labels } = fixture();
		const options = { spacing: SPACING, memory: MEMORY, signal: AbortSignal.abort() };
		await expect(surveyObjects({ labels: inMemory(labels) }, options)).rejects.toMatchObject({ code: "CANCELLED" });
	});
});

describe("a channel of a volume", () => {
	const data = Float32Array.from({ length: 12 }, (_, i) => i);
	const second = (shape: number[], axes: string, channel?: number) =>
		inMemory(ndarray("float32", shape, data), axes, undefined, channel);

	it("is chosen, before or behind the axes of space", async () => {
		const box = { start: [0, 0, 0], stop: [1, 2, 3] };
		expect([...(await second([2, 1, 2, 3], "czyx", 1).read(box, {})).data]).toEqual([6, 7, 8, 9, 10, 11]);
		expect([...(await second([2, 3, 2], "yxc", 1).read(box, {})).data]).toEqual([1, 3, 5, 7, 9, 11]);
		expect(second([1, 1, 3, 4], "czyx").shape).toEqual([1, 3, 4]);
	});

	it("must be chosen where there are several, and be there", () => {
		expect(() => second([2, 1, 2, 3], "czyx")).toThrow(/has 2 channels; choose one of 0 to 1/);
		expect(() => second([2, 1, 2, 3], "czyx", 2)).toThrow(/there is no channel 2; it has 2/);
		expect(() => second([2, 2, 3], "zyx", 1)).toThrow(/there is no channel 1; it has 1/);
		expect(() => second([3, 4], "xy")).toThrow(/axes "xy" \(3x4\) are not built here/);
	});
});
