/**
 * Scores of all cases together: every count added up, the ratios made anew.
 *
 * Only what adds up: Rand error and variation of information belong to one volume, and have means only.
 *
 * @module
 */
import type { CaseScore, ObjectScores } from "./case-scores.ts";
import { type ClassScores, ratiosOf } from "./classes.ts";
import { matchScores } from "./matching.ts";
import { mean } from "./mean.ts";

/** What cases come to, their counts added up. */
export type PooledScores = {
	readonly voxels: number;
	readonly foreground: ClassScores;
	readonly classes?: Readonly<Record<string, ClassScores>>;
	readonly objects?: Pick<ObjectScores, "truths" | "predictions" | "matching" | "meanAveragePrecision">;
};

/** Adds up the counts of cases. */
export function poolScores(cases: readonly CaseScore[]): PooledScores {
	const names = [...new Set(cases.flatMap(({ classes }) => Object.keys(classes ?? {})))];
	const objects = cases.flatMap((one) => (one.objects === undefined ? [] : [one.objects]));
	return {
		voxels: sum(cases.map(({ voxels }) => voxels)),
		foreground: addClasses(cases.map(({ foreground }) => foreground)),
		...(names.length === 0 ? {} : { classes: Object.fromEntries(names.map((name) => [name, poolClass(cases, name)])) }),
		...(objects.length === 0 ? {} : { objects: poolObjects(objects) }),
	};
}

/** A case without voxels of a class lacks it: all of its voxels are neither true nor predicted. */
function poolClass(cases: readonly CaseScore[], name: string): ClassScores {
	return addClasses(cases.map(({ classes, voxels }) => classes?.[name] ?? ratiosOf(0, 0, 0, voxels)));
}

function addClasses(scores: readonly ClassScores[]): ClassScores {
	const total = (name: "tp" | "fp" | "fn" | "tn") => sum(scores.map((one) => one[name]));
	return ratiosOf(total("tp"), total("fp"), total("fn"), total("tn"));
}

function poolObjects(cases: readonly ObjectScores[]): NonNullable<PooledScores["objects"]> {
	const [truths, predictions] = [sum(cases.map((one) => one.truths)), sum(cases.map((one) => one.predictions))];
	const matching = (cases[0]?.matching ?? []).map(({ threshold }, n) => {
		const own = cases.flatMap((one) => one.matching[n] ?? []);
		const [tp, iouSum] = [sum(own.map((one) => one.tp)), sum(own.map((one) => one.iouSum))];
		return matchScores(threshold, { truths, founds: predictions, tp, iouSum });
	});
	const precisions = matching.map(({ averagePrecision }) => averagePrecision);
	return { truths, predictions, matching, meanAveragePrecision: mean(precisions) };
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
