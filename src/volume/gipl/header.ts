/**
 * The 256 bytes before a GIPL image, and what array they describe.
 *
 * From "Guys Image Processing Lab Image File Format" as ITK's GiplImageIO reads and writes it: big-endian, extents of
 * 16 bits, spacings of float32, no directions.
 *
 * @module
 */
import { viewOf } from "../../core/bytes.ts";
import type { DType } from "../../core/dtype.ts";
import type { Geometry } from "../../core/geometry.ts";
import { identity } from "../../core/geometry.ts";
import { demand, demandSome } from "../flat/flaw.ts";

/** Bytes before the voxels. */
export const HEADER_BYTES = 256;

/** Largest extent that the header can tell. */
export const MOST_EXTENT = 0xffff;

const MAGIC = [0xefffe9b0, 0x2ae389b8] as const;
const [OWN_MAGIC] = MAGIC;

const PLACES = { extents: 0, type: 8, spacing: 10, text: 26, origin: 204, magic: 252 } as const;

/** Element types by their numbers; binary images have a byte a voxel. */
const TYPES: Readonly<Record<number, DType>> = {
	1: "uint8",
	7: "int8",
	8: "uint8",
	15: "int16",
	16: "uint16",
	31: "uint32",
	32: "int32",
	64: "float32",
	65: "float64",
};

/** What ITK reads again: it takes no 32-bit integers. */
export const WRITTEN: readonly DType[] = ["uint8", "int8", "uint16", "int16", "float32", "float64"];

/** What a GIPL image holds; `shape` is slowest first. */
export type GiplHeader = { readonly dtype: DType; readonly shape: readonly number[]; readonly geometry: Geometry };

/** True where `bytes` begin with a header of GIPL. */
export function isGipl(bytes: Uint8Array): boolean {
	return bytes.length >= HEADER_BYTES && MAGIC.some((magic) => viewOf(bytes).getUint32(PLACES.magic) === magic);
}

/** Reads a header. A fourth axis of one entry is none. @throws a flaw */
export function parseHeader(bytes: Uint8Array): GiplHeader {
	const view = viewOf(bytes);
	const extents = [0, 1, 2, 3].map((axis) => view.getUint16(PLACES.extents + 2 * axis));
	const rank = extents.filter((extent, axis) => extent > (axis < 3 ? 0 : 1)).length;
	const type = view.getUint16(PLACES.type);
	const dtype = demandSome(TYPES[type], `the element type ${type}`);
	demand(rank >= 2, `${rank} dimensions`);
	const axes = extents.slice(0, rank).map((_, axis) => axis);
	return {
		dtype,
		shape: extents.slice(0, rank).toReversed(),
		geometry: {
			origin: axes.map((axis) => view.getFloat64(PLACES.origin + 8 * axis)),
			spacing: axes.map((axis) => view.getFloat32(PLACES.spacing + 4 * axis)),
			direction: identity(rank),
		},
	};
}

/** The header that ITK writes for a 3D image of these extents (z, y, x). Directions are dropped: the format has none. */
export function giplHeader(dtype: DType, shape: readonly number[], { origin, spacing }: Geometry): Uint8Array {
	const bytes = new Uint8Array(HEADER_BYTES);
	const view = viewOf(bytes);
	const extents = [...shape.toReversed(), 1, 1, 1, 1].slice(0, 4);
	for (const [axis, extent] of extents.entries()) {
		view.setUint16(PLACES.extents + 2 * axis, extent);
		view.setFloat32(PLACES.spacing + 4 * axis, spacing[axis] ?? 1);
		view.setFloat64(PLACES.origin + 8 * axis, origin[axis] ?? 0);
	}
	const number = Object.entries(TYPES).findLast(([, name]) => name === dtype)?.[0];
	view.setUint16(PLACES.type, Number(number ?? 0));
	bytes.set(Buffer.from("No Patient Information", "latin1"), PLACES.text);
	view.setUint32(PLACES.magic, OWN_MAGIC);
	return bytes;
}
