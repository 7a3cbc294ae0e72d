/**
 * The one table of element types: bytes, the array that holds them, their range.
 *
 * `float16` is held as raw bits in a `Uint16Array` (see `float16.ts`): Node 20 has no `Float16Array`.
 *
 * @module
 */

type DTypeInfo = {
	readonly bytes: 1 | 2 | 4 | 8;
	readonly kind: "uint" | "int" | "float";
	readonly array: TypedArrayConstructor;
};

type TypedArrayConstructor =
	| Uint8ArrayConstructor
	| Int8ArrayConstructor
	| Uint16ArrayConstructor
	| Int16ArrayConstructor
	| Uint32ArrayConstructor
	| Int32ArrayConstructor
	| BigUint64ArrayConstructor
	| BigInt64ArrayConstructor
	| Float32ArrayConstructor
	| Float64ArrayConstructor;

/** Every element type a volume or a tensor can have. */
export const DTYPES = {
	uint8: { bytes: 1, kind: "uint", array: Uint8Array },
	int8: { bytes: 1, kind: "int", array: Int8Array },
	uint16: { bytes: 2, kind: "uint", array: Uint16Array },
	int16: { bytes: 2, kind: "int", array: Int16Array },
	uint32: { bytes: 4, kind: "uint", array: Uint32Array },
	int32: { bytes: 4, kind: "int", array: Int32Array },
	uint64: { bytes: 8, kind: "uint", array: BigUint64Array },
	int64: { bytes: 8, kind: "int", array: BigInt64Array },
	float16: { bytes: 2, kind: "float", array: Uint16Array },
	float32: { bytes: 4, kind: "float", array: Float32Array },
	float64: { bytes: 8, kind: "float", array: Float64Array },
} as const satisfies Record<string, DTypeInfo>;

/** Name of an element type. */
export type DType = keyof typeof DTYPES;

/** The typed array that holds elements of `D`. */
export type DataOf<D extends DType> = InstanceType<(typeof DTYPES)[D]["array"]>;

/** Element types whose elements are plain numbers in their typed array (all but 64-bit integers and float16). */
export type NumberDType = Exclude<DType, "uint64" | "int64" | "float16">;

/** Highest number of uint16. */
export const MOST_IN_UINT16 = 65_535;

/** True where `name` is one of the table's element types. */
export function isDType(name: string): name is DType {
	return Object.hasOwn(DTYPES, name);
}

/** A zero-filled array of `length` elements of `dtype`. */
export function allocate<D extends DType>(dtype: D, length: number): DataOf<D>;
export function allocate(dtype: DType, length: number): DataOf<DType> {
	return new DTYPES[dtype].array(length);
}

/** Views `bytes` (which must be aligned and whole elements long) as elements of `dtype`; copies where not aligned. */
export function viewAs<D extends DType>(dtype: D, bytes: Uint8Array): DataOf<D>;
export function viewAs(dtype: DType, bytes: Uint8Array): DataOf<DType> {
	const { array, bytes: width } = DTYPES[dtype];
	const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes); // a Buffer's slice copies nothing
	const buffer = aligned.buffer;
	if (!(buffer instanceof ArrayBuffer)) throw new TypeError("viewAs: bytes over a SharedArrayBuffer");
	return new array(buffer, aligned.byteOffset, Math.floor(aligned.byteLength / width));
}
