/**
 * Labels from channels that come one after another, a piece at a time: no channel but the one in hand is held.
 *
 * @module
 */
import { allocateLabels, type LabelArray } from "./labels.ts";

/** Takes the values of `channel` for the voxels from `offset` on. Channels come in ascending order. */
export type TakeValues = (channel: number, offset: number, values: Float32Array) => void;

/** Labels in the making. */
export type RunningLabels = { readonly labels: LabelArray; readonly take: TakeValues };

/** As `argmax`: the channel with the largest value, the first of a tie. Values must not be NaN. */
export function runningArgmax(channels: number, voxels: number): RunningLabels {
	const labels = allocateLabels(channels - 1, voxels);
	const best = new Float32Array(voxels);
	const take: TakeValues = (channel, offset, values) => {
		if (channel === 0) return best.set(values, offset);
		for (let i = 0; i < values.length; i++) {
			const value = values[i] ?? 0;
			if (value > (best[offset + i] ?? 0)) {
				best[offset + i] = value;
				labels[offset + i] = channel;
			}
		}
	};
	return { labels, take };
}

/** As `regionsToLabels`: the label of each channel in `classOrder` where its value is above one half; later ones overwrite. */
export function runningRegions(classOrder: readonly number[], voxels: number): RunningLabels {
	const labels = allocateLabels(Math.max(...classOrder), voxels);
	const take: TakeValues = (channel, offset, values) => {
		const label = classOrder[channel] ?? 0;
		for (let i = 0; i < values.length; i++) if ((values[i] ?? 0) > 0.5) labels[offset + i] = label;
	};
	return { labels, take };
}

/** The mean of `members` in float32, added in order as numpy's `+=` adds to float32 and divided once. Lengths are equal. */
export function meanOf(members: readonly (Float32Array | Float64Array)[]): Float32Array<ArrayBuffer> {
	const [first, ...others] = members;
	const sum = new Float32Array(first ?? []);
	for (const member of others) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (member[i] ?? 0);
	for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) / members.length;
	return sum;
}
