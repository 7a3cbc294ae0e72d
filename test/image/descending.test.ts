import fc from "fast-check";
import { expect, test } from "vitest";
import { orderDescending } from "../../src/image/descending.ts";

test("places of the largest values come first, of equal ones the earlier", () => {
	const value = fc.oneof(
		fc.float({ noNaN: true }),
		fc.constantFrom(0, -0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
	);
	fc.assert(
		fc.property(fc.array(value, { maxLength: 60 }), (list) => {
			const values = Float32Array.from(list);
			const expected = [...values.keys()].sort((a, b) =>
				values[a] === values[b] ? a - b : values[b]! > values[a]! ? 1 : -1,
			);
			expect([...orderDescending(values)]).toEqual(expected);
		}),
	);
});
