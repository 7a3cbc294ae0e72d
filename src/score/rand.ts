/**
 * Adapted Rand error: 1 minus the F-score of pairs of voxels that lie in one object.
 *
 * With p the voxels of a pair, t and s the sizes of true and predicted objects, all over voxels whose true id is not 0:
 * precision = pairs(p) / pairs(s), recall = pairs(p) / pairs(t), error = 1 - 2 pairs(p) / (pairs(t) + pairs(s)), where
 * pairs(n) is the sum of n (n - 1). Arganda-Carreras et al. 2015 (SNEMI3D), as scikit-image counts.
 * PyTorch Connectomics counts n squared instead and treats the predicted background otherwise: see `snemiRand`.
 *
 * @module
 */
import { entries, type Table, withoutTrueBackground } from "./table.ts";

/** The error and what it is made of; NaN where there are no pairs. */
export type RandScores = { readonly error: number; readonly precision: number; readonly recall: number };

/** As `skimage.metrics.adapted_rand_error`, which returns error, recall, precision in this order. */
export function adaptedRand(table: Table): RandScores {
	const inside = withoutTrueBackground(table);
	const joint = pairsOf(inside.voxels);
	const truth = pairsOf(inside.truth.sizes);
	const found = pairsOf(inside.found.sizes);
	return { error: 1 - (2 * joint) / (truth + found), precision: joint / found, recall: joint / truth };
}

/**
 * As PyTorch Connectomics' `adapted_rand`, which follows the SNEMI3D script: squares of sizes; within true objects, voxels
 * that are predicted as background count as objects of one voxel each, as their number divided by all voxels.
 */
export function snemiRand(table: Table): RandScores {
	const truths = new Map<bigint, number>();
	const founds = new Map<bigint, number>();
	let [joint, missed] = [0, 0];
	for (const [truth, found, voxels] of entries(table)) {
		if (truth === 0n) continue;
		truths.set(truth, (truths.get(truth) ?? 0) + voxels);
		if (found === 0n) {
			missed += voxels;
			continue;
		}
		founds.set(found, (founds.get(found) ?? 0) + voxels);
		joint += voxels * voxels;
	}
	const single = missed / table.total;
	const precision = (joint + single) / (squares(founds.values()) + single);
	const recall = (joint + single) / squares(truths.values());
	return { error: 1 - (2 * precision * recall) / (precision + recall), precision, recall };
}

/** Ordered pairs of different voxels within objects of `sizes`. */
function pairsOf(sizes: Float64Array): number {
	let sum = 0;
	for (const size of sizes) sum += size * (size - 1);
	return sum;
}

function squares(sizes: Iterable<number>): number {
	let sum = 0;
	for (const size of sizes) sum += size * size;
	return sum;
}
