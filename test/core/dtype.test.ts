import { describe, expect, it } from "vitest";
import { allocate, DTYPES, isDType, viewAs } from "../../src/core/dtype.ts";

describe("the table of element types", () => {
	it("says how many bytes its arrays' elements have", () => {
		for (const [name, { array, bytes }] of Object.entries(DTYPES)) {
			expect(isDType(name)).toBe(true);
			expect(array.BYTES_PER_ELEMENT).toBe(bytes);
		}
		expect(isDType("toString")).toBe(false);
		expect(isDType("bool")).toBe(false);
	});

	it("allocates zeros", () => {
		expect(allocate("int64", 2)).toEqual(BigInt64Array.of(0n, 0n));
		expect(allocate("float16", 2)).toEqual(Uint16Array.of(0, 0));
	});
});

describe("viewAs", () => {
	it("shares aligned memory", () => {
		const bytes = new Uint8Array(8);
		const view = viewAs("uint32", bytes.subarray(4));
		view[0] = 0x01020304;
		expect([...bytes]).toEqual([0, 0, 0, 0, 4, 3, 2, 1]);
	});

	it("copies what is not aligned, a Buffer too", () => {
		const bytes = Uint8Array.of(9, 1, 0, 0, 0, 2, 0, 0, 0);
		expect(viewAs("uint32", bytes.subarray(1))).toEqual(Uint32Array.of(1, 2));
		const buffer = Buffer.from(bytes.buffer, 1, 8);
		expect(viewAs("uint32", buffer)).toEqual(Uint32Array.of(1, 2));
	});

	it("refuses shared memory", () => {
		expect(() => viewAs("uint8", new Uint8Array(new SharedArrayBuffer(4)))).toThrow(TypeError);
	});
});
