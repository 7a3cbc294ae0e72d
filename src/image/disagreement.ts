/**
 * How much several predictions of the same voxels differ: running moments of their probabilities.
 *
 * Mathematics: mean and summed squares of deviations by Welford's recurrence, one member after the other, so that nothing
 * small is the difference of two large sums. The variance is that of the members themselves (divided by their number). The mutual
 * information of class and member is the entropy of the mean less the mean of the entropies: what would be known if the members agreed.
 *
 * @module
 */
import { entropy } from "./entropy.ts";

/** Moments of the members so far, over [heads, voxels]. Changed in place by `addMember`. */
export type Moments = {
	readonly heads: number;
	/** True where the heads' probabilities exclude each other (softmax), false where each is its own (sigmoid). */
	readonly exclusive: boolean;
	/** [heads, voxels] */
	readonly mean: Float32Array<ArrayBuffer>;
	/** [voxels]: squared deviations, summed over members and heads. */
	readonly squares: Float32Array<ArrayBuffer>;
	/** [voxels]: entropies summed over members; empty where nobody asks for them. */
	readonly entropies: Float32Array<ArrayBuffer>;
	members: number;
};

/** Moments of no members yet. */
export function createMoments(heads: number, voxels: number, exclusive: boolean, withEntropy: boolean): Moments {
	return {
		heads,
		exclusive,
		mean: new Float32Array(heads * voxels),
		squares: new Float32Array(voxels),
		entropies: new Float32Array(withEntropy ? voxels : 0),
		members: 0,
	};
}

/** Begins again. */
export function clearMoments(moments: Moments): void {
	moments.mean.fill(0);
	moments.squares.fill(0);
	moments.entropies.fill(0);
	moments.members = 0;
}

/** Adds a member, probabilities float32 [heads, voxels]. The order of members may change the last bits. @throws RangeError where lengths do not fit */
export function addMember(moments: Moments, probabilities: Float32Array<ArrayBuffer>): void {
	const { mean, squares, entropies, heads, exclusive } = moments;
	if (probabilities.length !== mean.length) {
		throw new RangeError(`disagreement: ${probabilities.length} probabilities for moments of ${mean.length}`);
	}
	const voxels = squares.length;
	const members = ++moments.members;
	for (let head = 0, at = 0; head < heads; head++) {
		for (let i = 0; i < voxels; i++, at++) {
			const value = probabilities[at] ?? 0;
			const before = mean[at] ?? 0;
			const after = Math.fround(before + (value - before) / members);
			mean[at] = after;
			squares[i] = (squares[i] ?? 0) + (value - before) * (value - after);
		}
	}
	if (entropies.length === 0) return;
	const own = entropy(probabilities, heads, exclusive);
	for (let i = 0; i < voxels; i++) entropies[i] = (entropies[i] ?? 0) + (own[i] ?? 0);
}

/**
 * Writes the variance of the members' probabilities, averaged over heads, to `target` [voxels]: 0 where all agree, 0.25 at
 * most. Of two exclusive classes it is the variance of the foreground's probability.
 */
export function varianceInto({ squares, heads, members }: Moments, target: Float32Array): void {
	const divisor = heads * Math.max(1, members);
	for (let i = 0; i < squares.length; i++) target[i] = Math.min(0.25, Math.max(0, (squares[i] ?? 0) / divisor));
}

/**
 * Writes the mutual information to `target` [voxels]: 0 where all agree, 1 where each is certain of something else. As
 * `entropy` it is a share of the largest possible entropy; of heads that do not exclude each other the mean over heads.
 */
export function mutualInformationInto(moments: Moments, target: Float32Array): void {
	const { mean, entropies, heads, exclusive, members } = moments;
	const whole = entropy(mean, heads, exclusive);
	for (let i = 0; i < whole.length; i++) {
		target[i] = Math.max(0, (whole[i] ?? 0) - (entropies[i] ?? 0) / Math.max(1, members));
	}
}
