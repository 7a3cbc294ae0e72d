/**
 * Filters of PNG undone: what is stored of a byte is its difference from what the bytes around it predict.
 *
 * From "Portable Network Graphics (PNG) Specification", third edition, section 9.
 *
 * @module
 */

type Undo = (row: Uint8Array, above: Uint8Array, step: number) => void;

/** By their numbers. Bytes before a row's first count as 0. */
const FILTERS: readonly Undo[] = [() => undefined, left, up, average, paeth];

/** Undoes the filter of `row` in place; `step` is the bytes of a pixel. False for an unknown filter. */
export function unfilter(filter: number, row: Uint8Array, above: Uint8Array, step: number): boolean {
	const undo = FILTERS[filter];
	undo?.(row, above, step);
	return undo !== undefined;
}

function left(row: Uint8Array, _: Uint8Array, step: number): void {
	for (let i = step; i < row.length; i++) row[i] = (row[i] ?? 0) + (row[i - step] ?? 0);
}

function up(row: Uint8Array, above: Uint8Array): void {
	for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) + (above[i] ?? 0);
}

function average(row: Uint8Array, above: Uint8Array, step: number): void {
	const edge = Math.min(step, row.length);
	for (let i = 0; i < edge; i++) row[i] = (row[i] ?? 0) + ((above[i] ?? 0) >> 1);
	for (let i = edge; i < row.length; i++) {
		row[i] = (row[i] ?? 0) + (((row[i - step] ?? 0) + (above[i] ?? 0)) >> 1);
	}
}

/** The first pixel is predicted from above alone. */
function paeth(row: Uint8Array, above: Uint8Array, step: number): void {
	const edge = Math.min(step, row.length);
	for (let i = 0; i < edge; i++) row[i] = (row[i] ?? 0) + (above[i] ?? 0);
	for (let i = edge; i < row.length; i++) {
		row[i] = (row[i] ?? 0) + nearest(row[i - step] ?? 0, above[i] ?? 0, above[i - step] ?? 0);
	}
}

/** The one of the three that `left + over - corner` is nearest to; ties go to the first. */
function nearest(toLeft: number, over: number, corner: number): number {
	const fromLeft = Math.abs(over - corner);
	const fromOver = Math.abs(toLeft - corner);
	const fromCorner = Math.abs(toLeft + over - 2 * corner);
	if (fromLeft <= fromOver && fromLeft <= fromCorner) return toLeft;
	return fromOver <= fromCorner ? over : corner;
}
