/**
 * Which labels belong to which prediction, told by their names.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";

/** Something that is named: a prediction, or its labels. */
export type Named = { readonly id: string; readonly path: string };

/** Predictions with their labels, and what has no partner. */
export type Paired<P extends Named> = {
	readonly pairs: readonly { readonly prediction: P; readonly label: Named }[];
	/** Predictions without labels. */
	readonly unlabelled: readonly P[];
	/** Labels without a prediction. */
	readonly unused: readonly Named[];
};

/** What may stand between the common part of two names and the rest: `slice0_mito_seg` belongs to `slice0`. */
const SEPARATORS = ["_", "-", ".", " "];

/**
 * Pairs by name: equal names first; then names of which one begins with the other, up to a separator, the longest common part
 * first. One prediction and one label volume belong together whatever they are called.
 *
 * @throws INPUT where a name fits several
 */
export function pairCases<P extends Named>(predictions: readonly P[], labels: readonly Named[]): Paired<P> {
	const [only, label] = [predictions[0], labels[0]];
	if (predictions.length === 1 && labels.length === 1 && only !== undefined && label !== undefined) {
		return { pairs: [{ prediction: only, label }], unlabelled: [], unused: [] };
	}
	const labelOf = new Map<P, Named>();
	const equal = groupsBy(labels);
	for (const prediction of predictions) {
		const same = equal.get(prediction.id) ?? [];
		if (same.length > 0) labelOf.set(prediction, onlyOne(prediction, same));
	}
	const taken = new Set(labelOf.values());
	const free = labels.filter((one) => !taken.has(one));
	for (const prediction of predictions) {
		if (labelOf.has(prediction)) continue;
		const nearest = nearestOf(prediction, free);
		if (nearest.length > 0) labelOf.set(prediction, onlyOne(prediction, nearest));
	}
	requireOwn(labelOf);
	const used = new Set(labelOf.values());
	return {
		pairs: [...labelOf].map(([prediction, found]) => ({ prediction, label: found })),
		unlabelled: predictions.filter((one) => !labelOf.has(one)),
		unused: labels.filter((one) => !used.has(one)),
	};
}

/** Those whose names have the longest part in common with that of `prediction`. */
function nearestOf({ id }: Named, labels: readonly Named[]): Named[] {
	const fitting = labels.filter((label) => begins(id, label.id) || begins(label.id, id));
	const common = (label: Named) => Math.min(label.id.length, id.length);
	const most = fitting.reduce((length, label) => Math.max(length, common(label)), 0);
	return fitting.filter((label) => common(label) === most);
}

function begins(long: string, short: string): boolean {
	return short !== "" && SEPARATORS.some((separator) => long.startsWith(short + separator));
}

function groupsBy(labels: readonly Named[]): Map<string, Named[]> {
	const groups = new Map<string, Named[]>();
	for (const label of labels) groups.set(label.id, [...(groups.get(label.id) ?? []), label]);
	return groups;
}

function onlyOne(prediction: Named, labels: readonly Named[]): Named {
	const [first, second] = labels;
	if (first !== undefined && second === undefined) return first;
	throw new NnvolError(
		"INPUT",
		`labels of ${prediction.id} are not clear: ${first?.path} and ${second?.path} both fit its name; name the labels one by one, or rename them`,
		{ fields: { path: prediction.path, labels: labels.map(({ path }) => path) } },
	);
}

/** @throws INPUT where two predictions have the same labels */
function requireOwn(labelOf: ReadonlyMap<Named, Named>): void {
	const seen = new Map<Named, Named>();
	for (const [prediction, label] of labelOf) {
		const other = seen.get(label);
		if (other !== undefined) {
			throw new NnvolError(
				"INPUT",
				`the labels ${label.path} fit two predictions, ${other.path} and ${prediction.path}; name one of them, or rename them`,
				{ fields: { path: label.path, predictions: [other.path, prediction.path] } },
			);
		}
		seen.set(label, prediction);
	}
}
