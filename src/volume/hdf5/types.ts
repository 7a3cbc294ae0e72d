/**
 * HDF5's element types and ours.
 *
 * @module
 */
import { DTYPES, type DType, isDType } from "../../core/dtype.ts";
import type { Shape } from "../../core/shape.ts";
import type { H5Metadata } from "./library.ts";
import { big } from "./memory.ts";

/** Classes of HDF5 types by the library's number (`H5T_class_t`). */
const CLASSES = [
	"integers",
	"floats",
	"times",
	"strings",
	"bit fields",
	"opaque bytes",
	"compounds",
	"references",
	"enumerations",
	"lists of varying length",
	"arrays",
	"complex numbers",
] as const;

/** Class of integers and of text. */
export const INTEGER = 0;
const FLOAT = 1;
export const STRING = 3;
const BIT_FIELD = 4;
const ENUMERATION = 8;

/** The element type; h5py's booleans (an enumeration of FALSE and TRUE) are uint8, other enumerations their integers. */
export function dtypeOf(metadata: H5Metadata): DType | undefined {
	const { type, size, signed, enum_type } = metadata;
	const enumerated = type === ENUMERATION ? enum_type : undefined;
	if (enumerated !== undefined && size === 1 && isBoolean(enumerated.members)) return "uint8";
	const kind = enumerated?.type ?? type;
	const names: Readonly<Record<number, string>> = {
		[INTEGER]: signed ? "int" : "uint",
		[FLOAT]: "float",
		[BIT_FIELD]: "uint",
	};
	const name = `${names[kind] ?? ""}${size * 8}`;
	return isDType(name) ? name : undefined;
}

function isBoolean(members: Readonly<Record<string, number>>): boolean {
	const { FALSE, TRUE, ...others } = members;
	return FALSE === 0 && TRUE === 1 && Object.keys(others).length === 0;
}

/** The type as text, for messages: "strings of 3 bytes". */
export function typeText({ type, size }: H5Metadata): string {
	return `${CLASSES[type] ?? `values of HDF5 class ${type}`} of ${size} bytes`;
}

/** What the library needs to know to make a data set or an attribute of `dtype`. */
export function arrayType(dtype: DType, shape: Shape) {
	const { bytes, kind } = DTYPES[dtype];
	return {
		type: kind === "float" ? FLOAT : INTEGER,
		size: bytes,
		signed: kind === "int",
		littleEndian: true,
		vlen: false,
		total_size: 0,
		shape: big(shape),
		maxshape: big(shape),
	};
}

/** What the library needs to know to make an attribute of one UTF-8 string. */
export function textType() {
	return {
		type: STRING,
		size: 4,
		signed: false,
		littleEndian: true,
		vlen: true,
		cset: 1,
		total_size: 1,
		shape: [],
		maxshape: [],
	};
}
