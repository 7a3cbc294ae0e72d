/**
 * The element types of torch and what becomes of them here.
 *
 * @module
 */
import type { DType } from "../core/dtype.ts";

/** Bytes an element, and the element type that reading gives; "none" where it is not read. */
type TorchDTypeInfo = { readonly bytes: 1 | 2 | 4 | 8 | 16; readonly read: DType | "none" };

/** bool is read as uint8; bfloat16, which nothing else here knows, as float32 (exact). */
export const TORCH_DTYPES = {
	float64: { bytes: 8, read: "float64" },
	float32: { bytes: 4, read: "float32" },
	float16: { bytes: 2, read: "float16" },
	bfloat16: { bytes: 2, read: "float32" },
	bool: { bytes: 1, read: "uint8" },
	uint8: { bytes: 1, read: "uint8" },
	int8: { bytes: 1, read: "int8" },
	int16: { bytes: 2, read: "int16" },
	int32: { bytes: 4, read: "int32" },
	int64: { bytes: 8, read: "int64" },
	uint16: { bytes: 2, read: "uint16" },
	uint32: { bytes: 4, read: "uint32" },
	uint64: { bytes: 8, read: "uint64" },
	complex32: { bytes: 4, read: "none" },
	complex64: { bytes: 8, read: "none" },
	complex128: { bytes: 16, read: "none" },
	quint8: { bytes: 1, read: "none" },
	qint8: { bytes: 1, read: "none" },
	qint32: { bytes: 4, read: "none" },
	float8_e4m3fn: { bytes: 1, read: "none" },
	float8_e5m2: { bytes: 1, read: "none" },
	float8_e4m3fnuz: { bytes: 1, read: "none" },
	float8_e5m2fnuz: { bytes: 1, read: "none" },
} as const satisfies Record<string, TorchDTypeInfo>;

/** Name of a torch element type, without `torch.`. */
export type TorchDType = keyof typeof TORCH_DTYPES;

/** Storage classes (`torch.FloatStorage`) and their elements. */
export const STORAGE_TYPES: ReadonlyMap<string, TorchDType | "untyped"> = new Map([
	["DoubleStorage", "float64"],
	["FloatStorage", "float32"],
	["HalfStorage", "float16"],
	["BFloat16Storage", "bfloat16"],
	["BoolStorage", "bool"],
	["ByteStorage", "uint8"],
	["CharStorage", "int8"],
	["ShortStorage", "int16"],
	["IntStorage", "int32"],
	["LongStorage", "int64"],
	["ComplexFloatStorage", "complex64"],
	["ComplexDoubleStorage", "complex128"],
	["QUInt8Storage", "quint8"],
	["QInt8Storage", "qint8"],
	["QInt32Storage", "qint32"],
	["UntypedStorage", "untyped"],
]);

/** True where `name` is an element type of torch. */
export function isTorchDType(name: string): name is TorchDType {
	return Object.hasOwn(TORCH_DTYPES, name);
}

/** True for the types whose elements are real numbers with fractions. */
export function isFloating(dtype: TorchDType): boolean {
	return dtype === "float32" || dtype === "float16" || dtype === "bfloat16" || dtype === "float64";
}
