import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sigmoid, softmax } from "../../src/image/softmax.ts";
import { numbers } from "./fixture.ts";

const logits = Float32Array.from(numbers.logits);

function farthest(found: Float32Array, expected: readonly number[]): number {
	expect(found).toHaveLength(expected.length);
	return Math.max(...expected.map((value, i) => Math.abs((found[i] ?? Number.NaN) - value)));
}

describe("softmax", () => {
	it("is torch's", () => {
		expect(farthest(softmax(logits, 3), numbers.softmax)).toBeLessThan(2e-7);
	});

	it("works in place", () => {
		const data = logits.slice();
		expect(softmax(data, 3, data)).toBe(data);
		expect(data).toEqual(softmax(logits, 3));
	});

	it("sums to 1 for any logits, large ones too", () => {
		fc.assert(
			fc.property(fc.float32Array({ minLength: 4, maxLength: 4, min: -2000, max: 2000, noNaN: true }), (data) => {
				const sum = softmax(data, 4).reduce((total, p) => total + p, 0);
				expect(Math.abs(sum - 1)).toBeLessThan(1e-6);
			}),
		);
	});

	it("passes NaN on and refuses lengths that do not fit", () => {
		expect(softmax(Float32Array.of(Number.NaN, 1), 2)[1]).toBeNaN();
		expect(() => softmax(logits, 7)).toThrow(RangeError);
		expect(() => softmax(logits, 3, new Float32Array(1))).toThrow(RangeError);
	});
});

describe("sigmoid", () => {
	it("is torch's, in place too", () => {
		expect(farthest(sigmoid(logits), numbers.sigmoid)).toBeLessThan(2e-7);
		const data = logits.slice();
		expect(sigmoid(data, data)).toBe(data);
		expect(data).toEqual(sigmoid(logits));
	});

	it("has no infinities at the ends, and refuses lengths that do not fit", () => {
		expect(sigmoid(Float32Array.of(-1000, 1000))).toEqual(Float32Array.of(0, 1));
		expect(() => sigmoid(logits, new Float32Array(1))).toThrow(RangeError);
	});
});
