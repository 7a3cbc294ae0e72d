/**
 * Weighted sums of overlapping tiles, plane by plane: only planes that a later tile may still reach are held.
 *
 * Tiles come in global order, first axis outermost, so a plane is whole once a tile starts behind it. Planes are given
 * away in the order of z, each once; what a voxel receives is what `addTile` and `normalise` give over the whole volume.
 *
 * @module
 */
import { type Box, wholeBox } from "../core/box.ts";
import { type Shape, type Zyx, zyx } from "../core/shape.ts";
import { type Accumulator, addTile, createAccumulator, normalise } from "./blend.ts";

/** What the planes belong to. */
export type PlaneSpec = {
	readonly channels: number;
	/** Extents of the volume without its padding; padding is never stored. */
	readonly shape: Zyx;
	/** The part of the volume (z, y, x, without padding) that is summed up; the whole by default. */
	readonly box?: Box;
	/** True where not every voxel of the box is wanted: those that no tile reached are 0. */
	readonly sparse?: boolean;
	/** Padding in front of each axis: tile starts count from there. */
	readonly before: readonly number[];
	/** z, y, x. */
	readonly patch: Shape;
	/** float32, of the patch's shape. */
	readonly weights: Float32Array;
};

/** Receives a finished plane: its z, and float32 [channels, Y, X] (of the box) of weighted means, which are the receiver's until `free`. */
export type OnPlane = (z: number, values: Float32Array<ArrayBuffer>) => void;

/** The sums under way. */
export class PlaneSums {
	readonly #spec: PlaneSpec;
	readonly #onPlane: OnPlane;
	readonly #planes: Accumulator[] = [];
	readonly #free: Float32Array<ArrayBuffer>[] = [];
	readonly #start: Zyx;
	readonly #stop: Zyx;
	/** First plane that was not given away. */
	#next: number;

	constructor(spec: PlaneSpec, onPlane: OnPlane) {
		const { start, stop } = spec.box ?? wholeBox(spec.shape);
		this.#spec = spec;
		this.#onPlane = onPlane;
		this.#start = zyx(start);
		this.#stop = zyx(stop);
		this.#next = this.#start[0];
	}

	/** Planes held. */
	get held(): number {
		return this.#planes.length;
	}

	/** Adds a tile, float32 [channels, ...patch], whose first voxel is `start` of the padded volume. */
	add(tile: Float32Array, start: readonly number[]): void {
		const { before, patch, weights } = this.#spec;
		const first = (start[0] ?? 0) - (before[0] ?? 0);
		const [end] = this.#stop;
		this.#giveUpTo(Math.min(first, end));
		const last = Math.min(first + (patch[0] ?? 1), end);
		while (this.#next + this.#planes.length < last)
			this.#planes.push(this.#makePlane(this.#next + this.#planes.length));
		for (const plane of this.#planes) addTile(plane, tile, start, patch, weights);
	}

	/** Gives away what is left. @throws RangeError where a voxel was reached by no tile */
	finish(): void {
		this.#giveUpTo(this.#stop[0]);
	}

	/** Takes a plane's memory back for another. */
	free(values: Float32Array<ArrayBuffer>): void {
		this.#free.push(values);
	}

	#giveUpTo(stop: number): void {
		while (this.#next < stop) {
			const plane = this.#planes.shift() ?? this.#makePlane(this.#next);
			normalise(plane, this.#spec.sparse);
			this.#onPlane(this.#next++, plane.data);
		}
	}

	#makePlane(z: number): Accumulator {
		const { before, channels } = this.#spec;
		const [bz = 0, by = 0, bx = 0] = before;
		const [, y, x] = this.#start;
		const [, yEnd, xEnd] = this.#stop;
		const box = { start: [z + bz, y + by, x + bx], stop: [z + bz + 1, yEnd + by, xEnd + bx] };
		return createAccumulator(channels, box, this.#free.pop());
	}
}
