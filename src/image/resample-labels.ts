/**
 * Resampling of labels: each voxel gets a label that is there around it, never one between two.
 *
 * A label's score is what linear interpolation makes of the mask that is 1 where the label is; scores are added up in the
 * order and precision of the library that is followed, since ties are frequent (every border voxel, at twice the size) and are
 * settled by exact equality.
 *
 * @module
 */
import { fromHalf, toHalf } from "../core/float16.ts";
import { sizeOf, type Zyx, zyx } from "../core/shape.ts";
import type { AxisPairs } from "./resample-band.ts";

/** One axis of a vote: the two voxels around each output, and the nearest one. */
export type VoteAxis = AxisPairs & { readonly nearest: Int32Array };

/** The axes z, y, x of a vote; those that stay as they are have pairs of equal voxels. */
export type VoteAxes = readonly [VoteAxis, VoteAxis, VoteAxis];

/**
 * Who wins. `nearest`: the highest score in float64; of several, the nearest voxel's label if it is among them, else the smallest
 * (batchgenerators' `resize_segmentation`). `half`: the highest score in float16 of a thousand, the smallest of several (nnU-Net's
 * `resample_torch_simple`). `majority`: the label with more than half (float32), else 0 (the same, saving memory).
 */
export type VoteRule = "nearest" | "half" | "majority";

/** `labels` (C-ordered over `shape`) with the voxels `index` along `axis`, in that order. */
export function pickLabels(
	labels: Int16Array,
	shape: Zyx,
	axis: 0 | 1 | 2,
	index: Int32Array,
): Int16Array<ArrayBuffer> {
	const outer = sizeOf(shape.slice(0, axis));
	const run = sizeOf(shape.slice(axis + 1));
	const target = new Int16Array(outer * index.length * run);
	let to = 0;
	for (let o = 0; o < outer; o++) {
		for (let k = 0; k < index.length; k++) {
			const from = (o * shape[axis] + (index[k] ?? 0)) * run;
			for (let i = from; i < from + run; i++) target[to++] = labels[i] ?? 0;
		}
	}
	return target;
}

/** What surrounds one output voxel: eight labels, the last axis fastest, and two weights an axis (z, y, x). */
type Corners = { readonly labels: Int16Array; readonly weights: Float64Array };

/** `labels` (C-ordered over `shape`) at the extents of `axes`, each voxel by a vote of those around it. */
export function voteLabels(labels: Int16Array, shape: Zyx, axes: VoteAxes, rule: VoteRule): Int16Array<ArrayBuffer> {
	const [z, y, x] = axes;
	const size = zyx(axes.map((axis) => axis.low.length));
	const target = new Int16Array(sizeOf(size));
	const corners: Corners = { labels: new Int16Array(8), weights: new Float64Array(6) };
	const rows = new Int32Array(4);
	for (let k = 0; k < size[0]; k++) {
		setWeights(corners, 0, z, k);
		for (let j = 0; j < size[1]; j++) {
			setWeights(corners, 2, y, j);
			rows[0] = ((z.low[k] ?? 0) * shape[1] + (y.low[j] ?? 0)) * shape[2];
			rows[1] = ((z.low[k] ?? 0) * shape[1] + (y.high[j] ?? 0)) * shape[2];
			rows[2] = ((z.high[k] ?? 0) * shape[1] + (y.low[j] ?? 0)) * shape[2];
			rows[3] = ((z.high[k] ?? 0) * shape[1] + (y.high[j] ?? 0)) * shape[2];
			const near = ((z.nearest[k] ?? 0) * shape[1] + (y.nearest[j] ?? 0)) * shape[2];
			voteRow(labels, rows, near, x, corners, rule, target, (k * size[1] + j) * size[2]);
		}
	}
	return target;
}

function setWeights({ weights }: Corners, at: number, axis: AxisPairs, k: number): void {
	weights[at] = axis.lowWeight[k] ?? 0;
	weights[at + 1] = axis.highWeight[k] ?? 0;
}

function voteRow(
	labels: Int16Array,
	rows: Int32Array,
	near: number,
	x: VoteAxis,
	corners: Corners,
	rule: VoteRule,
	target: Int16Array,
	at: number,
): void {
	for (let i = 0; i < x.low.length; i++) {
		const low = x.low[i] ?? 0;
		const high = x.high[i] ?? 0;
		if (gatherCorners(labels, rows, low, high, corners.labels)) {
			target[at + i] = corners.labels[0] ?? 0;
			continue;
		}
		setWeights(corners, 4, x, i);
		if (rule === "nearest") target[at + i] = highestScore(corners, labels[near + (x.nearest[i] ?? 0)] ?? 0);
		else target[at + i] = rule === "half" ? highestHalf(corners) : majority(corners);
	}
}

/** Fills `into`; true where all eight are the same. */
function gatherCorners(labels: Int16Array, rows: Int32Array, low: number, high: number, into: Int16Array): boolean {
	const first = labels[(rows[0] ?? 0) + low] ?? 0;
	let isSame = true;
	for (let r = 0; r < 4; r++) {
		const row = rows[r] ?? 0;
		const a = labels[row + low] ?? 0;
		const b = labels[row + high] ?? 0;
		into[2 * r] = a;
		into[2 * r + 1] = b;
		if (a !== first || b !== first) isSame = false;
	}
	return isSame;
}

/** Smaller than every label. */
const BELOW = -32769;

/** The smallest label around that is larger than `label`; BELOW where there is none. */
function labelAfter(label: number, labels: Int16Array): number {
	let found = BELOW;
	for (let c = 0; c < 8; c++) {
		const other = labels[c] ?? 0;
		if (other > label && (found === BELOW || other < found)) found = other;
	}
	return found;
}

function highestScore(corners: Corners, near: number): number {
	let best = -1;
	let winner = 0;
	for (let label = labelAfter(BELOW, corners.labels); label !== BELOW; label = labelAfter(label, corners.labels)) {
		const score = scoreOf(corners, label);
		if (score > best || (score === best && label === near)) {
			best = score;
			winner = label;
		}
	}
	return winner;
}

/** The score as scipy adds it up: products of three weights, one corner after the other. */
function scoreOf({ labels, weights }: Corners, label: number): number {
	let score = 0;
	for (let c = 0; c < 8; c++) {
		if (labels[c] !== label) continue;
		score += (weights[c >> 2] ?? 0) * (weights[2 + ((c >> 1) & 1)] ?? 0) * (weights[4 + (c & 1)] ?? 0);
	}
	return score;
}

/** nnU-Net's shortcut for torch: above this share no other label is looked at. */
const SURE = 700;

function highestHalf(corners: Corners): number {
	let best = -1;
	let winner = 0;
	for (let label = labelAfter(BELOW, corners.labels); label !== BELOW; label = labelAfter(label, corners.labels)) {
		const score = fromHalf(toHalf(torchScore(corners, label, 1000)));
		if (score > SURE) return label;
		if (score > best) {
			best = score;
			winner = label;
		}
	}
	return winner;
}

function majority(corners: Corners): number {
	let winner = 0;
	for (let label = labelAfter(BELOW, corners.labels); label !== BELOW; label = labelAfter(label, corners.labels)) {
		if (torchScore(corners, label, 1) > 0.5) winner = label;
	}
	return winner;
}

const round = Math.fround;

/** The score as torch interpolates: along x, then y, then z, each in float32. */
function torchScore({ labels, weights }: Corners, label: number, one: number): number {
	const side = (c: number) => {
		const low = labels[c] === label ? one : 0;
		const high = labels[c + 1] === label ? one : 0;
		return blend(low, high, weights[4] ?? 0, weights[5] ?? 0);
	};
	const front = blend(side(0), side(2), weights[2] ?? 0, weights[3] ?? 0);
	const back = blend(side(4), side(6), weights[2] ?? 0, weights[3] ?? 0);
	return blend(front, back, weights[0] ?? 0, weights[1] ?? 0);
}

function blend(a: number, b: number, aWeight: number, bWeight: number): number {
	return round(round(a * aWeight) + round(b * bWeight));
}
