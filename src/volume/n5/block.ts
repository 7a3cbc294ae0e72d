/**
 * One N5 block: a big-endian header (mode, extents), then big-endian voxels, packed.
 *
 * Blocks at the array's end are cut; the first extent of the header is that of x, so voxels lie as in our arrays.
 *
 * @module
 */
import { bytesOf, type NdArray, ndarray } from "../../core/array.ts";
import { swappedCopy, viewOf } from "../../core/bytes.ts";
import { DTYPES, type DType, viewAs } from "../../core/dtype.ts";
import { shapeText, sizeOf } from "../../core/shape.ts";
import type { N5Array } from "./attributes.ts";
import { packVoxels, unpackVoxels } from "./packing.ts";

/** Modes of a block: as many voxels as its extents make, a number of its own, an object. */
const MODE = { plain: 0, counted: 1 } as const;

/** The voxels of a block of `array`, at most its chunk. @throws Error telling what is damaged */
export async function decodeBlock(array: N5Array, bytes: Uint8Array): Promise<NdArray> {
	const { extents, body } = readHeader(array, bytes);
	const { dtype, packing } = array;
	const size = sizeOf(extents) * DTYPES[dtype].bytes;
	const voxels = await unpackVoxels(packing, body, size);
	// padded blocks of some writers are longer than their extents say, none is shorter
	if (voxels.length !== size) throw new RangeError(`expected ${size} bytes of voxels, found ${voxels.length}`);
	return ndarray(dtype, extents, viewAs(dtype, swapped(voxels, dtype)));
}

/** The bytes of a block. */
export async function encodeBlock({ dtype, packing }: N5Array, voxels: NdArray): Promise<Uint8Array> {
	const { shape } = voxels;
	const header = new Uint8Array(4 + 4 * shape.length);
	const view = viewOf(header);
	view.setUint16(0, MODE.plain);
	view.setUint16(2, shape.length);
	for (const [axis, extent] of shape.toReversed().entries()) view.setUint32(4 + 4 * axis, extent);
	return Buffer.concat([header, await packVoxels(packing, swapped(bytesOf(voxels), dtype), DTYPES[dtype].bytes)]);
}

type Header = { readonly extents: readonly number[]; readonly body: Uint8Array };

function readHeader({ chunks }: N5Array, bytes: Uint8Array): Header {
	const rank = chunks.length;
	const view = viewOf(bytes);
	const [mode, found] = bytes.length < 4 ? [] : [view.getUint16(0), view.getUint16(2)];
	if (mode === undefined || bytes.length < 4 + 4 * rank) throw new RangeError("it ends within its header");
	if (mode !== MODE.plain && mode !== MODE.counted) throw new RangeError(`its mode is ${mode}, expected 0 or 1`);
	if (found !== rank) throw new RangeError(`it has ${found} dimensions, the array has ${rank}`);
	const extents = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis)).toReversed();
	if (!extents.every((extent, axis) => extent > 0 && extent <= (chunks[axis] ?? 0))) {
		const wanted = shapeText(chunks.toReversed());
		throw new RangeError(`its extents are ${shapeText(extents.toReversed())}, blocks are ${wanted}`);
	}
	if (mode === MODE.plain) return { extents, body: bytes.subarray(4 + 4 * rank) };
	const counted = bytes.length < 8 + 4 * rank ? Number.NaN : view.getUint32(4 + 4 * rank);
	if (counted !== sizeOf(extents)) {
		throw new RangeError(`it has ${counted} elements for ${sizeOf(extents)} voxels; lists of labels are not read`);
	}
	return { extents, body: bytes.subarray(8 + 4 * rank) };
}

/** A copy in the other byte order; the same bytes where an element is one. */
function swapped(bytes: Uint8Array, dtype: DType): Uint8Array {
	const width = DTYPES[dtype].bytes;
	if (width === 1) return bytes;
	return swappedCopy(bytes, width);
}
