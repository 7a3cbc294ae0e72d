/**
 * numpy's array format .npy, version 1: a header of Python text, then the bytes.
 *
 * From numpy's "NEP 1: A simple file format for NumPy arrays".
 *
 * @module
 */
import { type NdArray, ndarray } from "../../core/array.ts";
import { DTYPES, type DType, viewAs } from "../../core/dtype.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";

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

/** Reads .npy bytes; a string says what is wrong or not read (big-endian, Fortran order, objects). */
export function parseNpy(bytes: Uint8Array): NdArray | string {
	const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (file.length < 12 || file.compare(MAGIC, 0, 6, 0, 6) !== 0) return "it is no .npy array";
	const wide = (file[6] ?? 0) >= 2;
	const start = wide ? 12 : 10;
	const end = start + (wide ? file.readUInt32LE(8) : file.readUInt16LE(8));
	const text = file.toString("latin1", start, end);
	const descr = /'descr': *'([<|])([uif])([1248])'/.exec(text);
	const shape = /'shape': *\(([\d, ]*)\)/.exec(text)?.[1];
	const dtype = dtypeOf(descr?.[2], Number(descr?.[3]));
	if (dtype === undefined || shape === undefined || !/'fortran_order': *False/.test(text)) {
		return `its header ${JSON.stringify(text.trim())} is not one that is read`;
	}
	const extents = shape
		.split(",")
		.filter((part) => part.trim() !== "")
		.map(Number);
	const wanted = sizeOf(extents) * DTYPES[dtype].bytes;
	if (file.length - end !== wanted)
		return `${extents.join("x")} of ${dtype} need ${wanted} bytes, found ${file.length - end}`;
	return ndarray(dtype, extents, viewAs(dtype, new Uint8Array(file.subarray(end))));
}

function dtypeOf(letter: string | undefined, bytes: number): DType | undefined {
	const names: readonly DType[] = [
		"uint8",
		"uint16",
		"uint32",
		"uint64",
		"int8",
		"int16",
		"int32",
		"int64",
		"float16",
		"float32",
		"float64",
	];
	return names.find((name) => LETTER[DTYPES[name].kind] === letter && DTYPES[name].bytes === bytes);
}
