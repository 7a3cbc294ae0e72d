import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { densify, relabel, smallNumbers } from "../../src/image/relabel.ts";
import { objectCases } from "./kernel-fixture.ts";

/** Labels that lie close together, far apart, or close together far from 0. */
const arrays = fc
	.constantFrom([0, 1, 2, 9], [0, 7, 3_000_000_000, 0xffffffff], [0, 0xfffffffe, 0xfffffff0, 0xffffffff], [5])
	.chain((values) => fc.array(fc.constantFrom(...values), { maxLength: 40 }))
	.map((values) => Uint32Array.from(values));

describe("densify", () => {
	it.each(objectCases)("renumbers labels of $shape as fastremap does", ({ labels, renumbered }) => {
		const found = Uint32Array.from(labels);
		densify(found);
		expect([...found]).toEqual(renumbered);
	});

	it("numbers labels in the order they come, and tells what they were", () => {
		fc.assert(
			fc.property(arrays, (labels) => {
				const order = [...new Set(labels)].filter((label) => label !== 0);
				const found = labels.slice();
				const { count, originals } = densify(found);
				expect(count).toBe(order.length);
				expect([...originals]).toEqual([0, ...order]);
				expect(found).toEqual(labels.map((label) => (label === 0 ? 0 : order.indexOf(label) + 1)));
				relabel(found, originals);
				expect(found).toEqual(labels);
			}),
		);
	});
});

describe("relabel", () => {
	it("looks every label up, 0 as well, and changes nothing where one is missing", () => {
		const labels = Uint32Array.of(0, 2, 1, 2);
		relabel(labels, Uint32Array.of(7, 0, 5));
		expect([...labels]).toEqual([7, 5, 0, 5]);
		expect(() => relabel(labels, Uint32Array.of(0, 1, 2, 3, 4, 5, 6))).toThrow(/7 entries has none for 7/);
		expect([...labels]).toEqual([7, 5, 0, 5]);
		relabel(new Uint32Array(0), new Uint32Array(0));
	});
});

describe("smallNumbers", () => {
	it("stands for the same labels, with numbers that a table holds", () => {
		fc.assert(
			fc.property(arrays, (labels) => {
				const before = labels.slice();
				const { numbers, largest, original } = smallNumbers(labels);
				expect(numbers.map((number) => original(number))).toEqual(before);
				expect(numbers.every((number, i) => number <= largest && (number === 0) === (labels[i] === 0))).toBe(true);
				expect(largest).toBeLessThan(65536);
				expect(labels).toEqual(before);
			}),
		);
	});
});
