/**
 * The mirrored views of a tile that test-time augmentation averages.
 *
 * A view is the list of spatial axes that are flipped; the empty list is the tile as it is.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";

/** Spatial axes flipped together. */
export type View = readonly number[];

/**
 * Identity first, then every combination of `axes`, small ones first and in the order in which `axes` are given.
 *
 * As nnU-Net's `_internal_maybe_mirror_and_predict` (`itertools.combinations` by size).
 *
 * @throws CONFIG where an axis is named twice or is not 0, 1, 2, ...
 */
export function mirrorViews(axes: readonly number[]): readonly View[] {
	checkAxes(axes);
	const views: View[] = [[]];
	for (let size = 1; size <= axes.length; size++) views.push(...combinations(axes, size));
	return views;
}

/**
 * Identity first, then the views of `list` in their order; a view given twice (in any order of its axes) counts once.
 *
 * @throws CONFIG where a view names an axis twice or one that is not 0, 1, 2, ...
 */
export function explicitViews(list: readonly View[]): readonly View[] {
	const views = new Map<string, View>([["", []]]);
	for (const axes of list) {
		checkAxes(axes);
		const sorted = [...axes].sort((a, b) => a - b);
		if (!views.has(sorted.join())) views.set(sorted.join(), sorted);
	}
	return [...views.values()];
}

function combinations(axes: readonly number[], size: number): View[] {
	if (size === 0) return [[]];
	return axes.flatMap((axis, i) => combinations(axes.slice(i + 1), size - 1).map((rest) => [axis, ...rest]));
}

function checkAxes(axes: readonly number[]): void {
	const whole = axes.every((axis) => Number.isSafeInteger(axis) && axis >= 0);
	if (whole && new Set(axes).size === axes.length) return;
	throw new NnvolError(
		"CONFIG",
		`flip axes: expected different axes counted from 0, found [${axes.join(", ")}]; name each axis of a view once`,
		{ fields: { axes } },
	);
}
