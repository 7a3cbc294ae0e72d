/**
 * Variation of information, in bits: how much one labelling leaves open when the other is known.
 *
 * Split = H(predicted | true) = -sum p log2(p / t), merge = H(true | predicted) = -sum p log2(p / s), with p, t, s the parts
 * of all voxels. Meila 2007; as `skimage.metrics.variation_of_information` (split, merge in this order).
 *
 * @module
 */
import { type Table, withoutTrueBackground } from "./table.ts";

/** Conditional entropies in bits; NaN where no voxel counts. */
export type InformationScores = { readonly split: number; readonly merge: number; readonly total: number };

/** Over every voxel, background being an object like others (scikit-image's default). */
export function variationWithBackground(table: Table): InformationScores {
	if (table.total === 0) return { split: Number.NaN, merge: Number.NaN, total: Number.NaN };
	let [split, merge] = [0, 0];
	for (let n = 0; n < table.voxels.length; n++) {
		const voxels = table.voxels[n] ?? 0;
		split -= (voxels / table.total) * Math.log2(voxels / (table.truth.sizes[table.rows[n] ?? 0] ?? 0));
		merge -= (voxels / table.total) * Math.log2(voxels / (table.found.sizes[table.columns[n] ?? 0] ?? 0));
	}
	// minus zero where nothing is open
	return { split: split + 0, merge: merge + 0, total: split + merge + 0 };
}

/** Over voxels whose true id is not 0 (scikit-image's `ignore_labels=(0,)`, PyTorch Connectomics' `voi`). */
export function variationOfInformation(table: Table): InformationScores {
	return variationWithBackground(withoutTrueBackground(table));
}
