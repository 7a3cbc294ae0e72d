/**
 * What is asked of a thread that finds the components of a slab, and what it answers.
 *
 * @module
 */
import type { Shape } from "../core/shape.ts";
import type { Connectivity } from "./runs.ts";

export type SlabRequest =
	/** Find the components of a mask of `shape`, of which `face` voxels lie beside the slab before, and beside the next. */
	| {
			readonly kind: "find";
			readonly mask: Uint8Array;
			readonly shape: Shape;
			readonly connectivity: Connectivity;
			readonly face: number;
	  }
	/** Write them to `out` under the numbers of `map`. Ends the work on the slab. */
	| { readonly kind: "paint"; readonly map: Uint32Array; readonly out: Uint32Array };

/** Of a slab: objects are numbered from 1 in the order of their first voxel. */
export type SlabObjects = {
	readonly kind: "found";
	readonly count: number;
	readonly sizes: Uint32Array;
	/** Objects of the first and of the last `face` voxels. */
	readonly first: Uint32Array;
	readonly last: Uint32Array;
};

export type SlabResponse =
	| SlabObjects
	| { readonly kind: "painted" }
	| { readonly kind: "failed"; readonly reason: string };
