/**
 * Holes of a binary mask: background that cannot be reached from outside through faces.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf, type Zyx } from "../core/shape.ts";
import { paintRuns, type Runs, withRuns } from "./runs.ts";

/**
 * `mask` (C-ordered over `shape`, up to three axes; not 0 is foreground) with its holes filled, as 0 and 1.
 *
 * As `scipy.ndimage.binary_fill_holes` with its default structure: background is connected through edges in 2D and
 * faces in 3D, and what touches the border of any axis is outside. So a 3D mask of one slice has no holes: fill in 2D.
 *
 * @throws RangeError where the length is not the shape's
 */
export function fillHoles(mask: Uint8Array, shape: Shape): Uint8Array<ArrayBuffer> {
	const out = new Uint8Array(mask.length);
	fillInto(out, mask, shape);
	return out;
}

/**
 * The same section by section: each of `shape` (z, y, x) is filled as a 2D mask.
 *
 * @throws RangeError where the length is not the shape's
 */
export function fillHolesInSections(mask: Uint8Array, shape: Shape): Uint8Array<ArrayBuffer> {
	const [depth, height, width] = asZyx(shape);
	const plane = height * width;
	if (mask.length !== depth * plane) throw unfit(mask, shape);
	const out = new Uint8Array(mask.length);
	for (let z = 0; z < depth; z++) {
		const [from, to] = [z * plane, (z + 1) * plane];
		fillInto(out.subarray(from, to), mask.subarray(from, to), [height, width]);
	}
	return out;
}

/** Paints all but the background that is outside. */
function fillInto(out: Uint8Array, mask: Uint8Array, shape: Shape): void {
	if (mask.length !== sizeOf(shape)) throw unfit(mask, shape);
	// an axis of one voxel is border all over
	if (shape.some((extent) => extent <= 2)) {
		for (let i = 0; i < mask.length; i++) out[i] = mask[i] === 0 ? 0 : 1;
		return;
	}
	out.fill(1);
	withRuns("fillHoles", mask, shape, 1, "background", (runs) => {
		const isOutside = new Uint8Array(runs.count + 1);
		markOutside(isOutside, runs, shape);
		paintRuns(out, runs, isOutside, 0);
	});
}

/** Sets 1 for each object that lies on the first or last plane of an axis. No axis is of one voxel. */
function markOutside(isOutside: Uint8Array, { offsets, runs, width, rows }: Runs, shape: Shape): void {
	const extent = asZyx(shape);
	for (let row = 0; row < rows; row++) {
		const from = 4 * (offsets[row] ?? 0);
		const to = 4 * (offsets[row + 1] ?? 0);
		const isOuter = isOuterRow(row, extent, shape.length);
		for (let run = from; run < to; run += 4) {
			if (isOuter || runs[run] === 0 || runs[run + 1] === width) isOutside[runs[run + 2] ?? 0] = 1;
		}
	}
}

/** True for the first and last rows of a section, and for all of the first and last section, as far as there are `axes`. */
function isOuterRow(row: number, [depth, height]: Zyx, axes: number): boolean {
	const y = row % height;
	const z = (row - y) / height;
	return (axes > 1 && (y === 0 || y === height - 1)) || (axes > 2 && (z === 0 || z === depth - 1));
}

function unfit(mask: Uint8Array, shape: Shape): RangeError {
	return new RangeError(`fillHoles: expected a mask of ${shapeText(shape)}, found ${mask.length} voxels`);
}
