/**
 * The objects of one block before they are joined with those of its neighbours: pieces, numbered from 1 in the order of
 * their first voxel in the block.
 *
 * @module
 */
import { sizeOf, type Zyx } from "../../core/shape.ts";
import { type Columns, float64Column, uint32Column } from "./packed-tables.ts";

/** What is known of a block's pieces; entry `n` is that of label `n + 1`. */
export type Pieces = {
	readonly count: number;
	readonly voxels: Float64Array<ArrayBuffer>;
	/** Linear index (C order, z, y, x) of the first voxel in the whole volume. */
	readonly firsts: Float64Array<ArrayBuffer>;
	/** 1 where a voxel lies on the border of the whole volume. */
	readonly touchesBorder: Uint8Array<ArrayBuffer>;
	/** The value that all voxels of the piece have, where the input is of several labels; else 1. */
	readonly values: Uint32Array<ArrayBuffer>;
};

/** Labels of a block and where it lies. */
export type LabelledBlock = {
	/** C-ordered over `shape`, 0 is background, 1 to `count` in the order of first voxels. */
	readonly labels: Uint32Array;
	readonly count: number;
	readonly shape: Zyx;
	/** Its first voxel in the whole volume. */
	readonly origin: Zyx;
	readonly whole: Zyx;
	/** True: sections are volumes of their own, whose border has four sides. */
	readonly flat: boolean;
};

/** The pieces of a block. `source` holds the value of each voxel where neighbours of one object must have equal values. */
export function piecesOf(block: LabelledBlock, source?: Uint8Array | Uint16Array | Uint32Array): Pieces {
	const { labels, count } = block;
	const voxels = new Float64Array(count);
	const firsts = new Float64Array(count);
	const values = new Uint32Array(count).fill(1);
	let seen = 0;
	for (let at = 0; at < labels.length; at++) {
		const label = labels[at] ?? 0;
		if (label === 0) continue;
		voxels[label - 1] = (voxels[label - 1] ?? 0) + 1;
		if (label <= seen) continue;
		seen = label;
		firsts[label - 1] = placeInWhole(at, block);
		if (source !== undefined) values[label - 1] = source[at] ?? 0;
	}
	return { count, voxels, firsts, touchesBorder: borderOf(block), values };
}

/** Linear index in the whole volume of the voxel at `at` of a block. */
function placeInWhole(at: number, { shape, origin, whole }: LabelledBlock): number {
	const [, height, width] = shape;
	const x = at % width;
	const y = Math.floor(at / width) % height;
	const z = Math.floor(at / (width * height));
	return ((origin[0] + z) * whole[1] + origin[1] + y) * whole[2] + origin[2] + x;
}

/** Axes of one plane have no border: an image has four sides. */
function borderOf({ labels, count, shape, origin, whole, flat }: LabelledBlock): Uint8Array<ArrayBuffer> {
	const touches = new Uint8Array(count + 1);
	for (let axis = 0; axis < 3; axis++) {
		const [extent, start, total] = [shape[axis] ?? 1, origin[axis] ?? 0, whole[axis] ?? 1];
		if (total === 1 || (flat && axis === 0)) continue;
		if (start === 0) markPlane(touches, labels, shape, axis, 0);
		if (start + extent === total) markPlane(touches, labels, shape, axis, extent - 1);
	}
	return touches.slice(1);
}

function markPlane(touches: Uint8Array, labels: Uint32Array, shape: Zyx, axis: number, plane: number): void {
	const inner = sizeOf(shape.slice(axis + 1));
	const step = inner * (shape[axis] ?? 1);
	for (let from = plane * inner; from < labels.length; from += step) {
		for (let at = from; at < from + inner; at++) touches[labels[at] ?? 0] = 1;
	}
}

/** The pieces as columns. */
export function columnsOfPieces({ voxels, firsts, touchesBorder, values }: Pieces): Columns {
	return { voxels, firsts, touchesBorder, values };
}

/** The pieces in a block's columns. @throws RangeError where one is missing */
export function piecesIn(columns: Columns): Pieces {
	const { touchesBorder } = columns;
	if (!(touchesBorder instanceof Uint8Array)) throw new RangeError("expected a column touchesBorder");
	const voxels = float64Column(columns, "voxels");
	return {
		count: voxels.length,
		voxels,
		firsts: float64Column(columns, "firsts"),
		touchesBorder,
		values: uint32Column(columns, "values"),
	};
}
