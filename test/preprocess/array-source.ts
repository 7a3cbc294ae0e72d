/**
 * An array in memory as a source that is read box by box, for tests.
 *
 * @module
 */
import { cut, type NdArray } from "../../src/core/array.ts";
import { boxShape } from "../../src/core/box.ts";
import { DTYPES } from "../../src/core/dtype.ts";
import { throwIfAborted } from "../../src/core/errors.ts";
import { sizeOf, type Zyx, zyx } from "../../src/core/shape.ts";
import type { VoxelSource } from "../../src/preprocess/voxel-source.ts";

/** A source over `array` (C, Z, Y, X), and what was read of it. */
export type ArraySource = VoxelSource & {
	/** Bytes of the largest box that was read. */
	readonly largest: () => number;
	/** Voxels read so far, of all channels. */
	readonly voxelsRead: () => number;
};

/** Reads take a turn of the event loop, so that those begun ahead are under way together. */
export function sourceOf(array: NdArray, chunks: Zyx): ArraySource {
	const [channels = 0, ...extents] = array.shape;
	let largest = 0;
	let read = 0;
	return {
		channels,
		shape: zyx(extents),
		dtype: array.dtype,
		chunks,
		largest: () => largest,
		voxelsRead: () => read,
		async read(box, options) {
			await new Promise((resolve) => setImmediate(resolve));
			throwIfAborted(options?.signal);
			const count = channels * sizeOf(boxShape(box));
			largest = Math.max(largest, count * DTYPES[array.dtype].bytes);
			read += count;
			return cut(array, { start: [0, ...box.start], stop: [channels, ...box.stop] });
		},
	};
}
