/**
 * Turning an array to other axes, and its place in the world with it: axes exchanged, then some of them run backwards.
 *
 * A turn speaks of file axes x, y, z; arrays are C, Z, Y, X. No voxel changes its place in the world.
 *
 * @module
 */

import { type NdArray, rows, zeros } from "../core/array.ts";
import type { Box } from "../core/box.ts";
import type { Affine, Geometry } from "../core/geometry.ts";
import { sizeOf, stridesOf, type Zyx } from "../core/shape.ts";
import { transpose } from "../image/transpose.ts";
import type { Orientation } from "./orientation.ts";

/** Axis i (x, y, z) of the result is axis `order[i]` of the source, backwards where `flip[i]`. */
export type Turn = { readonly order: readonly number[]; readonly flip: readonly boolean[] };

/** Nothing moves. */
export const NO_TURN: Turn = { order: [0, 1, 2], flip: [false, false, false] };

/** The turn after which the axes run right, anterior, superior. */
export function turnToRas(orientation: Orientation): Turn {
	const order = [0, 1, 2].map((world) => orientation.findIndex(({ axis }) => axis === world));
	return { order, flip: order.map((axis) => orientation[axis]?.sign === -1) };
}

/** The turn that undoes `turn`. */
export function inverseTurn({ order, flip }: Turn): Turn {
	const back = [0, 1, 2].map((axis) => order.indexOf(axis));
	return { order: back, flip: back.map((axis) => flip[axis] ?? false) };
}

/** True where a turn moves nothing. */
export function isStill({ order, flip }: Turn): boolean {
	return order.every((axis, at) => axis === at) && !flip.includes(true);
}

/** Turns the last three axes of C, Z, Y, X or Z, Y, X; the same array where nothing moves. */
export function turnArray(array: NdArray, turn: Turn): NdArray {
	if (isStill(turn)) return array;
	const lead = array.shape.length - 3;
	// array axis z, y, x is file axis 2, 1, 0
	const order = [2, 1, 0].map((axis) => lead + 2 - (turn.order[axis] ?? axis));
	const ordered = transpose(array, [...array.shape.slice(0, lead).map((_, axis) => axis), ...order]);
	const backwards = [2, 1, 0].filter((axis) => turn.flip[axis] === true).map((axis) => lead + 2 - axis);
	return backwards.length === 0 ? ordered : flipped(ordered, backwards);
}

/** A copy that runs backwards along `axes`. */
function flipped(array: NdArray, axes: readonly number[]): NdArray {
	const target = zeros(array.dtype, array.shape);
	const strides = stridesOf(array.shape);
	const last = array.shape.length - 1;
	const [row = 1] = array.shape.slice(-1);
	let at = 0;
	for (const index of rows(array.shape)) {
		const from = index.reduce((sum, v, axis) => {
			const place = axis !== last && axes.includes(axis) ? (array.shape[axis] ?? 1) - 1 - v : v;
			return sum + place * (strides[axis] ?? 0);
		}, 0);
		copyElements(array, from, target, at, row);
		if (axes.includes(last)) target.data.subarray(at, at + row).reverse();
		at += row;
	}
	return target;
}

function copyElements(source: NdArray, from: number, target: NdArray, to: number, count: number): void {
	const width = source.data.BYTES_PER_ELEMENT;
	const bytes = new Uint8Array(source.data.buffer, source.data.byteOffset + from * width, count * width);
	new Uint8Array(target.data.buffer, target.data.byteOffset, sizeOf(target.shape) * width).set(bytes, to * width);
}

/** Extents z, y, x after a turn. */
export function turnShape(shape: Zyx, { order }: Turn): Zyx {
	const xyz = [...shape].reverse();
	const [x = 1, y = 1, z = 1] = order.map((axis) => xyz[axis] ?? 1);
	return [z, y, x];
}

/** Where `box` of a turned image lies in its source of `shape` (all z, y, x). */
export function turnBox(box: Box, shape: Zyx, turn: Turn): Box {
	if (isStill(turn)) return box;
	const source = shape.map((extent, axis): readonly [number, number] => {
		// array axis z, y, x is file axis 2, 1, 0
		const at = turn.order.indexOf(2 - axis);
		const [from, to] = [box.start[2 - at] ?? 0, box.stop[2 - at] ?? 0];
		return turn.flip[at] === true ? [extent - to, extent - from] : [from, to];
	});
	return { start: source.map(([from]) => from), stop: source.map(([, to]) => to) };
}

/** The geometry of a turned image; `shape` is that of the source, z, y, x. Sums are taken in ITK's order. */
export function turnGeometry(geometry: Geometry, shape: Zyx, turn: Turn): Geometry {
	const [depth, height, width] = turnShape(shape, turn);
	const spacing = turn.order.map((axis) => geometry.spacing[axis] ?? 1);
	const column = (row: number, axis: number) => geometry.direction[row * 3 + (turn.order[axis] ?? axis)] ?? 0;
	const corner = [width, height, depth].map((extent, axis) => (turn.flip[axis] === true ? extent - 1 : 0));
	return {
		spacing,
		origin: [0, 1, 2].map((row) => {
			const moved = corner.reduce((sum, steps, axis) => sum + column(row, axis) * (spacing[axis] ?? 1) * steps, 0);
			return moved + (geometry.origin[row] ?? 0);
		}),
		direction: [0, 1, 2].flatMap((row) =>
			[0, 1, 2].map((axis) => (turn.flip[axis] === true ? -column(row, axis) : column(row, axis)) + 0),
		),
	};
}

/** The affine of a turned image; `shape` is that of the source, z, y, x. */
export function turnAffine(affine: Affine, shape: Zyx, turn: Turn): Affine {
	const at = (row: number, column: number) => affine[row * 4 + column] ?? 0;
	const xyz = [...shape].reverse();
	const backwards = [0, 1, 2].map((source) => turn.flip[turn.order.indexOf(source)] === true);
	const rowsOf = [0, 1, 2].map((row) => {
		const columns = turn.order.map((source) => (backwards[source] === true ? -at(row, source) : at(row, source)) + 0);
		const moved = xyz.reduce(
			(sum, extent, axis) => sum + (backwards[axis] === true ? at(row, axis) * (extent - 1) : 0),
			0,
		);
		return [...columns, moved + at(row, 3)];
	});
	return [...rowsOf.flat(), 0, 0, 0, 1];
}
