import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultOf } from "../../src/checkpoint/fault.ts";
import type { TensorRef } from "../../src/checkpoint/pickle-value.ts";
import { floatTensorOf, swapBytes, tensorOf } from "../../src/checkpoint/tensor-data.ts";
import type { TorchDType } from "../../src/checkpoint/torch-dtype.ts";

const fault = faultOf("CHECKPOINT", "x.pth");

function ref(dtype: TorchDType, shape: number[], strides: number[], offset = 0): TensorRef {
	return { kind: "tensor", dtype, shape, strides, offset, storage: { kind: "storage", key: "0", dtype, length: 1 } };
}

/** The elements by the definition of strides. */
function byDefinition(shape: readonly number[], strides: readonly number[], offset: number): number[] {
	const [extent, ...inner] = shape;
	if (extent === undefined) return [offset];
	return Array.from({ length: extent }, (_, i) =>
		byDefinition(inner, strides.slice(1), offset + i * (strides[0] ?? 0)),
	).flat();
}

describe("tensorOf", () => {
	it("picks the elements that shape, strides and offset name", () => {
		const axis = fc.record({ extent: fc.integer({ min: 0, max: 4 }), stride: fc.integer({ min: 0, max: 9 }) });
		fc.assert(
			fc.property(fc.array(axis, { maxLength: 4 }), fc.nat(5), (axes, offset) => {
				const storage = Float32Array.from({ length: 160 }, (_, i) => i);
				const [shape, strides] = [axes.map((a) => a.extent), axes.map((a) => a.stride)];
				const array = floatTensorOf(ref("float32", shape, strides, offset), new Uint8Array(storage.buffer), fault);
				expect([...array.data]).toEqual(byDefinition(shape, strides, offset));
				expect(array.shape).toEqual(shape);
			}),
		);
	});

	it("does not copy a tensor that is its storage, and keeps a part from holding it", () => {
		const storage = new Uint8Array(new Float32Array(100).buffer);
		expect(floatTensorOf(ref("float32", [100], [1]), storage, fault).data.buffer).toBe(storage.buffer);
		expect(floatTensorOf(ref("float32", [10], [1], 5), storage, fault).data.buffer.byteLength).toBe(40);
	});

	it("reads bfloat16 as the upper half of float32, exactly", () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 0xffff }), (bits) => {
				const bytes = new Uint8Array(Uint16Array.of(bits).buffer);
				const value = new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? 0;
				expect(floatTensorOf(ref("bfloat16", [1], [1]), bytes, fault).data[0]).toBe(value);
				expect(tensorOf(ref("bfloat16", [1], [1]), bytes, fault).data[0]).toBe(value);
			}),
		);
	});

	it("keeps half precision as bits unless floats are asked for", () => {
		const bytes = new Uint8Array(Uint16Array.of(0x3c00, 0xc000).buffer);
		expect([...tensorOf(ref("float16", [2], [1]), bytes, fault).data]).toEqual([0x3c00, 0xc000]);
		expect([...floatTensorOf(ref("float16", [2], [1]), bytes, fault).data]).toEqual([1, -2]);
	});

	it("refuses types that it does not read", () => {
		expect(() => tensorOf(ref("complex64", [1], [1]), new Uint8Array(8), fault)).toThrow(
			/complex64, which is not read/,
		);
		expect(() => floatTensorOf(ref("int64", [1], [1]), new Uint8Array(8), fault)).toThrow(/int64 where numbers/);
	});
});

describe("swapBytes", () => {
	it("undoes itself and leaves its input alone", () => {
		fc.assert(
			fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.constantFrom(1, 2, 4, 8), (bytes, width) => {
				const before = [...bytes];
				const swapped = swapBytes(bytes, width);
				expect([...bytes]).toEqual(before);
				expect(swapped[0]).toBe(before[width - 1]);
				expect([...swapBytes(swapped, width)]).toEqual(before);
			}),
		);
	});
});
