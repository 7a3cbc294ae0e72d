/**
 * A word of warning where a file holds what images do not: one value everywhere, or a few labels.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";

/** Fewer voxels tell nothing. */
const LEAST_VOXELS = 4096;

/** Images of so few values are next to none; segmentations are. */
const MOST_LABELS = 8;

/** What is to be said of the image in `name`; undefined where it looks like one. Stops at the first values that do. */
export function fewValuesNote(name: string, { data }: NdArray): string | undefined {
	if (data.length < LEAST_VOXELS) return undefined;
	const values = valuesOf(data);
	const [first] = values ?? [];
	if (values === undefined || first === undefined) return undefined;
	if (values.length === 1) return `${name} has the value ${first} everywhere: is it the right file?`;
	if (values.some((value) => !Number.isInteger(value) || value < 0)) return undefined;
	return `${name} holds only the values ${values.toSorted((a, b) => a - b).join(", ")}: is it a segmentation in place of an image?`;
}

/** The different values, at most `MOST_LABELS`; undefined where there are more. */
function valuesOf(data: NdArray["data"]): number[] | undefined {
	const found: number[] = [];
	let last: number | undefined;
	for (let n = 0; n < data.length; n++) {
		const value = Number(data[n]);
		if (value === last) continue;
		last = value;
		if (found.includes(value)) continue;
		if (found.length === MOST_LABELS) return undefined;
		found.push(value);
	}
	return found;
}
