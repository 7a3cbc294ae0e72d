/**
 * What every reader and writer checks before it touches a file: boxes within shapes, arrays within new files.
 *
 * @module
 */
import { type NdArray, zeros } from "../core/array.ts";
import { type Box, boxShape } from "../core/box.ts";
import type { DType } from "../core/dtype.ts";
import type { Shape } from "../core/shape.ts";
import { shapeText } from "../core/shape.ts";
import { volumeError } from "./fault.ts";
import type { VolumeFormat, VolumeSpec } from "./volume.ts";

/** @throws VOLUME where `box` is no box of whole voxels, holds none, or reaches out of `shape` */
export function checkBox(path: string, shape: Shape, box: Box): void {
	const { start, stop } = box;
	const ok =
		start.length === shape.length &&
		stop.length === shape.length &&
		shape.every((extent, axis) => isSpan(start[axis] ?? Number.NaN, stop[axis] ?? Number.NaN, extent));
	if (!ok) {
		const found = `[${start.join(", ")}] to [${stop.join(", ")}]`;
		throw volumeError(path, `expected a box that holds voxels within the shape ${shapeText(shape)}, found ${found}`);
	}
}

/** A zero-filled array for the voxels of `box`. @throws VOLUME where there is not the memory for it */
export function arrayFor(path: string, dtype: DType, box: Box): NdArray {
	try {
		return zeros(dtype, boxShape(box));
	} catch (cause) {
		const shape = shapeText(boxShape(box));
		throw volumeError(path, `cannot hold ${shape} voxels of ${dtype} in memory at once; read smaller boxes`, cause);
	}
}

/** @throws VOLUME where `array` at `start` is of another type than `spec` or reaches out of its shape */
export function checkRegion(path: string, spec: VolumeSpec, start: readonly number[], array: NdArray): void {
	if (array.dtype !== spec.dtype) {
		throw volumeError(path, `expected voxels of type ${spec.dtype} to write, found ${array.dtype}`);
	}
	checkBox(path, spec.shape, { start, stop: array.shape.map((extent, axis) => extent + (start[axis] ?? Number.NaN)) });
}

/** @throws VOLUME where `format` cannot hold what `spec` asks for */
export function checkSpec(
	format: Pick<VolumeFormat, "name" | "writes" | "ranks">,
	path: string,
	spec: VolumeSpec,
): void {
	if (!format.writes.includes(spec.dtype)) {
		const types = format.writes.join(", ");
		throw volumeError(
			path,
			`${format.name} cannot hold ${spec.dtype}, only ${types}; choose another format or data type`,
		);
	}
	if (!format.ranks.includes(spec.shape.length)) {
		const ranks = format.ranks.join(", ");
		throw volumeError(path, `${format.name} holds arrays of rank ${ranks}, found the shape ${shapeText(spec.shape)}`);
	}
	if (!spec.shape.every((extent) => Number.isSafeInteger(extent) && extent > 0)) {
		throw volumeError(path, `expected extents of at least one voxel, found the shape ${shapeText(spec.shape)}`);
	}
	if (spec.axes !== "" && spec.axes.length !== spec.shape.length) {
		throw volumeError(path, `the axes "${spec.axes}" do not fit the shape ${shapeText(spec.shape)}`);
	}
}

function isSpan(start: number, stop: number, extent: number): boolean {
	return Number.isInteger(start) && Number.isInteger(stop) && start >= 0 && stop > start && stop <= extent;
}
