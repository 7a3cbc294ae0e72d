/**
 * An image that is read box by box, never whole.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import type { Box } from "../core/box.ts";
import type { DType } from "../core/dtype.ts";
import type { Zyx } from "../core/shape.ts";
import type { IoOptions } from "../volume/volume.ts";

/** Voxels C, Z, Y, X that are read as they are needed. Reads may run side by side. */
export interface VoxelSource {
	readonly channels: number;
	/** z, y, x. */
	readonly shape: Zyx;
	readonly dtype: DType;
	/** z, y, x: what is best read at once; extents of 1 and of the whole where the file is written row by row. */
	readonly chunks: Zyx;
	/** True where reads of one whole chunk each cost less than one over all of them. */
	readonly readsChunks?: boolean;
	/** All channels of `box` (z, y, x): C, Z, Y, X in `dtype`. The array is the caller's. @throws VOLUME, CANCELLED */
	read(box: Box, options?: IoOptions): Promise<NdArray>;
}
