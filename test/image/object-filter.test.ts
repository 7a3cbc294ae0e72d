import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepBySize, keepLargest } from "../../src/image/object-filter.ts";
import { objectCases } from "./kernel-fixture.ts";

const arrays = fc
	.array(fc.constantFrom(0, 1, 2, 3, 9, 4_000_000_000), { maxLength: 60 })
	.map((values) => Uint32Array.from(values));

function sizeOf(labels: Uint32Array, label: number): number {
	return labels.filter((other) => other === label).length;
}

describe("keepBySize", () => {
	it.each(objectCases)("keeps large objects of $shape as numpy counts them", ({ labels, atLeast, large }) => {
		const found = Uint32Array.from(labels);
		keepBySize(found, { atLeast });
		expect([...found]).toEqual(large);
	});

	it("keeps what lies between both bounds, and says how many went", () => {
		fc.assert(
			fc.property(arrays, fc.nat(20), fc.nat(20), (labels, atLeast, atMost) => {
				const found = labels.slice();
				const dropped = keepBySize(found, { atLeast, atMost });
				const isKept = (label: number) => {
					const size = sizeOf(labels, label);
					return label !== 0 && size >= atLeast && size <= atMost;
				};
				expect(found).toEqual(labels.map((label) => (isKept(label) ? label : 0)));
				expect(dropped).toBe([...new Set(labels)].filter((label) => label !== 0 && !isKept(label)).length);
				expect(keepBySize(labels, {})).toBe(0);
			}),
		);
	});
});

describe("keepLargest", () => {
	it.each(objectCases)("keeps the largest of $shape", ({ labels, largest }) => {
		const found = Uint32Array.from(labels);
		keepLargest(found);
		expect([...found]).toEqual(largest);
	});

	it("keeps so many, the smaller ids of those of one size", () => {
		fc.assert(
			fc.property(arrays, fc.nat(6), (labels, count) => {
				const found = labels.slice();
				const dropped = keepLargest(found, count);
				const order = [...new Set(labels)]
					.filter((label) => label !== 0)
					.sort((a, b) => sizeOf(labels, b) - sizeOf(labels, a) || a - b);
				const kept = order.slice(0, count);
				expect(found).toEqual(labels.map((label) => (kept.includes(label) ? label : 0)));
				expect(dropped).toBe(order.length - kept.length);
			}),
		);
	});
});
