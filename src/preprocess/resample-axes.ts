/**
 * What a model's resampling does to each axis: nnU-Net's decision whether the coarsest axis goes by itself, and the tables.
 *
 * @module
 */
import type { Zyx } from "../core/shape.ts";
import { type AxisTable, splineTable, torchTable } from "../image/resample-table.ts";
import type { AxisTables, Clip } from "../image/resample-volume.ts";
import type { Resampling, SplineResampling, TorchResampling } from "../model/spec.ts";

/** An axis of z, y, x. */
export type Axis = 0 | 1 | 2;

/** Shapes (z, y, x) and spacings before and after. */
export type Change = {
	readonly shape: Zyx;
	readonly toShape: Zyx;
	readonly spacing: Zyx;
	readonly toSpacing: Zyx;
};

/** How each axis is resampled, and what the results are clipped to. */
export type AxisPlan = { readonly axes: AxisTables; readonly clip: Clip };

/** z, y, x. */
export const AXES = [0, 1, 2] as const;

/**
 * The axis that is resampled by itself; undefined where all go together. It is the one of the largest spacing, provided that it
 * is the only one, of the spacings before if they differ by more than the threshold, else of those after if these do.
 */
export function separateAxis(spacing: Zyx, toSpacing: Zyx, how: SplineResampling | TorchResampling): Axis | undefined {
	if (how.forceSeparateZ === false) return undefined;
	if (how.forceSeparateZ === true) return coarsestAxis(spacing);
	if (anisotropy(spacing) > how.separateZThreshold) return coarsestAxis(spacing);
	return anisotropy(toSpacing) > how.separateZThreshold ? coarsestAxis(toSpacing) : undefined;
}

function anisotropy(spacing: Zyx): number {
	return Math.max(...spacing) / Math.min(...spacing);
}

function coarsestAxis(spacing: Zyx): Axis | undefined {
	const largest = Math.max(...spacing);
	// The quotient, not the numbers, as nnU-Net compares them: two that differ in the last bit may count as equal.
	const coarsest = AXES.filter((axis) => largest / spacing[axis] === 1);
	return coarsest.length === 1 ? coarsest[0] : undefined;
}

/** The tables of images and logits; undefined for the axes whose extent does not change. */
export function planAxes(change: Change, how: SplineResampling | TorchResampling): AxisPlan {
	const separate = separateAxis(change.spacing, change.toSpacing, how);
	const tableOf = (axis: Axis): AxisTable | undefined => {
		const from = change.shape[axis];
		const to = change.toShape[axis];
		return from === to ? undefined : table(from, to, how, axis === separate, separate !== undefined);
	};
	const axes = [tableOf(0), tableOf(1), tableOf(2)] as const;
	const swings = how.name === "resample_data_or_seg_to_shape" && how.order > 1;
	const isClipped = swings && AXES.some((axis) => axis !== separate && axes[axis] !== undefined);
	return { axes, clip: isClipped ? (separate ?? "volume") : "none" };
}

function table(
	from: number,
	to: number,
	how: SplineResampling | TorchResampling,
	isSeparate: boolean,
	hasSeparate: boolean,
): AxisTable {
	if (how.name === "resample_data_or_seg_to_shape") return splineTable(from, to, isSeparate ? how.orderZ : how.order);
	// nnU-Net hands `mode` on only where an axis is separate: three axes together are always linear.
	const isLinear = how.name === "resample_torch_fornnunet" && !hasSeparate;
	return torchTable(from, to, isLinear ? "linear" : isSeparate ? how.modeZ : how.mode);
}

/** True where no extent changes, or the model's function never changes any. */
export function isUnchanged(shape: Zyx, toShape: Zyx, how: Resampling): boolean {
	return how.name === "no_resampling_hack" || AXES.every((axis) => shape[axis] === toShape[axis]);
}
