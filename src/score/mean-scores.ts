/**
 * The mean of scores over cases: of every number, wherever it stands, NaN left out.
 *
 * @module
 */
import { nanMean } from "./mean.ts";

/** Numbers of any depth, by name. */
export type ScoreTree = { readonly [name: string]: ScoreValue };

type ScoreValue = number | ScoreTree | readonly ScoreTree[] | undefined;

/** The mean of each number over the cases that have it; lists are taken entry by entry. */
export function meanScores(cases: readonly ScoreTree[]): ScoreTree {
	const names = [...new Set(cases.flatMap((one) => Object.keys(one)))];
	return Object.fromEntries(names.map((name) => [name, meanOf(cases.map((one) => one[name]))]));
}

function meanOf(values: readonly ScoreValue[]): ScoreValue {
	const numbers: number[] = [];
	const lists: (readonly ScoreTree[])[] = [];
	const trees: ScoreTree[] = [];
	for (const value of values) {
		if (typeof value === "number") numbers.push(value);
		else if (isList(value)) lists.push(value);
		else if (value !== undefined) trees.push(value);
	}
	if (numbers.length > 0) return nanMean(numbers);
	if (lists.length === 0) return meanScores(trees);
	const longest = lists.reduce((most, { length }) => Math.max(most, length), 0);
	return Array.from({ length: longest }, (_, n) => meanScores(lists.map((list) => list[n] ?? {})));
}

function isList(value: ScoreValue): value is readonly ScoreTree[] {
	return Array.isArray(value);
}
