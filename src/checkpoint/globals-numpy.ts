/**
 * Names of numpy that stand for plain data: scalars (nnU-Net's logs are full of them), arrays, element types.
 *
 * Both spellings of numpy's private modules are read (`numpy.core` and `numpy._core`, see `normalName`).
 * Forms as in numpy's `__reduce__`: `scalar(dtype, bytes)`, `_reconstruct(ndarray, (0,), b"b")` with a state
 * `(version, shape, dtype, fortran, bytes)`, `_frombuffer(bytes, dtype, shape, order)`.
 *
 * @module
 */
import { viewOf } from "../core/bytes.ts";
import { fromHalf } from "../core/float16.ts";
import type { Construct, Refuse } from "./construct.ts";
import { plain } from "./globals-python.ts";
import { describe, isKind, type NumpyArray, type NumpyDType, type PickleValue } from "./pickle-value.ts";

const TYPE_NAME =
	/^numpy\.(ndarray|bool_?|u?int(8|16|32|64|p|c)|float(16|32|64)|half|single|double|complex(64|128)|str_|bytes_)$/;

/** True for numpy's classes, which stand for themselves. */
export function isNumpyName(name: string): boolean {
	return TYPE_NAME.test(name);
}

/** By name, as `normalName` spells it. */
export const NUMPY_GLOBALS: readonly (readonly [string, Construct])[] = [
	["numpy.dtype", dtype],
	["numpy._core.multiarray.scalar", scalar],
	["numpy._core.multiarray._reconstruct", emptyArray],
	["numpy._core.numeric._frombuffer", frombuffer],
];

/** Takes the state of a dtype: (version, byte order, ...). */
export function setDTypeState(value: NumpyDType, state: PickleValue, refuse: Refuse): void {
	const order = Array.isArray(state) ? state[1] : undefined;
	if (typeof order !== "string" && !(order instanceof Uint8Array)) throw refuse(`gives a dtype ${describe(state)}`);
	const open: { -readonly [K in keyof NumpyDType]: NumpyDType[K] } = value;
	open.bigEndian = (typeof order === "string" ? order : String.fromCharCode(order[0] ?? 0)) === ">";
}

/** Takes the state of an array: (version, shape, dtype, fortran, content). */
export function setArrayState(value: NumpyArray, state: PickleValue, refuse: Refuse): void {
	const [, shape, type, fortran, content] = Array.isArray(state) ? state : [];
	if (!isKind(type, "dtype") || content === undefined) throw refuse(`gives an array ${describe(state)}`);
	const open: { -readonly [K in keyof NumpyArray]: NumpyArray[K] } = value;
	Object.assign(open, arrayOf(type, shape, fortran === true, content, refuse));
}

function dtype([name]: readonly PickleValue[], refuse: Refuse): PickleValue {
	if (typeof name !== "string" || !/^[<>|=]?[a-zA-Z]\d{0,9}$/.test(name))
		throw refuse(`makes a dtype of ${describe(name)}`);
	return { kind: "dtype", descr: name.replace(/^[<>|=]/, ""), bigEndian: name.startsWith(">") };
}

function emptyArray(_: readonly PickleValue[], refuse: Refuse): PickleValue {
	return arrayOf({ kind: "dtype", descr: "u1", bigEndian: false }, [0], false, new Uint8Array(0), refuse);
}

function frombuffer([content, type, shape, order]: readonly PickleValue[], refuse: Refuse): PickleValue {
	if (!isKind(type, "dtype") || content === undefined) throw refuse(`makes an array of ${describe(type)}`);
	return arrayOf(type, shape, order === "F", content, refuse);
}

function arrayOf(
	type: NumpyDType,
	shape: PickleValue | undefined,
	fortran: boolean,
	content: PickleValue,
	refuse: Refuse,
): NumpyArray {
	const extents = Array.isArray(shape)
		? shape.map((n) => (typeof n === "number" && n >= 0 ? n : Number.NaN))
		: [Number.NaN];
	const data = rawBytes(content) ?? new Uint8Array(0);
	const expected = extents.reduce((size, extent) => size * extent, itemSize(type));
	// Arrays of Python objects come as a list; they are kept by name only.
	if (!Array.isArray(content) && data.length !== expected) {
		throw refuse(`makes an array of ${describe(shape)}, type ${type.descr}, over ${data.length} bytes`);
	}
	return { kind: "ndarray", dtype: type, shape: extents, fortran, data };
}

function scalar([type, content]: readonly PickleValue[], refuse: Refuse): PickleValue {
	if (!isKind(type, "dtype")) throw refuse(`makes a number of ${describe(type)}`);
	const read = SCALARS.get(type.descr);
	if (!read) return plain(`numpy.${type.descr}`, [content ?? null]);
	const bytes = rawBytes(content);
	if (bytes?.length !== itemSize(type)) throw refuse(`makes a number of type ${type.descr} of ${describe(content)}`);
	return read(viewOf(bytes), !type.bigEndian);
}

const SCALARS: ReadonlyMap<string, (view: DataView, little: boolean) => number | bigint | boolean> = new Map<
	string,
	(view: DataView, little: boolean) => number | bigint | boolean
>([
	["b1", (view) => view.getUint8(0) !== 0],
	["u1", (view) => view.getUint8(0)],
	["i1", (view) => view.getInt8(0)],
	["u2", (view, little) => view.getUint16(0, little)],
	["i2", (view, little) => view.getInt16(0, little)],
	["u4", (view, little) => view.getUint32(0, little)],
	["i4", (view, little) => view.getInt32(0, little)],
	["u8", (view, little) => narrow(view.getBigUint64(0, little))],
	["i8", (view, little) => narrow(view.getBigInt64(0, little))],
	["f2", (view, little) => fromHalf(view.getUint16(0, little))],
	["f4", (view, little) => view.getFloat32(0, little)],
	["f8", (view, little) => view.getFloat64(0, little)],
]);

function narrow(value: bigint): number | bigint {
	const number = Number(value);
	return Number.isSafeInteger(number) ? number : value;
}

/** Bytes an element; text (`U`) has four a character. */
function itemSize(type: NumpyDType): number {
	const width = Number(type.descr.slice(1));
	return type.descr.startsWith("U") ? 4 * width : width;
}

/** Python 2 wrote bytes as text, one character a byte. */
function rawBytes(content: PickleValue | undefined): Uint8Array | undefined {
	if (content instanceof Uint8Array) return content;
	return typeof content === "string" ? Uint8Array.from(Buffer.from(content, "latin1")) : undefined;
}
