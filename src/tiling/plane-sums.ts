/**
 * Weighted sums of overlapping tiles, plane by plane: only planes that a later tile may still reach are held.
 *
 * Tiles come in global order, first axis outermost, so a plane is whole once a tile starts behind it. Planes are given
 * away in the order of z, each once.
 *
 * @module
 */
import { type Box, wholeBox } from "../core/box.ts";
import { sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { addPlane, createPlane, normalisePlane, type PlaneBuffer } from "./blend.ts";
import { type AxisCoverage, coverageOf } from "./coverage.ts";
import type { TileGrid } from "./tiles.ts";

/** What the planes belong to. */
export type PlaneSpec = {
	readonly channels: number;
	/** Extents of the volume without its padding; padding is never stored. */
	readonly shape: Zyx;
	/** The part of the volume (z, y, x, without padding) that is summed up; the whole by default. */
	readonly box?: Box;
	/** True where not every voxel of the box is wanted: those that no tile reached are 0. */
	readonly sparse?: boolean;
	/** All tiles of the padded volume, z, y, x. */
	readonly grid: TileGrid;
	/** Padding in front of each axis: tile starts count from there. */
	readonly before: readonly number[];
	/** float32, of the patch's shape. */
	readonly weights: Float32Array;
};

/** Receives a finished plane: its z, and float32 [channels, Y, X] (of the box) of weighted means, which are the receiver's until `free`. */
export type OnPlane = (z: number, values: Float32Array<ArrayBuffer>) => void;

/** The sums under way. */
export class PlaneSums {
	readonly #spec: PlaneSpec;
	readonly #onPlane: OnPlane;
	readonly #planes: PlaneBuffer[] = [];
	/** Memory of planes that were given away: data that came back, weights. */
	readonly #data: Float32Array<ArrayBuffer>[] = [];
	readonly #weights: Float32Array<ArrayBuffer>[] = [];
	/** The weights of every plane, where tiles are one plane deep and all planes have the same: once the first is whole. */
	#weighed: Float32Array<ArrayBuffer> | undefined;
	/** Voxels that tiles put on that plane. */
	#reached = 0;
	readonly #start: Zyx;
	readonly #stop: Zyx;
	readonly #coverage: readonly [AxisCoverage, AxisCoverage, AxisCoverage];
	/** First plane that was not given away. */
	#next: number;

	constructor(spec: PlaneSpec, onPlane: OnPlane) {
		const { start, stop } = spec.box ?? wholeBox(spec.shape);
		this.#spec = spec;
		this.#onPlane = onPlane;
		this.#start = zyx(start);
		this.#stop = zyx(stop);
		const along = (axis: 0 | 1 | 2) => {
			const before = spec.before[axis] ?? 0;
			return coverageOf(spec.grid, axis, this.#start[axis] + before, this.#stop[axis] + before);
		};
		this.#coverage = [along(0), along(1), along(2)];
		this.#next = this.#start[0];
	}

	/** Planes held. */
	get held(): number {
		return this.#planes.length;
	}

	/** Adds a tile, float32 [channels, ...patch], whose first voxel is `start` of the padded volume. @throws RangeError where sizes do not fit */
	add(tile: Float32Array, start: readonly number[]): void {
		const { before, grid, weights, channels } = this.#spec;
		const size = sizeOf(grid.patch);
		if (tile.length !== channels * size || weights.length !== size)
			throw new RangeError(`blending: ${tile.length} elements and ${weights.length} weights for ${channels} x ${size}`);
		const [depth = 1, height = 1, width = 1] = grid.patch;
		const [z = 0, y = 0, x = 0] = start.map((first, axis) => first - (before[axis] ?? 0));
		const [end] = this.#stop;
		this.#giveUpTo(Math.min(z, end));
		const last = Math.min(z + depth, end);
		while (this.#next + this.#planes.length < last) this.#planes.push(this.#makePlane());
		const place = { size, height, width, y: y - this.#start[1], x: x - this.#start[2] };
		for (const [n, plane] of this.#planes.entries()) {
			const section = this.#next + n - z;
			if (section >= depth) break;
			if (section >= 0) addPlane(plane, { ...place, values: tile, weights, at: section * height * width });
		}
	}

	/** Gives away what is left. @throws RangeError where a voxel was reached by no tile */
	finish(): void {
		this.#giveUpTo(this.#stop[0]);
	}

	/** Takes a plane's memory back for another. */
	free(values: Float32Array<ArrayBuffer>): void {
		this.#data.push(values);
	}

	#giveUpTo(stop: number): void {
		while (this.#next < stop) {
			const plane = this.#planes.shift() ?? this.#makePlane();
			if (plane.isWeighed && plane.reached !== this.#reached)
				throw new RangeError("blending: a voxel of the box was reached by no tile");
			normalisePlane(plane, this.#spec.sparse);
			this.#keepWeights(plane);
			this.#onPlane(this.#next++, plane.data);
		}
	}

	#keepWeights({ weights, isWeighed, reached }: PlaneBuffer): void {
		const { grid, sparse } = this.#spec;
		if (isWeighed) return;
		if (grid.patch[0] === 1 && sparse !== true) {
			this.#weighed = weights;
			this.#reached = reached;
		} else this.#weights.push(weights);
	}

	/** The plane behind those that are held. */
	#makePlane(): PlaneBuffer {
		const [z, y, x] = this.#coverage;
		const isOnce = z.once[this.#next + this.#planes.length - this.#start[0]] === 1;
		const data = this.#data.pop();
		const weights = this.#weighed === undefined ? this.#weights.pop() : undefined;
		const spare = { ...(data === undefined ? {} : { data }), ...(weights === undefined ? {} : { weights }) };
		return createPlane(this.#spec.channels, y, x, isOnce, spare, this.#weighed);
	}
}
