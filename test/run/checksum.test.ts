import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { swappedCopy } from "../../src/core/bytes.ts";
import { checksumOf } from "../../src/run/checksum.ts";

describe("checksumOf", () => {
	it("is SHA-256 of the voxels' little-endian bytes, whatever they are a view of", () => {
		const bytes = Buffer.from("0100020003000400", "hex");
		const expected = createHash("sha256").update(bytes).digest("hex");
		expect(checksumOf(ndarray("uint16", [2, 2], Uint16Array.of(1, 2, 3, 4)))).toBe(expected);
		const part = Uint16Array.of(9, 1, 2, 3, 4, 9).subarray(1, 5);
		expect(checksumOf(ndarray("uint16", [4], part))).toBe(expected);
		expect(checksumOf(ndarray("uint16", [4], Uint16Array.of(1, 2, 3, 5)))).not.toBe(expected);
	});

	it("on a big-endian machine swaps the bytes of each element", () => {
		expect([...swappedCopy(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 4)]).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
	});
});
