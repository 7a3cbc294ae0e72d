/**
 * How far predicted labels agree with reference labels: voxels of each label in both, and where they are equal.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { shapeText } from "../core/shape.ts";
import { readLabels } from "./label-file.ts";

/** Voxels of one label; Dice is 2 equal / (reference + ours). */
export type LabelAgreement = { readonly reference: number; readonly ours: number; readonly equal: number };

/** Two label images held against each other. */
export type Agreement = {
	readonly voxels: number;
	readonly equal: number;
	/** By label value, ascending; labels that neither image has are left out. */
	readonly labels: ReadonlyMap<number, LabelAgreement>;
};

/** Label values that can be stored. */
const VALUES = 65536;

/** Compares two label files voxel by voxel. @throws VOLUME where one cannot be read; INPUT where their shapes differ */
export async function compareLabelFiles(ours: string, reference: string): Promise<Agreement> {
	const [a, b] = [await readLabels(ours, undefined), await readLabels(reference, undefined)];
	if (extents(a.shape) !== extents(b.shape)) {
		throw new NnvolError(
			"INPUT",
			`${reference} has ${shapeText(b.shape)} voxels, the prediction ${shapeText(a.shape)}; is it the same case?`,
		);
	}
	return countAgreement(a.labels, b.labels);
}

/** Counts over two arrays of one length. */
export function countAgreement(ours: ArrayLike<number>, reference: ArrayLike<number>): Agreement {
	const inOurs = new Float64Array(VALUES);
	const inReference = new Float64Array(VALUES);
	const inBoth = new Float64Array(VALUES);
	let equal = 0;
	for (let i = 0; i < reference.length; i++) {
		const a = ours[i] ?? 0;
		const b = reference[i] ?? 0;
		inOurs[a] = (inOurs[a] ?? 0) + 1;
		inReference[b] = (inReference[b] ?? 0) + 1;
		if (a !== b) continue;
		inBoth[b] = (inBoth[b] ?? 0) + 1;
		equal++;
	}
	const labels = new Map<number, LabelAgreement>();
	for (let value = 0; value < VALUES; value++) {
		const counts = { reference: inReference[value] ?? 0, ours: inOurs[value] ?? 0, equal: inBoth[value] ?? 0 };
		if (counts.reference + counts.ours > 0) labels.set(value, counts);
	}
	return { voxels: reference.length, equal, labels };
}

/** The sums of several cases. */
export function sumAgreements(cases: readonly Agreement[]): Agreement {
	const labels = new Map<number, LabelAgreement>();
	for (const [value, counts] of cases.flatMap((one) => [...one.labels])) {
		const sum = labels.get(value) ?? { reference: 0, ours: 0, equal: 0 };
		labels.set(value, {
			reference: sum.reference + counts.reference,
			ours: sum.ours + counts.ours,
			equal: sum.equal + counts.equal,
		});
	}
	return {
		voxels: cases.reduce((sum, { voxels }) => sum + voxels, 0),
		equal: cases.reduce((sum, { equal }) => sum + equal, 0),
		labels: new Map([...labels].sort(([a], [b]) => a - b)),
	};
}

/** Dice of one label: 1 where both images have it at the same voxels. */
export function diceOf({ reference, ours, equal }: LabelAgreement): number {
	return (2 * equal) / (reference + ours);
}

/** A section of one is as good as none: 2D images are stored with and without it. */
function extents(shape: readonly number[]): string {
	return shape.filter((extent, axis) => extent !== 1 || axis > 0).join();
}
