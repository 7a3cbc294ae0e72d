/**
 * Votes over labels by scores that come label by label, smallest label first.
 *
 * @module
 */

/** Labels that lead so far, and their scores. */
export type Ballot = { readonly winner: Int16Array<ArrayBuffer>; readonly best: Float64Array };

/** A vote over `voxels` voxels. */
export function openBallot(voxels: number): Ballot {
	return { winner: new Int16Array(voxels), best: new Float64Array(voxels).fill(-1) };
}

/**
 * Takes the scores of `label`, clipped to 0 and 1: the highest wins; of several, the label of `nearest` if it is
 * among them, else the smallest (batchgenerators' `resize_segmentation`).
 */
export function castScores(ballot: Ballot, label: number, scores: Float64Array, nearest: Int16Array): void {
	const { winner, best } = ballot;
	for (let i = 0; i < scores.length; i++) {
		const score = Math.min(Math.max(scores[i] ?? 0, 0), 1);
		const leading = best[i] ?? 0;
		if (score > leading || (score === leading && score > 0 && nearest[i] === label)) {
			winner[i] = label;
			best[i] = score;
		}
	}
}

/** `label` wherever it has more than half after rounding to whole numbers (half itself rounds to 0); later labels overwrite. */
export function castMajority(winner: Int16Array, label: number, scores: Float64Array): void {
	for (let i = 0; i < scores.length; i++) {
		if ((scores[i] ?? 0) > 0.5) winner[i] = label;
	}
}

/** The labels there are, from the smallest up. */
export function labelsOf(labels: Int16Array): number[] {
	const seen = new Uint8Array(65536);
	for (let i = 0; i < labels.length; i++) seen[(labels[i] ?? 0) + 32768] = 1;
	const found: number[] = [];
	for (let n = 0; n < seen.length; n++) if (seen[n] === 1) found.push(n - 32768);
	return found;
}
