/**
 * numpy's array format .npy, version 1: a header of Python text, then the bytes.
 *
 * From numpy's "NEP 1: A simple file format for NumPy arrays".
 *
 * @module
 */
import { DTYPES, type DType, isDType } from "../../core/dtype.ts";
import type { Shape } from "../../core/shape.ts";

const MAGIC = Buffer.from("\x93NUMPY\x01\x00", "latin1");

/** numpy's letter for a kind of element. */
const LETTER = { uint: "u", int: "i", float: "f" } as const;

/** The bytes before the voxels of a C-ordered, little-endian array; a multiple of 64. */
export function npyHeader(dtype: DType, shape: Shape): Buffer {
	const { bytes, kind } = DTYPES[dtype];
	const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
	const text = `{'descr': '${bytes === 1 ? "|" : "<"}${LETTER[kind]}${bytes}', 'fortran_order': False, 'shape': ${tuple}, }`;
	const length = Math.ceil((MAGIC.length + 2 + text.length + 1) / 64) * 64;
	const header = Buffer.alloc(length, " ");
	MAGIC.copy(header);
	header.writeUInt16LE(length - MAGIC.length - 2, MAGIC.length);
	header.write(text, MAGIC.length + 2, "latin1");
	header.write("\n", length - 1, "latin1");
	return header;
}

/** What the bytes before the elements say. `start` is where the elements begin. */
export type NpyHeader = {
	readonly dtype: DType;
	readonly shape: Shape;
	/** True where the first axis is the fastest. */
	readonly fortran: boolean;
	readonly start: number;
};

/** Longest header that is read: numpy itself refuses longer ones. */
const LONGEST = 10_000;

/**
 * Reads the header of .npy bytes, which may be cut behind it. A string says what is wrong or not read (big-endian,
 * objects); undefined where more bytes are needed.
 */
export function parseNpyHeader(bytes: Uint8Array): NpyHeader | string | undefined {
	const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (file.compare(MAGIC, 0, Math.min(6, file.length), 0, Math.min(6, file.length)) !== 0) return "it is no .npy array";
	if (file.length < 12) return undefined;
	const wide = (file[6] ?? 0) >= 2;
	const begin = wide ? 12 : 10;
	const start = begin + (wide ? file.readUInt32LE(8) : file.readUInt16LE(8));
	if (start > LONGEST) return `its header claims ${start} bytes`;
	if (start > file.length) return undefined;
	const text = file.toString("latin1", begin, start);
	const descr = /'descr': *'([<|])([uif])([1248])'/.exec(text);
	const shape = /'shape': *\(([\d, ]*)\)/.exec(text)?.[1];
	const order = /'fortran_order': *(False|True)/.exec(text)?.[1];
	const dtype = dtypeOf(descr?.[2], Number(descr?.[3]));
	if (dtype === undefined || shape === undefined || order === undefined) {
		return `its header ${JSON.stringify(text.trim())} is not one that is read`;
	}
	const extents = shape
		.split(",")
		.filter((part) => part.trim() !== "")
		.map(Number);
	return { dtype, shape: extents, fortran: order === "True", start };
}

function dtypeOf(letter: string | undefined, bytes: number): DType | undefined {
	return Object.keys(DTYPES)
		.filter(isDType)
		.find((name) => LETTER[DTYPES[name].kind] === letter && DTYPES[name].bytes === bytes);
}
