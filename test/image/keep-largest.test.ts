import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { components } from "../../src/image/components.ts";
import { keepLargest } from "../../src/image/keep-largest.ts";

const scene = fc
	.record({
		depth: fc.integer({ min: 1, max: 4 }),
		height: fc.integer({ min: 1, max: 7 }),
		width: fc.integer({ min: 1, max: 7 }),
	})
	.chain(({ depth, height, width }) =>
		fc.record({
			shape: fc.constant([depth, height, width]),
			labels: fc.uint8Array({ minLength: depth * height * width, maxLength: depth * height * width, max: 3 }),
			wanted: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { minLength: 1 }),
		}),
	);

/** The mask of the wanted labels. */
const maskOf = (labels: Uint8Array, wanted: readonly number[]) =>
	Uint8Array.from(labels, (v) => (wanted.includes(v) ? 1 : 0));

describe("keepLargest", () => {
	it("leaves components of one size, the largest there was, and touches nothing else", () => {
		fc.assert(
			fc.property(scene, ({ shape, labels, wanted }) => {
				const before = components(maskOf(labels, wanted), shape, 3);
				const after = Uint8Array.from(labels);
				keepLargest(after, shape, wanted, 0);
				const left = components(maskOf(after, wanted), shape, 3);
				const largest = Math.max(0, ...before.sizes.subarray(1));
				expect([...left.sizes.subarray(1)]).toEqual([...before.sizes.subarray(1)].filter((size) => size === largest));
				for (let i = 0; i < labels.length; i++) {
					if (after[i] !== labels[i]) expect([after[i], wanted.includes(labels[i] ?? 0)]).toEqual([0, true]);
				}
			}),
		);
	});

	it("changes nothing the second time", () => {
		fc.assert(
			fc.property(scene, ({ shape, labels, wanted }) => {
				const once = Uint8Array.from(labels);
				keepLargest(once, shape, wanted, 0);
				const twice = Uint8Array.from(once);
				keepLargest(twice, shape, wanted, 0);
				expect(twice).toEqual(once);
			}),
		);
	});

	it("takes corners for neighbours in two and three axes, and gives the background asked for", () => {
		const flat = Uint16Array.of(1, 0, 0, 0, 1, 0, 0, 0, 300);
		keepLargest(flat, [3, 3], [1], 300);
		expect([...flat]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 300]);
		const row = Uint16Array.of(1, 1, 0, 1, 2);
		keepLargest(row, [1, 5], [1], 300);
		expect([...row]).toEqual([1, 1, 0, 300, 2]);
		const deep = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1);
		keepLargest(deep, [2, 2, 2], [1], 0);
		expect(deep[0]).toBe(1);
	});
});
