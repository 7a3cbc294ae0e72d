import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fromHalf, toHalf } from "../../src/core/float16.ts";

type Fixture = { readonly sha256: string; readonly rounded: readonly (readonly [number, number])[] };

const fixture: Fixture = JSON.parse(
	readFileSync(join(import.meta.dirname, "..", "fixtures", "core", "halves.json"), "utf8"),
);

const isNaNHalf = (half: number) => (half & 0x7fff) > 0x7c00;

describe("float16", () => {
	it("reads all 65536 halves as numpy does", () => {
		const values = Float32Array.from({ length: 65536 }, (_, half) => fromHalf(half));
		const bits = new Uint32Array(values.buffer);
		for (const [half, value] of values.entries()) if (Number.isNaN(value)) bits[half] = 0x7fc00000;
		expect(createHash("sha256").update(new Uint8Array(bits.buffer)).digest("hex")).toBe(fixture.sha256);
	});

	it("writes every half back as it was", () => {
		const wrong: number[] = [];
		for (let half = 0; half < 65536; half++) {
			const back = toHalf(fromHalf(half));
			if (isNaNHalf(half) ? !isNaNHalf(back) : back !== half) wrong.push(half);
		}
		expect(wrong).toEqual([]);
	});

	it("rounds as numpy and torch: ties, limits, subnormals, and numbers between", () => {
		const float = new Float32Array(1);
		const bits = new Uint32Array(float.buffer);
		const found = fixture.rounded.map(([from]) => {
			bits[0] = from;
			return [from, toHalf(float[0] ?? Number.NaN)];
		});
		expect(found.length).toBeGreaterThan(1000);
		expect(found).toEqual(fixture.rounded);
	});

	it("keeps NaN and the sign of zero", () => {
		expect(isNaNHalf(toHalf(Number.NaN))).toBe(true);
		expect(toHalf(-0)).toBe(0x8000);
		expect(Object.is(fromHalf(0x8000), -0)).toBe(true);
		expect(toHalf(Number.NEGATIVE_INFINITY)).toBe(0xfc00);
	});
});
