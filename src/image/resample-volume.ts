/**
 * Resampling of one volume, one axis after the other.
 *
 * Splines are products of functions of one axis each, so the order of axes does not change the result: shrinking axes come
 * first. The two axes of a plane are done together, plane by plane. Between axes numbers are float32: the result differs from
 * float64 throughout by less than 1e-6 of the largest voxel.
 *
 * @module
 */
import { sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { resampleLines } from "./resample-lines.ts";
import { clipTo, rangesOf } from "./resample-range.ts";
import type { AxisTable } from "./resample-table.ts";

/** How each axis (z, y, x) is resampled; undefined where it stays as it is. */
export type AxisTables = readonly [AxisTable | undefined, AxisTable | undefined, AxisTable | undefined];

/**
 * What results may not exceed: nothing; the range of the whole input; or, with an axis, the range of each section across
 * that axis: then the other two axes are done first, the results are clipped, and this axis comes last.
 */
export type Clip = "none" | "volume" | 0 | 1 | 2;

/** An axis of z, y, x. */
type Axis = 0 | 1 | 2;

const PLANE: readonly Axis[] = [2, 1];

/** Axes done in one go: z alone, or one or two axes of a plane in this order. */
type Stage = readonly Axis[];

/** Extents after resampling. */
export function resampledExtents(shape: Zyx, axes: AxisTables): Zyx {
	return zyx(shape.map((extent, axis) => axes[axis]?.to ?? extent));
}

/**
 * Resamples `source` (C-ordered over `shape`) into `target`, a different array of `resampledExtents(shape, axes)`. At its
 * height it holds, beside both, one volume with some of the axes resampled, in float32.
 */
export function resampleVolume(
	source: Float32Array,
	shape: Zyx,
	axes: AxisTables,
	clip: Clip,
	target: Float32Array,
): void {
	const { before, after } = stagesOf(shape, axes, clip);
	const ranges = clip === "none" ? undefined : rangesOf(source, shape, clip);
	let now: { readonly data: Float32Array; readonly shape: Zyx } = { data: source, shape };
	const stages = [...before, ...after];
	for (const [n, stage] of stages.entries()) {
		const size = zyx(now.shape.map((extent, axis) => (isIn(stage, axis) ? (axes[axis]?.to ?? extent) : extent)));
		const data = n === stages.length - 1 ? target : new Float32Array(sizeOf(size));
		applyStage(now.data, now.shape, axes, stage, data);
		if (ranges !== undefined && clip !== "none" && n === before.length - 1) clipTo(data, size, clip, ranges);
		now = { data, shape: size };
	}
	if (stages.length === 0) target.set(source);
}

/** Stages before results are clipped, in order, and those after. */
export type Stages = { readonly before: readonly Stage[]; readonly after: readonly Stage[] };

/** The order of axes: those of a plane together, z before or after them, shrinking ones first; the axis that sections lie across last. */
export function stagesOf(shape: Zyx, axes: AxisTables, clip: Clip): Stages {
	const last = typeof clip === "number" ? clip : undefined;
	const after = last !== undefined && axes[last] !== undefined ? [[last]] : [];
	return { before: stagesBefore(shape, axes, last), after };
}

function stagesBefore(shape: Zyx, axes: AxisTables, last: Axis | undefined): Stage[] {
	const growth = shape.map((extent, axis) => (axes[axis]?.to ?? extent) / extent);
	const isDone = (axis: Axis) => axes[axis] !== undefined && axis !== last;
	const plane = PLANE.filter(isDone).sort((a, b) => (growth[a] ?? 1) - (growth[b] ?? 1));
	const planeGrowth = plane.reduce<number>((product, axis) => product * (growth[axis] ?? 1), 1);
	const z: Stage[] = isDone(0) ? [[0]] : [];
	const planes = plane.length > 0 ? [plane] : [];
	return (growth[0] ?? 1) < planeGrowth ? [...z, ...planes] : [...planes, ...z];
}

function isIn(stage: Stage, axis: number): boolean {
	return stage.some((done) => done === axis);
}

function applyStage(source: Float32Array, shape: Zyx, axes: AxisTables, stage: Stage, target: Float32Array): void {
	const [depth, height, width] = shape;
	const [first = 0, second] = stage;
	const table = axes[first];
	if (table === undefined) return;
	if (first === 0) {
		resampleAxis(source, shape, 0, table, target);
		return;
	}
	const next = second === undefined ? undefined : axes[second];
	const between = first === 1 ? [table.to, width] : [height, table.to];
	const [rows = 0, columns = 0] = between;
	const plane = new Float32Array(next === undefined ? 0 : rows * columns);
	const size = next === undefined ? rows * columns : (rows * columns * next.to) / next.from;
	for (let z = 0; z < depth; z++) {
		const from = source.subarray(z * height * width, (z + 1) * height * width);
		const to = target.subarray(z * size, (z + 1) * size);
		resampleInPlane(from, height, width, first, table, next === undefined ? to : plane);
		if (next !== undefined) resampleInPlane(plane, rows, columns, 3 - first, next, to);
	}
}

/** Resamples `source` (C-ordered over `shape`) along one axis: each line by itself, so that any part with whole lines gives the same numbers. */
export function resampleAxis(
	source: Float32Array,
	shape: Zyx,
	axis: Axis,
	table: AxisTable,
	target: Float32Array,
): void {
	const [depth, height, width] = shape;
	if (axis === 0) {
		const lines = { at: 0, along: height * width, across: 1 };
		resampleLines(source, lines, target, lines, height * width, table);
		return;
	}
	const to = axis === 1 ? table.to * width : height * table.to;
	for (let z = 0; z < depth; z++) {
		const plane = source.subarray(z * height * width, (z + 1) * height * width);
		resampleInPlane(plane, height, width, axis, table, target.subarray(z * to, (z + 1) * to));
	}
}

/** Resamples a plane along its rows' axis (2) or across them (1). */
function resampleInPlane(
	source: Float32Array,
	height: number,
	width: number,
	axis: number,
	table: AxisTable,
	target: Float32Array,
): void {
	if (axis === 1) {
		const lines = { at: 0, along: width, across: 1 };
		resampleLines(source, lines, target, lines, width, table);
		return;
	}
	const from = { at: 0, along: 1, across: width };
	resampleLines(source, from, target, { at: 0, along: 1, across: table.to }, height, table);
}
