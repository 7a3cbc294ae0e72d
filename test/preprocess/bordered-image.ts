/**
 * Images of zeros with voxels in the middle, for tests of surveys.
 *
 * @module
 */
import type { NdArray } from "../../src/core/array.ts";
import { allocate, DTYPES, type DType } from "../../src/core/dtype.ts";
import { sizeOf } from "../../src/core/shape.ts";

/** Voxels of `dtype` in the middle of an image of zeros; `margins` are two numbers an axis. */
export function imageOf(dtype: DType, shape: readonly number[], margins: readonly number[], seed: number): NdArray {
	const data = allocate(dtype, sizeOf(shape));
	const [, depth = 1, height = 1, width = 1] = shape;
	for (let i = 0; i < data.length; i++) {
		const x = i % width;
		const y = Math.floor(i / width) % height;
		const z = Math.floor(i / (width * height)) % depth;
		const isOutside = [z, y, x].some((at, axis) => {
			const extent = shape[axis + 1] ?? 1;
			return at < (margins[2 * axis] ?? 0) || at >= extent - (margins[2 * axis + 1] ?? 0);
		});
		const value = isOutside ? 0 : (Math.imul(i + seed, 2654435761) >>> 24) + (DTYPES[dtype].kind === "float" ? 1 : 0);
		data[i] = data instanceof BigInt64Array || data instanceof BigUint64Array ? BigInt(value) : value;
	}
	return { dtype, shape, data };
}
