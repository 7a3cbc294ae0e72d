/**
 * Surfaces by marching cubes: closed, turned outwards, holding the object, of the area that is summed without a mesh.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Zyx } from "../../src/core/shape.ts";
import { cellAreas, cellTriangles } from "../../src/image/cell-polygons.ts";
import { SurfaceAreas, steppedAreas } from "../../src/image/surface-area.ts";
import { surfaceFacts } from "../decode/objects/scene.ts";
import { maskMesh } from "./mesh-scene.ts";

const SPACING: Zyx = [3, 1, 0.5];

/** Triangles in a cell, by the spacing along z, made once. */
const CASES = new Map<number, readonly Uint8Array[]>();
const AREAS = steppedAreas(SPACING);

/** The mesh of a mask. */
function meshOf(mask: Uint8Array, shape: Zyx, spacing: Zyx = [1, 1, 1]) {
	const cases = CASES.get(spacing[0]) ?? cellTriangles(spacing);
	CASES.set(spacing[0], cases);
	const { places, triangles } = maskMesh(mask, shape, spacing, cases);
	return { places: [...places], triangles: [...triangles] };
}

/** Surface of each label, in one tile. */
function areasOf(labels: Uint32Array, [depth, height, width]: Zyx): Float64Array {
	const sums = new Float64Array(8);
	const frame = { height, width, afterRow: false, afterColumn: false, endsRows: true, endsColumns: true };
	const areas = new SurfaceAreas(frame, AREAS);
	for (let z = 0; z < depth; z++) areas.add(labels, z * height * width, sums);
	areas.close(sums);
	return sums;
}

/** 1 in a ball of `radius` in the middle of a cube. */
function ball(radius: number): { mask: Uint8Array; shape: Zyx; voxels: number } {
	const extent = 2 * Math.ceil(radius) + 1;
	const middle = (extent - 1) / 2;
	const mask = Uint8Array.from({ length: extent ** 3 }, (_, i) => {
		const [z, y, x] = [Math.floor(i / extent ** 2), Math.floor(i / extent) % extent, i % extent];
		return Math.hypot(z - middle, y - middle, x - middle) <= radius ? 1 : 0;
	});
	return { mask, shape: [extent, extent, extent], voxels: mask.reduce((a, b) => a + b) };
}

describe("the 256 cases of a cell", () => {
	it("draw one vertex on each edge between in and out, and no other", () => {
		const cases = cellTriangles(SPACING);
		for (const [inside, places] of cases.entries()) {
			const crossed = new Set<number>();
			for (const [bit, step] of [
				[1, 1],
				[2, 3],
				[4, 9],
			] as const) {
				for (let corner = 0; corner < 8; corner++) {
					if ((corner & bit) !== 0 || ((inside >> corner) & 1) === ((inside >> (corner | bit)) & 1)) continue;
					crossed.add(((corner >> 2) & 1) * 18 + ((corner >> 1) & 1) * 6 + (corner & 1) * 2 + step);
				}
			}
			expect(new Set(places)).toEqual(crossed);
		}
		expect([cases[0], cases[255]]).toEqual([new Uint8Array(), new Uint8Array()]);
	});

	it("have the areas of their triangles", () => {
		const areas = cellAreas([1, 1, 1]);
		// a corner cut off; an edge cut off; a half
		expect(areas[1]).toBeCloseTo(Math.sqrt(3) / 8, 12);
		expect(areas[3]).toBeCloseTo(Math.SQRT1_2, 12);
		expect(areas[15]).toBe(1);
		expect(cellAreas(SPACING)[15]).toBe(0.5);
		for (const [inside, area] of steppedAreas(SPACING).entries()) {
			expect(area).toBeCloseTo(cellAreas(SPACING)[inside] ?? 0, 6);
		}
	});
});

describe("the mesh of a mask", () => {
	it("is a closed ball for a ball, of about its volume", () => {
		for (const radius of [0.5, 1, 2.2, 4, 7.3, 10]) {
			const { mask, shape, voxels } = ball(radius);
			const facts = surfaceFacts(meshOf(mask, shape));
			expect(facts).toMatchObject({ isClosed: true, euler: 2, used: facts.vertices });
			if (radius > 7) expect(Math.abs(facts.volume / voxels - 1)).toBeLessThan(0.03);
			if (radius > 7) expect(Math.abs(facts.area / (4 * Math.PI * radius ** 2) - 1)).toBeLessThan(0.1);
		}
	});

	it("is a ring for a ring, and two for voxels that meet across an edge", () => {
		const ring = Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1);
		expect(surfaceFacts(meshOf(ring, [1, 3, 3]))).toMatchObject({ isClosed: true, euler: 0 });
		const diagonal = Uint8Array.of(1, 0, 0, 1);
		expect(surfaceFacts(meshOf(diagonal, [1, 2, 2]))).toMatchObject({ isClosed: true, euler: 4 });
		expect(surfaceFacts(meshOf(diagonal, [2, 1, 2]))).toMatchObject({ isClosed: true, euler: 4 });
	});

	it("is closed for any mask, turned outwards, and has the area that is summed", () => {
		const extents = fc.tuple(...[5, 5, 6].map((max) => fc.integer({ min: 1, max })));
		fc.assert(
			fc.property(
				extents,
				fc.integer({ min: 1, max: 9 }),
				fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
				(shape, often, values) => {
					const [depth = 1, height = 1, width = 1] = shape;
					const mask = Uint8Array.from({ length: depth * height * width }, () =>
						(values.next().value ?? 0) < often ? 1 : 0,
					);
					const facts = surfaceFacts(meshOf(mask, [depth, height, width], SPACING));
					expect(facts).toMatchObject({ isClosed: true, used: facts.vertices });
					const voxels = mask.reduce((a, b) => a + b);
					expect(Math.sign(facts.volume)).toBe(Math.sign(voxels));
					const summed = areasOf(Uint32Array.from(mask), [depth, height, width])[1];
					expect(facts.area).toBeCloseTo(summed ?? 0, 4);
				},
			),
		);
	});
});

describe("surfaces of many objects", () => {
	it("are those of each alone", () => {
		const shape: Zyx = [4, 5, 6];
		const values = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 120, maxLength: 120 });
		fc.assert(
			fc.property(values, (labels) => {
				const all = areasOf(Uint32Array.from(labels), shape);
				for (const label of [1, 2, 3, 4]) {
					const alone = Uint32Array.from(labels, (found) => (found === label ? 1 : 0));
					expect(all[label]).toBe(areasOf(alone, shape)[1]);
				}
			}),
		);
	});
});
