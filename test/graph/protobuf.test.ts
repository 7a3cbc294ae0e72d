import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageWriter } from "../../src/graph/protobuf.ts";

/** Reads one varint; the number of its bytes is given back too. */
function readVarint(bytes: Uint8Array, at: number): { value: bigint; next: number } {
	let value = 0n;
	let next = at;
	for (let shift = 0n; ; shift += 7n) {
		const byte = BigInt(bytes[next++] ?? 0);
		value |= (byte & 0x7fn) << shift;
		if (byte < 0x80n) return { value: BigInt.asIntN(64, value), next };
	}
}

describe("MessageWriter", () => {
	it("writes the example of the encoding guide", () => {
		expect([...new MessageWriter().integer(1, 150).finish()]).toEqual([0x08, 0x96, 0x01]);
		expect([...new MessageWriter().text(2, "testing").finish()]).toEqual([0x12, 7, ...Buffer.from("testing")]);
	});

	it("writes every safe integer so that it is read back", () => {
		fc.assert(
			fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 2000 }), (value, field) => {
				const bytes = new MessageWriter().integer(field, value).finish();
				const tag = readVarint(bytes, 0);
				expect(tag.value).toBe(BigInt(field * 8));
				expect(readVarint(bytes, tag.next)).toEqual({ value: BigInt(value), next: bytes.length });
			}),
		);
	});

	it("writes floats in 32 bits, low byte first, and nests messages", () => {
		expect([...new MessageWriter().float(2, 0.5).finish()]).toEqual([0x15, 0, 0, 0, 0x3f]);
		const inner = new MessageWriter().integer(1, 1);
		expect([...new MessageWriter().message(3, inner).finish()]).toEqual([0x1a, 2, 0x08, 1]);
	});
});
