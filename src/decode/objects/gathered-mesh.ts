/**
 * A mesh that is gathered in memory and made smoother or simpler before it is written.
 *
 * @module
 */
import { bytesText } from "../../core/bytes.ts";
import { NnvolError } from "../../core/errors.ts";
import { BYTES_PER_SIMPLIFIED, type SimplifyWish, simplifyMesh } from "../../image/simplify-mesh.ts";
import { smoothMesh } from "../../image/smooth-mesh.ts";
import type { TriangleMesh } from "../../image/triangle-mesh.ts";
import { float64s, grown, uint32s } from "./grown.ts";
import type { MeshFile } from "./mesh-file.ts";

/** What is made of a mesh; `maxError` is in the mesh's unit. */
export type MeshRefinement = SimplifyWish & {
	/** Rounds of smoothing, before it is made simpler. */
	readonly smooth?: number;
};

/** Memory of the process itself, and the share of the rest that one mesh may take. */
const OWN_BYTES = 160 << 20;
const SHARE = 0.6;

/** Vertices and triangles that are given to a file at once. */
const PIECE = 1 << 15;

/** True where a mesh is not written as it is. */
export function isRefined({ smooth = 0, fraction, maxError }: MeshRefinement): boolean {
	return smooth > 0 || fraction !== undefined || maxError !== undefined;
}

/** Takes a mesh as it is made. */
export class GatheredMesh {
	readonly #most: number;
	readonly #name: string;
	#places = new Float64Array(3 << 10);
	#triangles = new Uint32Array(3 << 10);
	#placesUsed = 0;
	#trianglesUsed = 0;

	/** @param name of the object, in errors */
	constructor(name: string, memory: number) {
		this.#name = name;
		this.#most = Math.max(1 << 16, Math.floor((SHARE * (memory - OWN_BYTES)) / BYTES_PER_SIMPLIFIED));
	}

	/** x, y, z each. */
	vertices(places: Float64Array): void {
		this.#places = grown(this.#places, this.#placesUsed + places.length, float64s);
		this.#places.set(places, this.#placesUsed);
		this.#placesUsed += places.length;
	}

	/** Three numbers of vertices each. @throws CONFIG where there are more than memory holds */
	triangles(indices: Uint32Array): void {
		this.#triangles = grown(this.#triangles, this.#trianglesUsed + indices.length, uint32s);
		this.#triangles.set(indices, this.#trianglesUsed);
		this.#trianglesUsed += indices.length;
		if (this.#trianglesUsed / 3 > this.#most) throw this.#tooLarge();
	}

	/** The mesh, smoothed and simplified. */
	refined({ smooth = 0, ...wish }: MeshRefinement): TriangleMesh {
		const own = {
			places: this.#places.slice(0, this.#placesUsed),
			triangles: this.#triangles.slice(0, this.#trianglesUsed),
		};
		const smoothed = smooth > 0 ? smoothMesh(own, smooth) : own;
		return wish.fraction === undefined && wish.maxError === undefined ? smoothed : simplifyMesh(smoothed, wish);
	}

	#tooLarge(): NnvolError {
		const text = `${this.#name}: its surface has more than ${this.#most} triangles, and to make it simpler takes ${bytesText(BYTES_PER_SIMPLIFIED)} each; raise --memory, or mesh a coarser scale`;
		return new NnvolError("CONFIG", text, { fields: { triangles: this.#most } });
	}
}

/** Gives a mesh to a file, piece by piece. @throws VOLUME */
export async function writeGathered({ places, triangles }: TriangleMesh, file: MeshFile): Promise<void> {
	for (let at = 0; at < places.length; at += 3 * PIECE) {
		file.vertices(places.subarray(at, at + 3 * PIECE));
		await file.flush();
	}
	for (let at = 0; at < triangles.length; at += 3 * PIECE) {
		file.triangles(triangles.subarray(at, at + 3 * PIECE));
		await file.flush();
	}
}
