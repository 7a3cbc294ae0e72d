/**
 * How well classes agree, voxel by voxel: Dice, intersection over union, precision, recall of each id but 0.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { nanMean } from "./mean.ts";
import { entries, type Table } from "./table.ts";

/** Voxels of a class or of the foreground, and the ratios of them; NaN where there is nothing to divide by. */
export type ClassScores = {
	readonly dice: number;
	readonly iou: number;
	/** TP / (TP + FP). */
	readonly precision: number;
	/** TP / (TP + FN). */
	readonly recall: number;
	readonly tp: number;
	readonly fp: number;
	readonly fn: number;
	/** Voxels that are neither true nor predicted. */
	readonly tn: number;
};

/** Classes that are no longer classes: a table of more is taken for objects that were not meant to be compared so. */
const MOST_CLASSES = 4096;

/** Ratios of counted voxels. */
export function ratiosOf(tp: number, fp: number, fn: number, tn: number): ClassScores {
	return {
		dice: (2 * tp) / (2 * tp + fp + fn),
		iou: tp / (tp + fp + fn),
		precision: tp / (tp + fp),
		recall: tp / (tp + fn),
		tp,
		fp,
		fn,
		tn,
	};
}

/** Everything that is not 0 against everything that is not 0. */
export function foregroundScores(table: Table): ClassScores {
	return scoresOf(table, (id) => id !== 0n);
}

/** Scores of each id but 0 that either side has, in order. @throws INPUT where there are too many to be classes */
export function classScores(table: Table): ReadonlyMap<bigint, ClassScores> {
	const ids = [...new Set([...table.truth.ids, ...table.found.ids])].filter((id) => id !== 0n);
	if (ids.length > MOST_CLASSES) {
		throw new NnvolError(
			"INPUT",
			`the volumes hold ${ids.length} different labels, too many for classes (${MOST_CLASSES}); compare them as objects (--instances, score.compare=instances)`,
		);
	}
	const own = new Map<bigint, number>();
	for (const [truth, found, voxels] of entries(table)) if (truth === found) own.set(truth, voxels);
	const truths = sizesOf(table.truth);
	const founds = sizesOf(table.found);
	ids.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
	return new Map(
		ids.map((id) => {
			const tp = own.get(id) ?? 0;
			const [fp, fn] = [(founds.get(id) ?? 0) - tp, (truths.get(id) ?? 0) - tp];
			return [id, ratiosOf(tp, fp, fn, table.total - tp - fp - fn)];
		}),
	);
}

/** The part of voxels whose ids are equal; NaN where there are no voxels. */
export function voxelAccuracy(table: Table): number {
	let equal = 0;
	for (const [truth, found, voxels] of entries(table)) if (truth === found) equal += voxels;
	return equal / table.total;
}

/** Means over classes of the four ratios, NaN left out. */
export function meanOfClasses(
	scores: Iterable<ClassScores>,
): Pick<ClassScores, "dice" | "iou" | "precision" | "recall"> {
	const all = [...scores];
	return {
		dice: nanMean(all.map(({ dice }) => dice)),
		iou: nanMean(all.map(({ iou }) => iou)),
		precision: nanMean(all.map(({ precision }) => precision)),
		recall: nanMean(all.map(({ recall }) => recall)),
	};
}

function scoresOf(table: Table, isWanted: (id: bigint) => boolean): ClassScores {
	let [tp, fp, fn, tn] = [0, 0, 0, 0];
	for (const [truth, found, voxels] of entries(table)) {
		const [isTrue, isFound] = [isWanted(truth), isWanted(found)];
		if (isTrue && isFound) tp += voxels;
		else if (isFound) fp += voxels;
		else if (isTrue) fn += voxels;
		else tn += voxels;
	}
	return ratiosOf(tp, fp, fn, tn);
}

function sizesOf({ ids, sizes }: Table["truth"]): Map<bigint, number> {
	return new Map(ids.map((id, n) => [id, sizes[n] ?? 0]));
}
