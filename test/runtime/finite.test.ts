import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assertFinite } from "../../src/runtime/finite.ts";

describe("assertFinite", () => {
	it("accepts whatever is finite", () => {
		fc.assert(
			fc.property(fc.float32Array({ noNaN: true, noDefaultInfinity: true }), (data) => {
				expect(() => assertFinite(data, "data")).not.toThrow();
			}),
		);
	});

	it("names the first entry that is not", () => {
		fc.assert(
			fc.property(
				fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 20 }),
				fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
				(before, bad) => {
					const data = Float32Array.from([...before, bad, 1, bad]);
					expect(() => assertFinite(data, "tile")).toThrow(
						`tile holds ${bad} at entry ${before.length} of ${data.length}`,
					);
				},
			),
		);
	});
});
