/**
 * Growing objects from seeds in one box: of the volume, or of each of its sections.
 *
 * @module
 */
import { sizeOf, type Zyx } from "../../core/shape.ts";
import { watershed } from "../../image/watershed.ts";

/** What objects grow in; all C-ordered over one shape. */
export type FloodBox = {
	/** Objects grow from low to high. */
	readonly heights: Float32Array<ArrayBuffer>;
	/** Ids, not 0 where a seed is. */
	readonly seeds: Uint32Array;
	/** As far as this is not 0. */
	readonly mask: Uint8Array;
	readonly shape: Zyx;
	readonly flat: boolean;
};

/** Ids of the seeds spread over the mask (`image/watershed.ts`); 0 where none reaches. */
export function flood({ heights, seeds, mask, shape, flat }: FloodBox): Uint32Array<ArrayBuffer> {
	if (!flat) return watershed(heights, seeds, shape, { mask });
	const plane = sizeOf(shape.slice(1));
	const labels = new Uint32Array(heights.length);
	for (let from = 0; from < labels.length; from += plane) {
		const part = <T extends { subarray(from: number, to: number): T }>(array: T): T =>
			array.subarray(from, from + plane);
		labels.set(watershed(part(heights), part(seeds), shape.slice(1), { mask: part(mask) }), from);
	}
	return labels;
}
