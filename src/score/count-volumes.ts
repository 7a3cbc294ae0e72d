/**
 * Counts how the ids of two volumes meet, box by box, in bounded memory.
 *
 * @module
 */
import { throwIfAborted } from "../core/errors.ts";
import { sameShape, shapeText, sizeOf } from "../core/shape.ts";
import { volumeError } from "../volume/fault.ts";
import type { IoOptions } from "../volume/volume.ts";
import { Contingency } from "./contingency.ts";
import type { LabelVolume } from "./label-volume.ts";
import { labelWords } from "./label-words.ts";
import { scoreBoxes } from "./score-boxes.ts";

/** Told after each box: voxels that are counted. */
export type OnCounted = (done: number, total: number) => void;

/**
 * The contingency table of two volumes of one shape.
 *
 * @throws VOLUME where the shapes differ or a value is no id
 */
export async function countVolumes(
	truth: LabelVolume,
	found: LabelVolume,
	options: IoOptions & { readonly onCounted?: OnCounted; readonly boxVoxels?: number } = {},
): Promise<Contingency> {
	requireSameShape(truth, found);
	const counts = new Contingency();
	const total = sizeOf(truth.shape);
	let done = 0;
	for (const box of scoreBoxes(truth.shape, [truth.chunks, found.chunks], options.boxVoxels)) {
		throwIfAborted(options.signal);
		const [a, b] = await Promise.all([truth.read(box, options), found.read(box, options)]);
		counts.add(labelWords(a, truth.path), labelWords(b, found.path), a.data.length);
		done += a.data.length;
		options.onCounted?.(done, total);
	}
	return counts;
}

/** @throws VOLUME naming both shapes */
export function requireSameShape(truth: LabelVolume, found: LabelVolume): void {
	if (sameShape(truth.shape, found.shape)) return;
	throw volumeError(
		found.path,
		`expected the shape of its labels ${truth.path}, ${shapeText(truth.shape)} (z, y, x), found ${shapeText(found.shape)}; do they belong together?`,
	);
}
