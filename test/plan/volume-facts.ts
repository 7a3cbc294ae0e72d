/**
 * Arbitrary volumes and what their plans follow from, for laws of the planner.
 *
 * @module
 */
import fc from "fast-check";
import { sizeOf, type Zyx, zyx } from "../../src/core/shape.ts";
import { type OutputMap, outputShape, type VolumeLayout, volumeLayout } from "../../src/plan/volume-layout.ts";
import type { VolumeFacts } from "../../src/plan/volume-plan.ts";

const ORDERS = [
	[0, 1, 2],
	[0, 2, 1],
	[1, 0, 2],
	[1, 2, 0],
	[2, 0, 1],
	[2, 1, 0],
] as const;

/** Any way that an output lies beside the image that is predicted. */
export const maps: fc.Arbitrary<OutputMap> = fc
	.record({
		shape: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 13 })),
		transposeBackward: fc.constantFrom(...ORDERS),
		order: fc.constantFrom(...ORDERS),
		flip: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
	})
	.map(({ shape, transposeBackward, order, flip }) => ({
		shape: zyx(shape),
		transposeBackward,
		turn: { order, flip },
	}));

/** A layout over units that fit its output. */
export const layouts: fc.Arbitrary<VolumeLayout & { readonly unit: Zyx }> = fc
	.record({
		map: maps,
		unit: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
		most: fc.constantFrom(1, 40, 300, 2 ** 24),
	})
	.map(({ map, unit, most }) => {
		const extents = outputShape(map);
		const fitting = zyx(unit.map((extent, axis) => Math.min(extent, extents[axis] ?? 1)));
		return { ...volumeLayout(map, fitting, most), unit: fitting };
	});

/** What a plan follows from. A third of them are sections that are predicted by themselves. */
export const facts: fc.Arbitrary<VolumeFacts> = fc
	.record({
		shape: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 })),
		unit: fc.tuple(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 2, max: 16 }), fc.integer({ min: 2, max: 16 })),
		patch: fc.tuple(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 2, max: 24 }), fc.integer({ min: 2, max: 24 })),
		step: fc.constantFrom(0.3, 0.5, 1),
		kind: fc.constantFrom("whole", "cropped", "sections"),
		chunks: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constant(16), fc.constant(16)),
		heads: fc.integer({ min: 2, max: 4 }),
		most: fc.constantFrom(1, 2000, 2 ** 24),
	})
	.map(({ shape, unit, patch, step, kind, chunks, heads, most }) => {
		const layout = layoutOf(zyx(shape), unit, most);
		const margin = shape.map((extent) => (kind === "cropped" ? Math.floor(extent / 5) : 0));
		const inner = zyx(shape.map((extent, axis) => extent - 2 * (margin[axis] ?? 0)));
		const network: Zyx = kind === "sections" ? [1, inner[1], inner[2]] : inner;
		return {
			layout,
			network,
			sections: kind === "sections" ? shape[0] : 1,
			scale: [1, 1, 1],
			origin: zyx(margin),
			patch: kind === "sections" ? [1, patch[1], patch[2]] : zyx(patch),
			step,
			views: 1,
			channels: 1,
			heads,
			sourceBytes: 1,
			chunks: zyx(chunks),
			outputBytes: 1,
			writeBytes: 1,
			tilesHeld: 3,
			wholePlanes: false,
		};
	});

/** A layout whose output lies as the image does. */
export function layoutOf(shape: Zyx, unit: readonly number[], most = 2 ** 24): VolumeLayout {
	const turn = { order: [0, 1, 2], flip: [false, false, false] };
	const fitting = zyx(unit.map((extent, axis) => Math.min(extent, shape[axis] ?? 1)));
	return volumeLayout({ shape, transposeBackward: [0, 1, 2], turn }, fitting, most);
}

/** Blocks of a layout. */
export function blocksIn({ grid }: VolumeLayout): number {
	return sizeOf(grid.counts);
}
