/**
 * A closed surface of fewer triangles: edges go one by one, the one first whose going costs least.
 *
 * Cost and new place are by quadrics (Garland and Heckbert 1997), among the places that keep the enclosed volume (Lindstrom
 * and Turk, "Fast and memory efficient polygonal simplification", 1998). Laws: what was closed stays closed, with the same
 * Euler characteristic; no triangle turns by more than 60 degrees at a time, or away from
 * where its surroundings face; the volume stays, but for rounding; the same mesh
 * gives the same result.
 *
 * @module
 */
import { EdgeHeap, type HeapEdge } from "./edge-heap.ts";
import { MeshDeviation } from "./mesh-deviation.ts";
import { type EdgeStar, MeshRings } from "./mesh-rings.ts";
import { addPlane, areaOf, bestPlace, type Equation, errorAt, QUADRIC } from "./quadrics.ts";
import { compacted, type TriangleMesh } from "./triangle-mesh.ts";

/** How far a mesh is made simpler; the first that is reached ends it. */
export type SimplifyWish = {
	/** Share of the triangles that is to be left, above 0 and up to 1. */
	readonly fraction?: number;
	/** No vertex of the mesh gets farther than this from the surface, in its unit. */
	readonly maxError?: number;
};

/** Bytes that `simplifyMesh` takes for a triangle, at most. */
export const BYTES_PER_SIMPLIFIED = 256;

/** Cosine of the most that a triangle may turn at a time, and of how far it may face from where its surroundings face. */
const LEAST_TURN = 0.5;
const LEAST_FACING = -0.1;

type Normal = { readonly nx: number; readonly ny: number; readonly nz: number };

function dot(a: Normal, b: Normal): number {
	return a.nx * b.nx + a.ny * b.ny + a.nz * b.nz;
}

/** Twice the area of a triangle over its longest side squared below which it is a sliver; one of equal sides has 0.87. */
const SLIVER = 0.02;

/** Weight of an edge's length in its cost: of edges that are alike in a plane, short ones go first. */
const LENGTH_WEIGHT = 1e-5;

/**
 * `mesh` with fewer triangles. Each side must belong to two triangles that run through it in opposite ways, as marching cubes
 * has it; pieces that cannot be made smaller stay, so that more may be left than was asked for.
 */
export function simplifyMesh(mesh: TriangleMesh, { fraction, maxError }: SimplifyWish): TriangleMesh {
	const most = fraction === undefined ? 0 : Math.max(1, Math.round((fraction * mesh.triangles.length) / 3));
	return new Simplifier(mesh, maxError).run(most);
}

class Simplifier {
	readonly #places: Float64Array;
	readonly #middle: readonly [number, number, number];
	readonly #rings: MeshRings;
	readonly #quadrics: Float64Array;
	/** How often a vertex has changed. */
	readonly #stamps: Uint32Array;
	readonly #heap = new EdgeHeap();
	readonly #deviation: MeshDeviation | undefined;
	readonly #limit: number;
	// of the edge in hand
	readonly #star: EdgeStar = { corners: [], going: [] };
	readonly #sum = new Float64Array(QUADRIC);
	readonly #centre = new Float64Array(3);
	readonly #best = new Float64Array(3);
	readonly #equation: Equation = { gx: 0, gy: 0, gz: 0, h: 0 };

	constructor(mesh: TriangleMesh, maxError: number | undefined) {
		const [x = 0, y = 0, z = 0] = mesh.places;
		this.#middle = [x, y, z];
		this.#places = mesh.places.map((place, i) => place - (this.#middle[i % 3] ?? 0)); // large coordinates cost digits
		this.#rings = new MeshRings(mesh);
		this.#quadrics = new Float64Array((QUADRIC * mesh.places.length) / 3);
		this.#stamps = new Uint32Array(mesh.places.length / 3);
		this.#deviation = maxError === undefined ? undefined : new MeshDeviation(this.#places, maxError);
		this.#limit = maxError === undefined ? Number.POSITIVE_INFINITY : maxError * maxError;
		for (let triangle = 0; triangle < this.#rings.left; triangle++) this.#addTriangle(triangle);
		this.#pushAll();
	}

	/** Takes edges away until at most so many triangles are left, or no edge may go any more. */
	run(most: number): TriangleMesh {
		const edge: HeapEdge = { cost: 0, from: 0, to: 0, stamp: 0 };
		while (this.#rings.left > most && this.#heap.pop(edge)) {
			const { from, to, stamp } = edge;
			if (stamp === this.#stampOf(from, to)) this.#tryEdge(edge);
		}
		const moved = this.#places.map((place, i) => place + (this.#middle[i % 3] ?? 0));
		return compacted(moved, this.#rings.triangles, this.#rings.isGone);
	}

	#tryEdge({ from, to, cost: known, stamp }: HeapEdge): void {
		const cost = this.#look(from, to);
		if (cost > known && cost > this.#heap.least) {
			if (Number.isFinite(cost)) this.#heap.push(cost, from, to, stamp); // what is around it has changed
			return;
		}
		if (!Number.isFinite(cost) || !this.#rings.mayGo(from, to, this.#star)) return;
		if (this.#turnsOver() || !this.#isNear(from, to)) return;
		this.#take(from, to);
	}

	/** What it costs to take an edge away; its star and the place of the new vertex are in hand then. */
	#look(u: number, v: number): number {
		this.#rings.star(u, v, this.#star);
		for (let n = 0; n < QUADRIC; n++) {
			this.#sum[n] = (this.#quadrics[QUADRIC * u + n] ?? 0) + (this.#quadrics[QUADRIC * v + n] ?? 0);
		}
		let squared = 0;
		for (let axis = 0; axis < 3; axis++) {
			const [a, b] = [this.#places[3 * u + axis] ?? 0, this.#places[3 * v + axis] ?? 0];
			this.#centre[axis] = (a + b) / 2;
			squared += (a - b) ** 2;
		}
		this.#keepVolume();
		if (!bestPlace(this.#sum, this.#centre, this.#equation, this.#best)) return Number.POSITIVE_INFINITY;
		const [x, y, z] = [this.#best[0] ?? 0, this.#best[1] ?? 0, this.#best[2] ?? 0];
		const error = errorAt(this.#sum, x, y, z);
		const area = areaOf(this.#sum);
		return error > this.#limit * area ? Number.POSITIVE_INFINITY : error + LENGTH_WEIGHT * area * squared;
	}

	/** The equation of the places with which the star encloses the volume that it did. */
	#keepVolume(): void {
		const own = this.#equation;
		own.gx = 0;
		own.gy = 0;
		own.gz = 0;
		own.h = 0;
		const triple = [0, 0, 0];
		for (const corner of this.#star.corners) {
			own.h += this.#crossBehind(corner, triple);
			own.gx += triple[0] ?? 0;
			own.gy += triple[1] ?? 0;
			own.gz += triple[2] ?? 0;
		}
		for (const triangle of this.#star.going) own.h += this.#crossBehind(3 * triangle, triple);
	}

	/** Six times the signed volume of the tetrahedron of a triangle and the origin; `out` is the product of its other vertices. */
	#crossBehind(corner: number, out: number[]): number {
		const places = this.#places;
		const [a, p, q] = [this.#rings.vertex(corner), this.#rings.vertex(corner, 1), this.#rings.vertex(corner, 2)];
		const [px, py, pz] = [places[3 * p] ?? 0, places[3 * p + 1] ?? 0, places[3 * p + 2] ?? 0];
		const [qx, qy, qz] = [places[3 * q] ?? 0, places[3 * q + 1] ?? 0, places[3 * q + 2] ?? 0];
		const [x, y, z] = [py * qz - pz * qy, pz * qx - px * qz, px * qy - py * qx];
		out[0] = x;
		out[1] = y;
		out[2] = z;
		return (places[3 * a] ?? 0) * x + (places[3 * a + 1] ?? 0) * y + (places[3 * a + 2] ?? 0) * z;
	}

	/** True where a triangle of the star would turn over, or become a sliver, with the new vertex. */
	#turnsOver(): boolean {
		const [x, y, z] = [this.#best[0] ?? 0, this.#best[1] ?? 0, this.#best[2] ?? 0];
		const facing = this.#facing();
		return this.#star.corners.some((corner) => {
			const before = this.#shapeNow(corner);
			const after = this.#shapeOf(corner, x, y, z);
			if (!(dot(before, after) > LEAST_TURN * before.area * after.area)) return true;
			if (!(dot(facing, after) > LEAST_FACING * facing.area * after.area)) return true;
			return after.area < SLIVER * after.longest && after.area * before.longest < before.area * after.longest;
		});
	}

	/** The sum of the normals of the star: where it faces. */
	#facing(): Normal & { readonly area: number } {
		let [nx, ny, nz] = [0, 0, 0];
		const add = (corner: number) => {
			const shape = this.#shapeNow(corner);
			nx += shape.nx;
			ny += shape.ny;
			nz += shape.nz;
		};
		for (const corner of this.#star.corners) add(corner);
		for (const triangle of this.#star.going) add(3 * triangle);
		return { nx, ny, nz, area: Math.sqrt(nx * nx + ny * ny + nz * nz) };
	}

	/** The shape of the triangle of `corner` as it is. */
	#shapeNow(corner: number) {
		const at = 3 * this.#rings.vertex(corner);
		return this.#shapeOf(corner, this.#places[at] ?? 0, this.#places[at + 1] ?? 0, this.#places[at + 2] ?? 0);
	}

	/** Normal and twice the area of the triangle of `corner` with that vertex at a place, and its longest side squared. */
	#shapeOf(corner: number, x: number, y: number, z: number) {
		const places = this.#places;
		const [p, q] = [3 * this.#rings.vertex(corner, 1), 3 * this.#rings.vertex(corner, 2)];
		const [ux, uy, uz] = [(places[p] ?? 0) - x, (places[p + 1] ?? 0) - y, (places[p + 2] ?? 0) - z];
		const [vx, vy, vz] = [(places[q] ?? 0) - x, (places[q + 1] ?? 0) - y, (places[q + 2] ?? 0) - z];
		const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
		const [u, v] = [ux * ux + uy * uy + uz * uz, vx * vx + vy * vy + vz * vz];
		const between = (ux - vx) ** 2 + (uy - vy) ** 2 + (uz - vz) ** 2;
		return { nx, ny, nz, area: Math.sqrt(nx * nx + ny * ny + nz * nz), longest: Math.max(u, v, between) };
	}

	/** True where the vertices of the first mesh stay near. The ends are where the new vertex is then, else where they were. */
	#isNear(u: number, v: number): boolean {
		if (this.#deviation === undefined) return true;
		const before = [this.#places.slice(3 * u, 3 * u + 3), this.#places.slice(3 * v, 3 * v + 3)] as const;
		this.#places.set(this.#best, 3 * u);
		this.#places.set(this.#best, 3 * v);
		if (this.#deviation.allows(this.#rings, this.#places, u, v, this.#star)) return true;
		this.#places.set(before[0], 3 * u);
		this.#places.set(before[1], 3 * v);
		return false;
	}

	#take(u: number, v: number): void {
		this.#rings.take(u, v, this.#star);
		this.#deviation?.take(u, v);
		this.#places.set(this.#best, 3 * u);
		this.#quadrics.set(this.#sum, QUADRIC * u);
		this.#stamps[u] = (this.#stamps[u] ?? 0) + 1;
		this.#stamps[v] = (this.#stamps[v] ?? 0) + 1;
		const neighbours: number[] = [];
		this.#rings.around(u, (corner) => neighbours.push(this.#rings.vertex(corner, 1)));
		for (const neighbour of neighbours) this.#push(u, neighbour);
	}

	#push(a: number, b: number): void {
		const [u, v] = a < b ? [a, b] : [b, a];
		const cost = this.#look(u, v);
		if (Number.isFinite(cost)) this.#heap.push(cost, u, v, this.#stampOf(u, v));
	}

	/** Every edge once. */
	#pushAll(): void {
		for (let corner = 0; corner < this.#rings.triangles.length; corner++) {
			const [u, v] = [this.#rings.vertex(corner), this.#rings.vertex(corner, 1)];
			if (u < v) this.#push(u, v);
		}
	}

	/** Grows whenever one of the two changes. */
	#stampOf(u: number, v: number): number {
		return (this.#stamps[u] ?? 0) + (this.#stamps[v] ?? 0);
	}

	/** Adds the plane of a triangle to the quadrics of its vertices. */
	#addTriangle(triangle: number): void {
		const a = 3 * this.#rings.vertex(3 * triangle);
		const [x, y, z] = [this.#places[a] ?? 0, this.#places[a + 1] ?? 0, this.#places[a + 2] ?? 0];
		const { nx, ny, nz } = this.#shapeOf(3 * triangle, x, y, z);
		for (let corner = 3 * triangle; corner < 3 * triangle + 3; corner++) {
			addPlane(this.#quadrics, QUADRIC * this.#rings.vertex(corner), [nx / 2, ny / 2, nz / 2], [x, y, z]);
		}
	}
}
