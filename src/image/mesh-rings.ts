/**
 * A closed mesh whose edges are taken away one by one: what is around a vertex, and whether an edge may go.
 *
 * Invariant: each side belongs to two triangles, which run through it in opposite ways, and the Euler characteristic stays.
 * An edge goes where its ends have two neighbours in common, those of its own triangles, and do not span a tetrahedron
 * (the link condition: Dey, Edelsbrunner, Guha and Nekhayev, "Topology preserving edge contraction", 1999).
 *
 * @module
 */
import { END, LinkedLists } from "./linked-lists.ts";
import type { TriangleMesh } from "./triangle-mesh.ts";

/** Triangles at the ends of an edge: the corners at its ends of those that stay, the numbers of those that go with it. */
export type EdgeStar = { readonly corners: number[]; readonly going: number[] };

/** The triangles of a mesh, by vertex. A corner is three times a triangle's number, and 0, 1 or 2. */
export class MeshRings {
	readonly triangles: Uint32Array;
	/** 1 for triangles that went. */
	readonly isGone: Uint8Array;
	/** Triangles that are left. */
	left: number;
	readonly #corners: LinkedLists;
	/** When a vertex was last met, and as whose neighbour: two marks a round. */
	readonly #marks: Uint32Array;
	#round = 0;

	constructor({ places, triangles }: TriangleMesh) {
		this.triangles = triangles.slice();
		this.left = triangles.length / 3;
		this.isGone = new Uint8Array(this.left);
		this.#corners = new LinkedLists(places.length / 3, triangles.length);
		this.#marks = new Uint32Array(places.length / 3);
		for (let corner = 0; corner < triangles.length; corner++) this.#corners.add(triangles[corner] ?? 0, corner);
	}

	/** The vertex at the corner `by` behind `corner` in its triangle. */
	vertex(corner: number, by: 0 | 1 | 2 = 0): number {
		const base = corner - (corner % 3);
		return this.triangles[base + ((corner - base + by) % 3)] ?? 0;
	}

	/** Calls `take` with each corner of triangles that are left at `vertex`. */
	around(vertex: number, take: (corner: number) => void): void {
		let before = END;
		for (let corner = this.#corners.first(vertex); corner !== END; corner = this.#corners.after(corner)) {
			if (this.isGone[Math.floor(corner / 3)] === 1) {
				this.#corners.remove(vertex, corner, before);
				continue;
			}
			before = corner;
			take(corner);
		}
	}

	/** The triangles at the ends of the edge from `u` to `v`, into `star`. */
	star(u: number, v: number, { corners, going }: EdgeStar): void {
		corners.length = 0;
		going.length = 0;
		this.around(u, (corner) => {
			const isOfEdge = this.vertex(corner, 1) === v || this.vertex(corner, 2) === v;
			if (isOfEdge) going.push(Math.floor(corner / 3));
			else corners.push(corner);
		});
		this.around(v, (corner) => {
			if (this.vertex(corner, 1) !== u && this.vertex(corner, 2) !== u) corners.push(corner);
		});
	}

	/** True where the edge from `u` to `v`, whose star is `star`, may go. */
	mayGo(u: number, v: number, { corners, going }: EdgeStar): boolean {
		if (going.length !== 2) return false;
		const [a, b] = going.map((triangle) => this.#third(triangle, u, v));
		return a !== b && this.#shared(u, v) === 2 && !this.#isTetrahedron(corners, a ?? 0, b ?? 0);
	}

	/** Takes the edge away: `v` becomes `u`. */
	take(u: number, v: number, { corners, going }: EdgeStar): void {
		for (const triangle of going) this.isGone[triangle] = 1;
		for (const corner of corners) this.triangles[corner] = u;
		this.#corners.join(u, v);
		this.left -= going.length;
	}

	#third(triangle: number, u: number, v: number): number {
		for (let corner = 3 * triangle; ; corner++) {
			const vertex = this.vertex(corner);
			if (vertex !== u && vertex !== v) return vertex;
		}
	}

	/** How many neighbours `u` and `v` have in common. */
	#shared(u: number, v: number): number {
		this.#round += 2;
		const [met, counted] = [this.#round, this.#round + 1];
		this.around(u, (corner) => {
			this.#marks[this.vertex(corner, 1)] = met;
		});
		let count = 0;
		this.around(v, (corner) => {
			const neighbour = this.vertex(corner, 1);
			if (this.#marks[neighbour] !== met) return;
			this.#marks[neighbour] = counted;
			count++;
		});
		return count;
	}

	/** True where both ends have a triangle with `a` and `b`: with the edge's own two these close a tetrahedron. */
	#isTetrahedron(corners: readonly number[], a: number, b: number): boolean {
		const isThere = (corner: number) => {
			const [p, q] = [this.vertex(corner, 1), this.vertex(corner, 2)];
			return (p === a && q === b) || (p === b && q === a);
		};
		return corners.filter(isThere).length > 1;
	}
}
