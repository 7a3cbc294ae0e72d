import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asZyx, type Zyx } from "../../src/core/shape.ts";
import { hideFaces, mergeRegions, type RegionTable, regionStats, slotOf } from "../../src/image/region-stats.ts";
import { objectCases } from "./kernel-fixture.ts";

const ORIGIN: Zyx = [0, 0, 0];

/** Labels in a box of a few voxels, with values and classes. */
const scenes = fc
	.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 }))
	.chain(([depth, height, width]) => {
		const length = depth * height * width;
		const exactly = { minLength: length, maxLength: length };
		return fc.record({
			shape: fc.constant<Zyx>([depth, height, width]),
			labels: fc.array(fc.constantFrom(0, 1, 2, 7, 4_000_000_000), exactly).map((all) => Uint32Array.from(all)),
			values: fc.float32Array({ ...exactly, min: 0, max: 1, noNaN: true }),
			classes: fc.uint8Array({ ...exactly, max: 3 }),
			cut: fc.integer({ min: 0, max: depth }),
		});
	});

describe("regionStats", () => {
	it("measures a block of two sections and a lone voxel", () => {
		// two sections of 3x4
		const labels = Uint32Array.of(0, 5, 5, 0, 0, 5, 5, 0, 0, 0, 0, 9, 0, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0);
		const classes = Uint8Array.from(labels, (label) => (label === 9 ? 2 : 1));
		const values = new Float32Array(24).fill(0.25);
		const table = regionStats(labels, [2, 3, 4], [10, 20, 30], [100, 100, 34], values, classes);
		expect([...table.ids]).toEqual([5, 9]);
		expect([...table.voxels]).toEqual([6, 1]);
		expect([...table.boxes]).toEqual([10, 20, 31, 12, 22, 33, 10, 22, 33, 11, 23, 34]);
		expect([...table.sums]).toEqual([62, 122, 189, 10, 22, 33]);
		expect([...table.values]).toEqual([1.5, 0.25]);
		expect([...table.faces]).toEqual([8, 8, 6, 2, 2, 2]);
		expect([...table.touchesBorder]).toEqual([0, 1]);
		expect([...table.classes]).toEqual([1, 2]);
		expect([...table.firsts]).toEqual([(10 * 100 + 20) * 34 + 31, (10 * 100 + 22) * 34 + 33]);
	});

	it.each(objectCases)("measures labels of $shape as skimage does", ({ shape, renumbered, regions }) => {
		const table = regionStats(Uint32Array.from(renumbered), shape, ORIGIN, asZyx(shape));
		const axes = shape.map((_, i) => 3 - shape.length + i);
		const entries = [...table.ids].map((id, i) => ({
			id,
			voxels: table.voxels[i],
			box: [0, 3].flatMap((stop) => axes.map((axis) => table.boxes[6 * i + stop + axis])),
			centroid: axes.map((axis) => (table.sums[3 * i + axis] ?? 0) / (table.voxels[i] ?? 0)),
		}));
		expect(entries).toEqual(regions);
	});

	it("counts each voxel by itself, as a plain loop over them does", () => {
		fc.assert(
			fc.property(scenes, ({ shape, labels, values, classes }) => {
				expect(entriesOf(regionStats(labels, shape, ORIGIN, shape, values, classes))).toEqual(
					plain(shape, labels, values, classes),
				);
			}),
		);
	});

	it("of two parts, merged, is that of the whole, once the faces between are hidden", () => {
		fc.assert(
			fc.property(scenes, ({ shape, labels, values, classes, cut }) => {
				const [depth, height, width] = shape;
				const plane = height * width;
				const parts = [
					[0, cut],
					[cut, depth],
				].map(([from = 0, to = 0]) => {
					const range = [from * plane, to * plane] as const;
					return regionStats(
						labels.subarray(...range),
						[to - from, height, width],
						[from, 0, 0],
						shape,
						values.subarray(...range),
						classes.subarray(...range),
					);
				});
				const merged = mergeRegions(parts.toReversed());
				for (let at = cut * plane; cut > 0 && at < (cut + 1) * plane; at++) {
					const label = labels[at] ?? 0;
					if (label === labels[at - plane]) hideFaces(merged, label, 0, 2);
				}
				expect(merged).toEqual(regionStats(labels, shape, ORIGIN, shape, values, classes));
			}),
		);
	});

	it("refuses arrays and boxes that do not fit", () => {
		const labels = new Uint32Array(6);
		expect(() => regionStats(labels, [2, 2], ORIGIN, [1, 2, 2])).toThrow(/1x2x2/);
		expect(() => regionStats(labels, [2, 3], ORIGIN, [1, 2, 3], new Float32Array(5))).toThrow(/5 voxels/);
		expect(() => regionStats(labels, [2, 3], [0, 1, 0], [1, 2, 3])).toThrow(/does not lie/);
	});
});

describe("mergeRegions", () => {
	it("gives new ids, makes one of equal ones, drops 0, refuses ids that the map lacks", () => {
		const table = regionStats(Uint32Array.of(1, 0, 2, 3), [4], ORIGIN, [1, 1, 4]);
		const merged = mergeRegions(table, Uint32Array.of(0, 6, 0, 6));
		expect([...merged.ids]).toEqual([6]);
		expect([...merged.voxels]).toEqual([2]);
		expect([...merged.boxes]).toEqual([0, 0, 0, 1, 1, 4]);
		expect([...merged.firsts]).toEqual([0]);
		expect(slotOf(merged, 6)).toBe(0);
		expect(slotOf(merged, 5)).toBe(-1);
		expect(() => mergeRegions(table, Uint32Array.of(0, 6, 0))).toThrow(/none for 3/);
	});
});

type Entry = Record<string, number | readonly number[]>;

function entriesOf(table: RegionTable): Record<number, Entry> {
	const entries: Record<number, Entry> = {};
	for (const [i, id] of table.ids.entries()) {
		entries[id] = {
			voxels: table.voxels[i] ?? 0,
			box: [...table.boxes.subarray(6 * i, 6 * i + 6)],
			sums: [...table.sums.subarray(3 * i, 3 * i + 3)],
			value: Number(table.values[i]?.toFixed(4)),
			faces: [...table.faces.subarray(3 * i, 3 * i + 3)],
			border: table.touchesBorder[i] ?? 0,
			class: table.classes[i] ?? 0,
			first: table.firsts[i] ?? 0,
		};
	}
	return entries;
}

function plain(shape: Zyx, labels: Uint32Array, values: Float32Array, classes: Uint8Array): Record<number, Entry> {
	const [depth, height, width] = shape;
	const at = ([z, y, x]: readonly number[]) => ((z ?? 0) * height + (y ?? 0)) * width + (x ?? 0);
	const isInside = (place: readonly number[]) => place.every((v, axis) => v >= 0 && v < (shape[axis] ?? 0));
	const places = Array.from({ length: depth * height * width }, (_, i) => [
		Math.floor(i / (height * width)),
		Math.floor(i / width) % height,
		i % width,
	]);
	const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
	const entries: Record<number, Entry> = {};
	for (const id of new Set(labels)) {
		if (id === 0) continue;
		const own = places.filter((place) => labels[at(place)] === id);
		const axes = [0, 1, 2];
		const exposed = (axis: number) =>
			sum(
				own.flatMap((place) =>
					[-1, 1].map((step) => {
						const other = place.map((v, a) => (a === axis ? v + step : v));
						return isInside(other) && labels[at(other)] === id ? 0 : 1;
					}),
				),
			);
		entries[id] = {
			voxels: own.length,
			box: [
				...axes.map((axis) => Math.min(...own.map((place) => place[axis] ?? 0))),
				...axes.map((axis) => Math.max(...own.map((place) => place[axis] ?? 0)) + 1),
			],
			sums: axes.map((axis) => sum(own.map((place) => place[axis] ?? 0))),
			value: Number(sum(own.map((place) => Math.round((values[at(place)] ?? 0) * 2 ** 20) / 2 ** 20)).toFixed(4)),
			faces: axes.map(exposed),
			border: own.some((place) =>
				axes.some((axis) => (shape[axis] ?? 0) > 1 && (place[axis] === 0 || place[axis] === (shape[axis] ?? 0) - 1)),
			)
				? 1
				: 0,
			class: classes[at(own[0] ?? [])] ?? 0,
			first: at(own[0] ?? []),
		};
	}
	return entries;
}
