/**
 * How far a mesh that is made simpler gets from what it was: each vertex of the first stays near the triangles around the
 * vertex that stands for it.
 *
 * Law: where every change was allowed, no vertex of the first mesh is farther than the limit from the surface that is left.
 *
 * @module
 */
import { END, LinkedLists } from "./linked-lists.ts";
import type { EdgeStar, MeshRings } from "./mesh-rings.ts";
import { squaredDistance } from "./point-triangle.ts";

/** The vertices that a mesh had at first, each with the vertex that stands for it. */
export class MeshDeviation {
	readonly #points: Float64Array;
	readonly #limit: number;
	readonly #lists: LinkedLists;

	/** Of `places` (x, y, z each) as they are now; `limit` is in their unit. */
	constructor(places: Float64Array, limit: number) {
		this.#points = places.slice();
		this.#limit = limit * limit;
		this.#lists = new LinkedLists(places.length / 3, places.length / 3);
		for (let vertex = 0; vertex < places.length / 3; vertex++) this.#lists.add(vertex, vertex);
	}

	/**
	 * True where all stay near when the edge from `u` to `v` goes. `places` has both ends where they are to be, and `star`
	 * the triangles around them.
	 */
	allows(rings: MeshRings, places: Float64Array, u: number, v: number, star: EdgeStar): boolean {
		const near = (vertex: number, corners: readonly number[]) => this.#areNear(vertex, rings, places, corners);
		if (!near(u, star.corners) || !near(v, star.corners)) return false;
		const seen = new Set<number>([u, v]);
		for (const corner of star.corners) {
			for (const by of [1, 2] as const) {
				const vertex = rings.vertex(corner, by);
				if (seen.has(vertex)) continue;
				seen.add(vertex);
				const own: number[] = [];
				rings.around(vertex, (each) => {
					if (!star.going.includes(Math.floor(each / 3))) own.push(each);
				});
				if (!near(vertex, own)) return false;
			}
		}
		return true;
	}

	/** The vertices that `v` stood for are `u`'s. */
	take(u: number, v: number): void {
		this.#lists.join(u, v);
	}

	/** True where every point of `vertex` is within the limit of one of these triangles. */
	#areNear(vertex: number, rings: MeshRings, places: Float64Array, corners: readonly number[]): boolean {
		for (let point = this.#lists.first(vertex); point !== END; point = this.#lists.after(point)) {
			const isNear = (corner: number) => {
				const [a, b, c] = [rings.vertex(corner), rings.vertex(corner, 1), rings.vertex(corner, 2)];
				return squaredDistance(this.#points, 3 * point, places, 3 * a, 3 * b, 3 * c) <= this.#limit;
			};
			if (!corners.some(isNear)) return false;
		}
		return true;
	}
}
