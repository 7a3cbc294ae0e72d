/**
 * The steps of a distance transform along one axis, by the compiled kernels, a piece of the volume at a time.
 *
 * @module
 */
import { bytesAt, floatsAt, kernels, room, wordsAt } from "./wasm.ts";

/** The lines of one axis: how many voxels they have, and how far these lie apart in the array and in space. */
export type LineAxis = {
	readonly length: number;
	readonly stride: number;
	readonly spacing: number;
	/** Whether background lies before their first voxel and after their last. */
	readonly bounded: boolean;
};

/** Bytes of values that are worked on together: a part of the processor's cache. */
const PIECE_BYTES = 1 << 18;

/** Squared distances of `labels` along x alone, to the end of the run of equal labels (of a mask: of what is not 0). */
export function scanLines(labels: Uint8Array | Uint32Array, squared: Float32Array, axis: LineAxis): void {
	const { length, bounded } = axis;
	const rows = labels.length / length;
	const together = Math.max(1, Math.min(rows, Math.floor(PIECE_BYTES / (4 * length))));
	const voxels = together * length;
	const { runsOfBits, runsOfLabels } = kernels();
	const values = room(4 * (2 * voxels + length + 2));
	const found = values + 4 * voxels;
	const squares = found + 4 * voxels;
	writeSquares(squares, axis);
	const isMask = labels instanceof Uint8Array;
	const from = isMask ? bytesAt(values, voxels) : wordsAt(values, voxels);
	const floats = floatsAt(found, voxels);
	for (let at = 0; at < labels.length; at += voxels) {
		const count = Math.min(voxels, labels.length - at);
		from.set(labels.subarray(at, at + count));
		const scan = isMask ? runsOfBits : runsOfLabels;
		scan(values, count / length, length, squares, found, bounded ? 1 : 0);
		squared.set(count === voxels ? floats : floats.subarray(0, count), at);
	}
}

/**
 * Takes the distances along an axis into account; at the last of them the square roots are taken, where they are wanted. What
 * becomes of a line depends on no other. Without `labels` it is of a mask, whose background the squares tell.
 */
export function acrossLines(
	labels: Uint32Array | undefined,
	squared: Float32Array,
	axis: LineAxis,
	wantsRoots: boolean,
): void {
	const { length, stride } = axis;
	const limit = Math.max(16, 16 * Math.floor(PIECE_BYTES / (64 * length)));
	const width = Math.min(limit, 4 * Math.ceil(stride / 4));
	const tile = tileFor(axis, width, labels !== undefined);
	for (let base = 0; base < squared.length; base += length * stride) {
		for (let column = 0; column < stride; column += width) {
			tile.work(labels, squared, base + column, Math.min(width, stride - column), wantsRoots);
		}
	}
}

/** Does a number of neighbouring lines at once. */
type Tile = {
	readonly work: (
		labels: Uint32Array | undefined,
		squared: Float32Array,
		from: number,
		columns: number,
		wantsRoots: boolean,
	) => void;
};

function tileFor(axis: LineAxis, width: number, isLabelled: boolean): Tile {
	const { length, stride, spacing, bounded } = axis;
	const { acrossRows, squareRoots } = kernels();
	const size = length * width;
	const padded = size + 2 * width;
	const squares = room(4 * (padded * (isLabelled ? 2 : 1) + size + 6 * length + 20 + 2 + width));
	const envelope = squares + 8 * Math.ceil((length + 2) / 2);
	const left = envelope + 8 * Math.ceil((20 * length + 48) / 8);
	const values = left + 16 * Math.ceil(width / 64);
	const out = values + 4 * padded;
	const owners = out + 4 * size;
	writeSquares(squares, axis);
	const floats = floatsAt(values, padded);
	const found = floatsAt(out, size);
	const words = isLabelled ? wordsAt(owners, padded) : undefined;
	floats.fill(0);
	words?.fill(0);
	return {
		work(labels, squared, from, columns, wantsRoots) {
			for (let row = 0; row < length; row++) {
				const start = from + row * stride;
				const at = (row + 1) * width;
				floats.set(squared.subarray(start, start + columns), at);
				if (labels !== undefined) words?.set(labels.subarray(start, start + columns), at);
			}
			const first = values + 4 * width;
			const firstOwner = isLabelled ? owners + 4 * width : 0;
			acrossRows(first, firstOwner, length, width, squares, spacing * spacing, bounded ? 1 : 0, out, left, envelope);
			if (wantsRoots) squareRoots(out, size);
			for (let row = 0; row < length; row++) {
				const at = row * width;
				squared.set(found.subarray(at, at + columns), from + row * stride);
			}
		},
	};
}

/** Squares of 0, 1, 2, ... steps along the axis. */
function writeSquares(address: number, { length, spacing }: LineAxis): void {
	const squares = floatsAt(address, length + 2);
	for (let i = 0; i < squares.length; i++) squares[i] = (i * spacing) ** 2;
}
