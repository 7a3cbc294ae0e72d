/**
 * An image read box by box with its axes in the model's order (`transpose_forward`).
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import type { Box } from "../core/box.ts";
import type { DType } from "../core/dtype.ts";
import { type Zyx, zyx } from "../core/shape.ts";
import { inverseAxes, transpose } from "../image/transpose.ts";
import type { IoOptions } from "../volume/volume.ts";
import type { VoxelSource } from "./voxel-source.ts";

/** `source` with axis `forward[i]` of its z, y, x as axis i; the same source where nothing moves. */
export function orientSource(source: VoxelSource, forward: readonly number[]): VoxelSource {
	return forward.every((axis, at) => axis === at) ? source : new OrientedSource(source, forward);
}

class OrientedSource implements VoxelSource {
	readonly channels: number;
	readonly shape: Zyx;
	readonly dtype: DType;
	readonly chunks: Zyx;
	readonly #source: VoxelSource;
	readonly #forward: readonly number[];

	constructor(source: VoxelSource, forward: readonly number[]) {
		this.#source = source;
		this.#forward = forward;
		this.channels = source.channels;
		this.dtype = source.dtype;
		this.shape = zyx(forward.map((axis) => source.shape[axis] ?? 1));
		this.chunks = zyx(forward.map((axis) => source.chunks[axis] ?? 1));
	}

	async read(box: Box, options?: IoOptions): Promise<NdArray> {
		const back = inverseAxes(this.#forward);
		const start = back.map((axis) => box.start[axis] ?? 0);
		const stop = back.map((axis) => box.stop[axis] ?? 0);
		const array = await this.#source.read({ start, stop }, options);
		return transpose(array, [0, ...this.#forward.map((axis) => axis + 1)]);
	}
}
