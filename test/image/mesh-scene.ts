/**
 * Meshes of masks, and how far surfaces are from each other.
 *
 * @module
 */
import { expect } from "vitest";
import type { Zyx } from "../../src/core/shape.ts";
import { cellTriangles } from "../../src/image/cell-polygons.ts";
import { squaredDistance } from "../../src/image/point-triangle.ts";
import { SurfaceMesh } from "../../src/image/surface-mesh.ts";
import type { TriangleMesh } from "../../src/image/triangle-mesh.ts";

/**
 * The surface of a mask, x, y, z in units of `spacing`, from the centre of the first voxel. Each piece of triangles names
 * vertices that are there already.
 */
export function maskMesh(
	mask: Uint8Array,
	[depth, height, width]: Zyx,
	spacing: Zyx = [1, 1, 1],
	cases: readonly Uint8Array[] = cellTriangles(spacing),
): TriangleMesh {
	const [sz, sy, sx] = spacing;
	const [places, triangles]: [number[], number[]] = [[], []];
	const sink = {
		vertices: (halves: Float64Array) => {
			for (let i = 0; i < halves.length; i += 3) {
				const [z = 0, y = 0, x = 0] = halves.subarray(i, i + 3);
				places.push((x / 2) * sx, (y / 2) * sy, (z / 2) * sz);
			}
		},
		triangles: (indices: Uint32Array) => {
			for (const index of indices) triangles.push(index);
			expect(Math.max(...indices)).toBeLessThan(places.length / 3);
		},
	};
	const mesh = new SurfaceMesh(cases, [0, 0, 0], height, width);
	for (let z = 0; z < depth; z++) mesh.add(mask, z * height * width, sink);
	mesh.close(sink);
	return { places: Float64Array.from(places), triangles: Uint32Array.from(triangles) };
}

/** Places on the surface: all vertices, and points of each triangle, as many as its area wants (`perArea` of each unit). */
export function placesOn(
	{ places, triangles }: TriangleMesh,
	perArea: number,
): { vertices: Float64Array; spread: Float64Array } {
	const spread: number[] = [];
	let owed = 0;
	let seed = 0.5;
	for (let t = 0; t < triangles.length; t += 3) {
		const corner = (n: number) => places.subarray(3 * (triangles[t + n] ?? 0), 3 * (triangles[t + n] ?? 0) + 3);
		const [a, b, c] = [corner(0), corner(1), corner(2)];
		const u = [0, 1, 2].map((axis) => (b[axis] ?? 0) - (a[axis] ?? 0));
		const v = [0, 1, 2].map((axis) => (c[axis] ?? 0) - (a[axis] ?? 0));
		const [ux = 0, uy = 0, uz = 0] = u;
		const [vx = 0, vy = 0, vz = 0] = v;
		owed += (perArea * Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx)) / 2;
		for (; owed >= 1; owed--) {
			seed = (seed + 0.754877666) % 1; // a sequence that spreads evenly
			const other = (seed * 7.31) % 1;
			const [r, s] = seed + other > 1 ? [1 - seed, 1 - other] : [seed, other];
			for (let axis = 0; axis < 3; axis++) spread.push((a[axis] ?? 0) + r * (u[axis] ?? 0) + s * (v[axis] ?? 0));
		}
	}
	return { vertices: places, spread: Float64Array.from(spread) };
}

/** Distance of each place to the surface, by looking at all of its triangles. */
export function distancesTo({ places, triangles }: TriangleMesh, points: Float64Array): Float64Array {
	return Float64Array.from({ length: points.length / 3 }, (_, n) => {
		let least = Number.POSITIVE_INFINITY;
		for (let t = 0; t < triangles.length; t += 3) {
			const [a, b, c] = [3 * (triangles[t] ?? 0), 3 * (triangles[t + 1] ?? 0), 3 * (triangles[t + 2] ?? 0)];
			least = Math.min(least, squaredDistance(points, 3 * n, places, a, b, c));
		}
		return Math.sqrt(least);
	});
}

/** The mean and the largest of some numbers. */
export function meanAndMost(values: Float64Array): { mean: number; most: number } {
	return {
		mean: values.reduce((sum, value) => sum + value, 0) / values.length,
		most: values.reduce((a, b) => Math.max(a, b), 0),
	};
}
