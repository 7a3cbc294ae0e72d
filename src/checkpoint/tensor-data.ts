/**
 * From the bytes of a storage to the elements of a tensor: strides, byte order, float formats.
 *
 * @module
 */
import { type NdArray, ndarray, rows } from "../core/array.ts";
import { type DataOf, type DType, viewAs } from "../core/dtype.ts";
import { fromHalf } from "../core/float16.ts";
import { shapeText, sizeOf, stridesOf } from "../core/shape.ts";
import type { Fault } from "./fault.ts";
import type { TensorRef } from "./pickle-value.ts";
import { isFloating, TORCH_DTYPES, type TorchDType } from "./torch-dtype.ts";

/** Elements that a tensor may have beyond those of its storage (by strides of 0): no weight does that. */
const MOST_EXPANDED = 1 << 24;

/** A copy with the bytes of every element reversed: for big-endian files. */
export function swapBytes(bytes: Uint8Array, width: number): Uint8Array {
	const swapped = bytes.slice();
	for (let at = 0; at + width <= swapped.length; at += width) swapped.subarray(at, at + width).reverse();
	return swapped;
}

/**
 * The elements of `ref`, C-ordered, in the element type that `TORCH_DTYPES` gives (bool as uint8, bfloat16 as float32).
 * May share memory with `storage`, the storage's bytes in the machine's order.
 *
 * @throws what `fault` makes where the tensor does not lie in its storage or its type is not read
 */
export function tensorOf(ref: TensorRef, storage: Uint8Array, fault: Fault): NdArray {
	const { read } = TORCH_DTYPES[ref.dtype];
	if (read === "none") throw fault(`holds a tensor of type ${ref.dtype}, which is not read`, SAVE_AS_FLOAT);
	const bytes = elementsOf(ref, storage, fault);
	if (ref.dtype === "bfloat16") return ndarray("float32", ref.shape, widened(bytes));
	return arrayOf(read, ref.shape, bytes);
}

/** The elements of `ref` as float32: half and bfloat16 exactly, float64 rounded. @throws as `tensorOf` */
export function floatTensorOf(ref: TensorRef, storage: Uint8Array, fault: Fault): NdArray<"float32"> {
	if (!isFloating(ref.dtype))
		throw fault(`holds a tensor of type ${ref.dtype} where numbers are needed`, SAVE_AS_FLOAT);
	return ndarray("float32", ref.shape, asFloats(ref.dtype, elementsOf(ref, storage, fault)));
}

const SAVE_AS_FLOAT = "Save the network from Python with float32 weights (model.float())";

function arrayOf<D extends DType>(dtype: D, shape: readonly number[], bytes: Uint8Array): NdArray<D> {
	return ndarray(dtype, shape, viewAs(dtype, bytes));
}

function asFloats(dtype: TorchDType, bytes: Uint8Array): DataOf<"float32"> {
	if (dtype === "float32") return viewAs("float32", bytes);
	if (dtype === "float64") return Float32Array.from(viewAs("float64", bytes));
	if (dtype === "bfloat16") return widened(bytes);
	return Float32Array.from(viewAs("float16", bytes), fromHalf);
}

/** bfloat16 is the upper half of float32. */
function widened(bytes: Uint8Array): DataOf<"float32"> {
	const bits = Uint32Array.from(viewAs("uint16", bytes), (half) => half << 16);
	return new Float32Array(bits.buffer);
}

/** The tensor's elements as packed bytes; a copy unless it is the whole storage. */
function elementsOf(ref: TensorRef, storage: Uint8Array, fault: Fault): Uint8Array {
	const width = TORCH_DTYPES[ref.dtype].bytes;
	checkInside(ref, Math.floor(storage.length / width), fault);
	const size = sizeOf(ref.shape);
	if (!isDense(ref)) return gather(ref, storage, width);
	const from = ref.offset * width;
	const to = from + size * width;
	return from === 0 && to === storage.length ? storage : storage.slice(from, to);
}

function checkInside(ref: TensorRef, available: number, fault: Fault): void {
	const size = sizeOf(ref.shape);
	const last = ref.shape.reduce((at, extent, axis) => at + (extent - 1) * (ref.strides[axis] ?? 0), ref.offset);
	const name = `a tensor of ${shapeText(ref.shape) || "one element"}`;
	if (!Number.isSafeInteger(size) || size > Math.max(available, MOST_EXPANDED)) {
		throw fault(`claims ${name} over a storage of ${available} elements`);
	}
	if (size > 0 && !(last < available)) {
		throw fault(`claims ${name} up to element ${last} of a storage of ${available} elements`);
	}
}

/** True where the elements follow each other in C order; axes of extent 1 do not matter. */
function isDense(ref: TensorRef): boolean {
	const dense = stridesOf(ref.shape);
	return (
		ref.shape.every((extent, axis) => extent === 1 || ref.strides[axis] === dense[axis]) || sizeOf(ref.shape) === 0
	);
}

function gather(ref: TensorRef, storage: Uint8Array, width: number): Uint8Array {
	const packed = new Uint8Array(sizeOf(ref.shape) * width);
	const length = ref.shape.at(-1) ?? 1;
	const step = (ref.strides.at(-1) ?? 0) * width;
	let to = 0;
	for (const index of rows(ref.shape)) {
		const start = index.reduce((at, i, axis) => at + i * (ref.strides[axis] ?? 0), ref.offset) * width;
		for (let i = 0, from = start; i < length; i++, from += step) {
			for (let byte = 0; byte < width; byte++) packed[to++] = storage[from + byte] ?? 0;
		}
	}
	return packed;
}
