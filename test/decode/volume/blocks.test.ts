import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import { parseDecoding } from "../../../src/decode/step.ts";
import { blockExtents } from "../../../src/decode/volume/blocks.ts";
import { programHalo } from "../../../src/decode/volume/program-halo.ts";
import { programOf } from "../../../src/decode/volume/program-of-steps.ts";

const zyxOf = (max: number) =>
	fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max }), fc.integer({ min: 1, max }));

describe("blocks within memory", () => {
	test("are of units, have room with all that is looked at around them, and no axis can be twice as long", () => {
		fc.assert(
			fc.property(zyxOf(900), zyxOf(40), zyxOf(30), fc.integer({ min: 1e5, max: 1e7 }), (shape, unit, halo, own) => {
				const room = { own, seen: 2 * own, halo };
				const wide = (block: readonly number[]) =>
					sizeOf(block.map((extent, axis) => Math.min(shape[axis]!, extent + 2 * halo[axis]!)));
				const first = unit.map((extent, axis) => Math.min(extent, shape[axis]!));
				if (sizeOf(first) > own || wide(first) > 2 * own) {
					expect(() => blockExtents(shape, unit, room)).toThrow(/not one fits the memory/);
					return;
				}
				const block = blockExtents(shape, unit, room);
				expect(sizeOf(block)).toBeLessThanOrEqual(own);
				expect(wide(block)).toBeLessThanOrEqual(2 * own);
				for (const axis of [0, 1, 2]) {
					expect(block[axis]! % unit[axis]! === 0 || block[axis] === shape[axis]).toBe(true);
				}
				const growing = [0, 1, 2].filter((axis) => block[axis]! < shape[axis]!);
				if (growing.length === 0) return;
				const short = growing.reduce((best, axis) => (block[axis]! < block[best]! ? axis : best));
				const longer = block.map((extent, axis) => (axis === short ? Math.min(2 * extent, shape[axis]!) : extent));
				expect(sizeOf(longer) > own || wide(longer) > 2 * own).toBe(true);
			}),
		);
	});

	test("look as far around as the step that looks farthest", () => {
		const halo = (raw: unknown, depth: number): Zyx =>
			programHalo(programOf(parseDecoding(raw), { channels: [0], depth, sectionwise: false }), depth);
		const last = { name: "decode_connected_components" };
		expect(halo([last], 9)).toEqual([0, 0, 0]);
		const steps = [
			{ name: "median", kwargs: { size: [9, 2, 3] } },
			{ name: "closing", kwargs: { iterations: 1 } },
			last,
		];
		expect(halo(steps, 9)).toEqual([4, 2, 2]);
		expect(halo(steps, 1)).toEqual([0, 2, 2]);
		expect(halo([{ name: "opening", kwargs: { iterations: 3, sectionwise: true } }, last], 9)).toEqual([0, 6, 6]);
	});
});
