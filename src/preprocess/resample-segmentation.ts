/**
 * Labels of a cascade's previous stage to the spacing of the model, as its plans' `resampling_fn_seg` does it.
 *
 * @module
 */
import { type NdArray, ndarray } from "../core/array.ts";
import { sameShape, sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { castMajority, castScores, labelsOf, openBallot } from "../image/resample-ballot.ts";
import { pairsOf } from "../image/resample-band.ts";
import { pickLabels, type VoteAxis, type VoteRule, voteLabels } from "../image/resample-labels.ts";
import { labelScores } from "../image/resample-scores.ts";
import { type AxisTable, splineTable, type TorchMode, torchTable } from "../image/resample-table.ts";
import type { AxisTables } from "../image/resample-volume.ts";
import type { Resampling, SplineOrder, SplineResampling, TorchResampling } from "../model/spec.ts";
import { AXES, type Axis, isUnchanged, separateAxis } from "./resample-axes.ts";

/** Labels and their extents on the way. */
type Labels = { readonly data: Int16Array<ArrayBuffer>; readonly shape: Zyx };

/**
 * `labels` (Z, Y, X; -1 may be among them) with the extents `shape`; the same array where no extent changes, or where the model's
 * function is nnU-Net's `no_resampling_hack`. `from` and `to` are spacings (z, y, x) before and after. Follows batchgenerators'
 * `resize_segmentation` from its release 0.25.5 on: the label with the highest score, not every label with more than half.
 */
export function resampleSegmentation(
	labels: NdArray<"int16">,
	shape: Zyx,
	from: Zyx,
	to: Zyx,
	how: Resampling,
): NdArray<"int16"> {
	const before = zyx(labels.shape);
	if (how.name === "no_resampling_hack" || isUnchanged(before, shape, how)) return labels;
	const separate = separateAxis(from, to, how);
	const start: Labels = { data: labels.data, shape: before };
	const end =
		how.name === "resample_data_or_seg_to_shape"
			? bySplines(start, shape, separate, how)
			: byTorch(start, shape, separate, how);
	return ndarray("int16", shape, end.data);
}

function bySplines(labels: Labels, shape: Zyx, separate: Axis | undefined, how: SplineResampling): Labels {
	const inPlane = zyx(shape.map((extent, axis) => (axis === separate ? labels.shape[axis] : extent) ?? extent));
	const planes = resize(labels, inPlane, separate, how.order);
	return separate === undefined || sameShape(inPlane, shape) ? planes : mapAlong(planes, shape, how.orderZ);
}

/** All axes but `sections` together (batchgenerators' `resize_segmentation`). */
function resize(labels: Labels, shape: Zyx, sections: Axis | undefined, order: SplineOrder): Labels {
	const table = (from: number, to: number) => splineTable(from, to, order);
	if (sameShape(labels.shape, shape)) return labels;
	if (order === 0) return pick(labels, shape, table);
	if (order === 1) return vote(labels, shape, table, "nearest");
	return voteSplines(labels, shape, sections, order);
}

/** One axis, the others as they are: scipy's `map_coordinates` of each label's mask, half rounding to nothing. */
function mapAlong(labels: Labels, shape: Zyx, order: SplineOrder): Labels {
	if (order === 0) return pick(labels, shape, (from, to) => splineTable(from, to, 0));
	const axes = tablesOf(labels.shape, shape, order);
	const data = new Int16Array(sizeOf(shape));
	for (const label of labelsOf(labels.data))
		castMajority(data, label, labelScores(labels.data, label, labels.shape, axes));
	return { data, shape };
}

function tablesOf(from: Zyx, to: Zyx, order: SplineOrder): AxisTables {
	return [splineTable(from[0], to[0], order), splineTable(from[1], to[1], order), splineTable(from[2], to[2], order)];
}

/** By splines of each label's mask; each section across `sections` by itself. */
function voteSplines(labels: Labels, shape: Zyx, sections: Axis | undefined, order: SplineOrder): Labels {
	const nearest = pick(labels, shape, (from, to) => splineTable(from, to, 0)).data;
	const [z, y, x] = tablesOf(labels.shape, shape, order);
	const axes: AxisTables = [
		sections === 0 ? undefined : z,
		sections === 1 ? undefined : y,
		sections === 2 ? undefined : x,
	];
	const ballot = openBallot(sizeOf(shape));
	for (const label of labelsOf(labels.data)) {
		castScores(ballot, label, labelScores(labels.data, label, labels.shape, axes), nearest);
	}
	return { data: ballot.winner, shape };
}

function byTorch(labels: Labels, shape: Zyx, separate: Axis | undefined, how: TorchResampling): Labels {
	const rule = how.memoryEfficient ? "majority" : "half";
	if (separate === undefined) {
		// nnU-Net hands `mode` on only where an axis is separate.
		return interpolate(labels, shape, how.name === "resample_torch_fornnunet" ? "linear" : how.mode, rule);
	}
	const inPlane = zyx(shape.map((extent, axis) => (axis === separate ? labels.shape[axis] : extent) ?? extent));
	return interpolate(interpolate(labels, inPlane, how.mode, rule), shape, how.modeZ, rule);
}

function interpolate(labels: Labels, shape: Zyx, mode: TorchMode, rule: VoteRule): Labels {
	const table = (from: number, to: number) => torchTable(from, to, mode);
	if (sameShape(labels.shape, shape)) return labels;
	return mode === "linear" ? vote(labels, shape, table, rule) : pick(labels, shape, table);
}

type TableOf = (from: number, to: number) => AxisTable;

/** The voxel that each output lies in. */
function pick(labels: Labels, shape: Zyx, table: TableOf): Labels {
	let now = labels;
	for (const axis of AXES) {
		if (now.shape[axis] === shape[axis]) continue;
		const { start } = table(now.shape[axis], shape[axis]);
		const size = zyx(now.shape.map((extent, other) => (other === axis ? shape[axis] : extent)));
		now = { data: pickLabels(now.data, now.shape, axis, start), shape: size };
	}
	return now;
}

function vote(labels: Labels, shape: Zyx, table: TableOf, rule: VoteRule): Labels {
	const axisOf = (axis: Axis): VoteAxis => {
		const from = labels.shape[axis];
		const to = shape[axis];
		const nearest = splineTable(from, to, 0).start;
		return { ...pairsOf(from === to ? undefined : table(from, to), from), nearest };
	};
	return { data: voteLabels(labels.data, labels.shape, [axisOf(0), axisOf(1), axisOf(2)], rule), shape };
}
