/**
 * The surface of one object as triangles, section by section: marching cubes through the middles of voxel edges.
 *
 * Vertices are shared: each is made once, by the first cell that touches it, also where sections come in pieces. The
 * surface is closed, each side belongs to exactly two triangles, and seen from outside in axes x, y, z the vertices of a
 * triangle run counterclockwise (`cell-polygons.ts`). Only vertices of the two layers in hand are remembered, so memory
 * follows from the surface in a section, not from the object.
 *
 * @module
 */
import type { Zyx } from "../core/shape.ts";
import { placeOf } from "./cell-polygons.ts";

/** Receives the surface as it is made; the arrays are reused after the call. */
export type MeshSink = {
	/** New vertices, numbered on from those before: z, y, x each, in half voxels from the centre of the volume's first voxel. */
	vertices(halves: Float64Array): void;
	/** New triangles, three numbers of vertices each. */
	triangles(indices: Uint32Array): void;
};

/** Place of every vertex within its cell, z, y, x in halves. */
const PLACES: readonly Zyx[] = Array.from({ length: 27 }, (_, place) => placeOf(place));

/** Makes the mesh of an object while the sections of its box go by. */
export class SurfaceMesh {
	readonly #cases: readonly Uint8Array[];
	readonly #origin: Zyx;
	readonly #height: number;
	readonly #width: number;
	#before: Uint8Array;
	#here: Uint8Array;
	#z = 0;
	#count = 0;
	/** Vertices in the plane of the section before, between, and in that of this one, by place. */
	#planes: [Map<number, number>, Map<number, number>, Map<number, number>] = [new Map(), new Map(), new Map()];
	readonly #vertices: number[] = [];
	readonly #triangles: number[] = [];

	/**
	 * A box of `height` by `width` voxels (y, x) whose first voxel is `origin` in the volume (z, y, x).
	 *
	 * @param cases triangles in each case of a cell (`cellTriangles`)
	 */
	constructor(cases: readonly Uint8Array[], origin: Zyx, height: number, width: number) {
		this.#cases = cases;
		this.#origin = origin;
		this.#height = height + 2;
		this.#width = width + 2;
		this.#before = new Uint8Array(this.#height * this.#width);
		this.#here = new Uint8Array(this.#height * this.#width);
	}

	/** The next section: 1 in the object, else 0; it lies in `mask` from `at` on. What is new goes to `sink`. */
	add(mask: Uint8Array, at: number, sink: MeshSink): void {
		const width = this.#width - 2;
		for (let y = 0; y < this.#height - 2; y++) {
			const row = at + y * width;
			this.#here.set(mask.subarray(row, row + width), (y + 1) * this.#width + 1);
		}
		this.#layer(sink);
	}

	/** After the last section: closes the surface. */
	close(sink: MeshSink): void {
		this.#here.fill(0);
		this.#layer(sink);
	}

	#layer(sink: MeshSink): void {
		for (let y = 0; y + 1 < this.#height; y++) this.#row(y);
		const [below, between, above] = this.#planes;
		below.clear();
		between.clear();
		this.#planes = [above, between, below];
		[this.#before, this.#here] = [this.#here, this.#before];
		this.#z += 1;
		if (this.#vertices.length > 0) sink.vertices(Float64Array.from(this.#vertices));
		if (this.#triangles.length > 0) sink.triangles(Uint32Array.from(this.#triangles));
		this.#vertices.length = 0;
		this.#triangles.length = 0;
	}

	#row(y: number): void {
		const [before, here, width] = [this.#before, this.#here, this.#width];
		const row = y * width;
		let left = 0; // the four corners at x, as bits 0, 2, 4, 6
		for (let x = 0; x < width; x++) {
			const at = row + x;
			const right =
				(before[at] ?? 0) | ((before[at + width] ?? 0) << 2) | ((here[at] ?? 0) << 4) | ((here[at + width] ?? 0) << 6);
			const inside = left | (right << 1);
			if (x > 0 && inside !== 0 && inside !== 255) this.#cell(inside, y, x - 1);
			left = right;
		}
	}

	#cell(inside: number, y: number, x: number): void {
		for (const place of this.#cases[inside] ?? []) this.#triangles.push(this.#vertex(place, y, x));
	}

	/** The number of the vertex at `place` of the cell at `y`, `x`. */
	#vertex(place: number, y: number, x: number): number {
		const [pz, py, px] = PLACES[place] ?? [0, 0, 0];
		const plane = this.#planes[pz === 0 ? 0 : pz === 1 ? 1 : 2];
		const key = (2 * y + py) * 2 * this.#width + 2 * x + px;
		const known = plane.get(key);
		if (known !== undefined) return known;
		const [oz, oy, ox] = this.#origin;
		// the frame begins one voxel before the box
		this.#vertices.push(2 * (oz + this.#z - 1) + pz, 2 * (oy + y - 1) + py, 2 * (ox + x - 1) + px);
		plane.set(key, this.#count);
		return this.#count++;
	}
}
