/**
 * Which voxels of a case are right: what pictures show is the others.
 *
 * @module
 */
import type { Comparison } from "./compare.ts";
import { hitsAt, objectOverlaps } from "./matching.ts";
import type { Table } from "./table.ts";

/** Tells right from wrong. */
export type Rightness = {
	/** True for voxels of a true and a predicted id that belong together, and for those that do not count. */
	readonly isRight: (truth: bigint, found: bigint) => boolean;
	/** True for an object (or class) of the labels that was found. */
	readonly isFound: (truth: bigint) => boolean;
	/** True for an object (or class) of the prediction that is there. */
	readonly isTrue: (found: bigint) => boolean;
};

/** Overlap from which on an object counts as found in pictures. */
const HALF = 0.5;

/** Right are equal classes, equal foreground, or objects that are each other's at an IoU of 0.5. */
export function rightness(table: Table, comparison: Comparison, ignored: readonly bigint[]): Rightness {
	const out = new Set(ignored.map((id) => BigInt.asUintN(64, id)));
	if (comparison !== "instances") {
		const isEqual = (truth: bigint, found: bigint) =>
			comparison === "classes" ? truth === found : (truth === 0n) === (found === 0n);
		return {
			isRight: (truth, found) => out.has(truth) || isEqual(truth, found),
			isFound: () => true,
			isTrue: () => true,
		};
	}
	const overlaps = objectOverlaps(table);
	const partner = new Map<bigint, bigint>([[0n, 0n]]);
	for (const { truth, found } of hitsAt(overlaps, HALF)) {
		partner.set(overlaps.truths[truth] ?? 0n, overlaps.founds[found] ?? 0n);
	}
	const founds = new Set(partner.values());
	return {
		isRight: (truth, found) => out.has(truth) || partner.get(truth) === found,
		isFound: (truth) => out.has(truth) || partner.has(truth),
		isTrue: (found) => founds.has(found),
	};
}
