/**
 * Which of the ranked regions are taken: the best that do not overlap those taken before, case by case, then over cases.
 *
 * Deterministic: equal scores are told apart by mean, place and the order of cases.
 *
 * @module
 */
import type { Zyx } from "../../core/shape.ts";
import { type Candidate, compareCandidates } from "./ranking.ts";

/** Regions of one size. */
export type Ranked = { readonly size: Zyx; readonly candidates: readonly Candidate[] };

/** How regions are chosen. */
export type ChooseOptions = {
	readonly count: number;
	/** Part of a region that another may share, 0 to 1. */
	readonly overlap: number;
	/** Regions of one case at most. */
	readonly perCase?: number;
	/** True: the best of every case first, then the second of every case, and so on. */
	readonly spread: boolean;
};

/** A chosen region: of which case (by its place in the list), and where. */
export type Chosen = { readonly index: number; readonly size: Zyx; readonly region: Candidate };

/** The chosen regions, in the order in which they were taken. `cases` hold theirs best first. */
export function choose(cases: readonly Ranked[], options: ChooseOptions): Chosen[] {
	const { count, perCase = count, spread } = options;
	const found = cases.flatMap((ranked, index) =>
		apart(ranked, Math.min(count, perCase), options.overlap).map((region, place) => ({
			index,
			size: ranked.size,
			region,
			place,
		})),
	);
	found.sort(
		(a, b) =>
			(spread ? a.place - b.place : 0) ||
			b.region.score - a.region.score ||
			b.region.mean - a.region.mean ||
			a.index - b.index ||
			compareCandidates(a.region, b.region),
	);
	return found.slice(0, count).map(({ index, size, region }) => ({ index, size, region }));
}

/** Takes the best, drops those that share more than `overlap` with it, takes the best of the rest, and so on. */
function apart({ size, candidates }: Ranked, count: number, overlap: number): Candidate[] {
	const taken: Candidate[] = [];
	for (const candidate of candidates) {
		if (taken.length >= count) break;
		if (taken.every((other) => sharedPart(candidate.start, other.start, size) <= overlap)) taken.push(candidate);
	}
	return taken;
}

/** Part of a region of `size` that two of them share. */
export function sharedPart(a: Zyx, b: Zyx, size: Zyx): number {
	const along = (axis: 0 | 1 | 2) => Math.max(0, size[axis] - Math.abs(a[axis] - b[axis])) / size[axis];
	return along(0) * along(1) * along(2);
}
