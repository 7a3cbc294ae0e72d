/**
 * What resampled logits are given out as: some rows of one plane, of every head.
 *
 * @module
 */
import type { Zyx } from "../core/shape.ts";

/** Rows `y <= row < y + rows` of output plane `z`. */
export type Band = {
	readonly z: number;
	readonly y: number;
	readonly rows: number;
	/** [heads, rows, X]; the receiver may change it, and may not keep it after the call. */
	readonly values: Float32Array<ArrayBuffer>;
};

/** Takes planes of logits in order of z and gives out bands in order of z, then y: every voxel once. */
export interface PlaneResampler {
	/** The next plane of logits, [heads, Y, X] in the network's space. It is taken over, and freed once no band needs it any more. */
	push(plane: Float32Array<ArrayBuffer>): void;
	/** After the last plane: every band has been given by then. @throws RangeError where planes are missing */
	finish(): void;
}

/** The bands of a plane of `height` rows: first row and number of rows, of at most `bytes` each but for single rows. */
export function bandsOf(height: number, rowBytes: number, bytes: number): (readonly [number, number])[] {
	const rows = Math.min(height, Math.max(1, Math.floor(bytes / rowBytes)));
	return Array.from({ length: Math.ceil(height / rows) }, (_, n) => [n * rows, Math.min(rows, height - n * rows)]);
}

/** @throws RangeError where `plane` is not the next of the volume's planes, of which `received` came */
export function requireExpected(
	plane: Float32Array,
	received: number,
	heads: number,
	[depth, height, width]: Zyx,
): void {
	if (received < depth && plane.length === heads * height * width) return;
	throw new RangeError(
		`resampling: expected ${depth} planes of ${heads} x ${height} x ${width}, found ${plane.length} numbers as plane ${received}`,
	);
}

/** @throws RangeError where not all of `depth` planes came */
export function requireAll(received: number, depth: number): void {
	if (received !== depth) throw new RangeError(`resampling: ${received} of ${depth} planes came`);
}
