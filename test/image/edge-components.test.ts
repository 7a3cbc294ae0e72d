import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sizeOf } from "../../src/core/shape.ts";
import { components } from "../../src/image/components.ts";
import { edgeComponents } from "../../src/image/edge-components.ts";

const grid = fc
	.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
	.chain((shape) =>
		fc.record({
			shape: fc.constant(shape),
			mask: fc.uint8Array({ minLength: sizeOf(shape), maxLength: sizeOf(shape), max: 1 }),
		}),
	);

/** 1 where a voxel and the next along `axis` are both in the mask. */
function between(mask: Uint8Array, shape: readonly number[], axis: number): Uint8Array {
	const stride = sizeOf(shape.slice(axis + 1));
	return mask.map((value, i) => {
		const isLast = Math.floor(i / stride) % shape[axis]! === shape[axis]! - 1;
		return !isLast && value === 1 && mask[i + stride] === 1 ? 1 : 0;
	});
}

describe("edgeComponents", () => {
	test("with an edge between all neighbours gives the components of 6 neighbours", () => {
		fc.assert(
			fc.property(grid, ({ shape, mask }) => {
				const edges = [0, 1, 2].map((axis) => ({ axis, joined: between(mask, shape, axis) }));
				const { labels, count } = components(mask, shape, 1);
				expect(edgeComponents(mask, edges, shape)).toEqual({ labels, count });
			}),
		);
	});

	test("leaves neighbours apart that no edge joins", () => {
		const joined = Uint8Array.of(1, 0, 0, 1);
		const { labels, count } = edgeComponents(Uint8Array.of(1, 1, 1, 1), [{ axis: 0, joined }], [4]);
		expect([...labels]).toEqual([1, 1, 2, 3]);
		expect(count).toBe(3);
	});

	test("refuses edges of another length", () => {
		expect(() => edgeComponents(new Uint8Array(4), [{ axis: 0, joined: new Uint8Array(3) }], [4])).toThrow(RangeError);
	});
});
