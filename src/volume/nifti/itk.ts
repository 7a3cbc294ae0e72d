/**
 * The place in the world that ITK 5.4 reads out of a NIfTI header, and the header that it writes for a place.
 *
 * A header holds two places, qform (a rotation as a quaternion) and sform (a matrix). ITK takes the sform where it is a
 * rotation with scales and either stands alone, is marked as the scanner's, or agrees with the qform; else the qform.
 * World axes are turned from RAS to LPS, lengths to millimetres.
 *
 * @module
 */
import type { Geometry } from "../../core/geometry.ts";
import type { NiftiHeader } from "./fields.ts";
import { type Matrix3, orthogonalRows, quaternionOf, rotationOf } from "./quaternion.ts";

/** Three columns and an origin, still in RAS and the file's unit. */
type Place = { readonly matrix: Matrix3; readonly origin: readonly number[] };

const SCANNER = 1;

/** The geometry of an image of `dimensions` 2 or 3; undefined where ITK finds none (a sheared sform and no qform). */
export function geometryOf(header: NiftiHeader, dimensions: 2 | 3): Geometry | undefined {
	const unit = lengthUnit(header.units);
	const axes = Array.from({ length: dimensions }, (_, axis) => axis);
	const pixdim = axes.map((axis) => goodSpacing(header.pixdim[axis + 1]) * unit);
	const found = placeOf(header);
	if (found === undefined) return undefined;
	const directions = axes.map((column) => unitDirection(found.matrix, column, dimensions, found !== NOWHERE));
	const origin = axes.map((row) => toLps(found.origin[row] ?? 0, row) * unit + 0);
	return {
		origin,
		spacing: pixdim.map(Math.abs),
		// an axis of negative spacing runs the other way
		direction: axes.flatMap((row) =>
			axes.map((column) => (directions[column]?.[row] ?? 0) * ((pixdim[column] ?? 1) < 0 ? -1 : 1) + 0),
		),
	};
}

/** What a header without qform and sform means: the axes of the file are those of LPS. */
const NOWHERE: Place = { matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1], origin: [0, 0, 0] };

function placeOf(header: NiftiHeader): Place | undefined {
	const hasQ = header.qformCode > 0;
	const hasS = header.sformCode > 0;
	if (!hasQ && !hasS) return NOWHERE;
	const q = qformOf(header);
	const s = sformOf(header);
	if (!hasS) return q;
	const isRotation = isScaledRotation(s.matrix);
	if (!hasQ) return isRotation ? s : undefined;
	if (!isRotation) return isNear(s, q, 1e-5, 1e-7) ? s : q;
	if (header.sformCode === SCANNER || hasSameAxes(s, q)) return s;
	return q;
}

function qformOf({ pixdim, quatern, qoffset }: NiftiHeader): Place {
	const scale = [1, 2, 3].map((axis) => {
		const length = goodSpacing(pixdim[axis]);
		return length > 0 ? length : 1;
	});
	if ((pixdim[0] ?? 1) < 0) scale[2] = -(scale[2] ?? 1);
	return { matrix: rotationOf(quatern.map(finite), scale), origin: qoffset.map(finite) };
}

function sformOf({ srow }: NiftiHeader): Place {
	const rows = [0, 4, 8];
	return { matrix: rows.flatMap((at) => srow.slice(at, at + 3)), origin: rows.map((at) => srow[at + 3] ?? 0) };
}

/** True where the columns stand at right angles, within 1e-4, and none is zero or no number. */
function isScaledRotation(matrix: Matrix3): boolean {
	const columns = [0, 1, 2].map((column) => unitColumn(matrix, column));
	if (columns.some((column) => !column.every(Number.isFinite) || column.every((value) => value === 0))) return false;
	for (const r of [0, 1, 2]) {
		for (const c of [0, 1, 2]) {
			const product = columns.reduce((sum, column) => sum + (column[r] ?? 0) * (column[c] ?? 0), 0);
			if (Math.abs(product - Number(r === c)) > 1e-4) return false;
		}
	}
	return true;
}

/** Scales, directions and origins within 1e-4. */
function hasSameAxes(s: Place, q: Place): boolean {
	const isClose = (a: readonly number[], b: readonly number[]) =>
		a.every((value, at) => Math.abs(value - (b[at] ?? 0)) <= 1e-4);
	const lengths = (place: Place) => [0, 1, 2].map((column) => lengthOf(columnOf(place.matrix, column)));
	return (
		isClose(s.origin, q.origin) &&
		isClose(lengths(s), lengths(q)) &&
		[0, 1, 2].every((column) => isClose(unitColumn(s.matrix, column), unitColumn(q.matrix, column)))
	);
}

function isNear(a: Place, b: Place, matrix: number, origin: number): boolean {
	const shift = a.origin.reduce((sum, value, at) => sum + Math.abs(value - (b.origin[at] ?? 0)), 0);
	return shift <= origin && a.matrix.every((value, at) => Math.abs(value - (b.matrix[at] ?? 0)) <= matrix);
}

/** Column `column` in LPS, cut to `dimensions` entries, of unit length. */
function unitDirection(matrix: Matrix3, column: number, dimensions: 2 | 3, turn: boolean): readonly number[] {
	const entries = columnOf(matrix, column).slice(0, dimensions);
	const lps = entries.map((value, row) => (turn ? toLps(value, row) : value));
	const length = lengthOf(lps);
	return length === 0 ? lps : lps.map((value) => value / length);
}

function toLps(value: number, row: number): number {
	return row < 2 ? -value : value;
}

function columnOf(matrix: Matrix3, column: number): number[] {
	return [0, 3, 6].map((row) => matrix[row + column] ?? 0);
}

function unitColumn(matrix: Matrix3, column: number): number[] {
	const values = columnOf(matrix, column);
	const length = lengthOf(values);
	return values.map((value) => (length === 0 ? 0 : value / length));
}

function lengthOf(values: readonly number[]): number {
	return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function goodSpacing(value: number | undefined): number {
	return value === undefined || value === 0 || !Number.isFinite(value) ? 1 : value;
}

function finite(value: number): number {
	return Number.isFinite(value) ? value : 0;
}

/** Millimetres to a unit of length: metres, millimetres and micrometres are known. */
function lengthUnit(units: number): number {
	return { 1: 1e3, 3: 1e-3 }[units & 7] ?? 1;
}

/** Fields that tell where an image lies. */
export type Placed = Pick<
	NiftiHeader,
	"pixdim" | "units" | "qformCode" | "sformCode" | "quatern" | "qoffset" | "srow" | "slope" | "inter"
>;

/** Millimetres and seconds. */
const UNITS = 2 | 8;

/**
 * The fields that ITK writes for an image of `rank` axes at `geometry` (of 2 or 3 dimensions): qform and sform both say the
 * place, marked as the scanner's.
 */
export function itkFields(geometry: Geometry, rank: number): Placed {
	const dimensions = geometry.spacing.length;
	const at = (row: number, column: number) => geometry.direction[row * dimensions + column] ?? 0;
	const rows = [0, 1, 2].flatMap((column) =>
		[0, 1, 2].map((row) => {
			if (column >= dimensions || row >= dimensions) return Number(row === 2 && column === 2);
			return row < 2 ? -at(row, column) : at(row, column);
		}),
	);
	const orthogonal = orthogonalRows(rows);
	const matrix = [0, 1, 2].flatMap((row) => [0, 3, 6].map((column) => orthogonal[column + row] ?? 0));
	const { quatern, qfac } = quaternionOf(matrix);
	const offset = [0, 1, 2].map((row) => Math.fround(toLps(geometry.origin[row] ?? 0, row)));
	const spacing = [0, 1, 2].map((axis) => Math.fround(geometry.spacing[axis] ?? 1));
	const scale = (row: number, column: number) => (row < dimensions && column < dimensions ? (spacing[column] ?? 1) : 1);
	return {
		pixdim: [qfac, ...spacing, rank > 3 ? 1 : 0, 0, 0, 0],
		units: UNITS,
		qformCode: SCANNER,
		sformCode: SCANNER,
		quatern,
		qoffset: offset,
		srow: [0, 1, 2].flatMap((row) => [
			...[0, 1, 2].map((column) => Math.fround(scale(row, column) * (matrix[row * 3 + column] ?? 0))),
			offset[row] ?? 0,
		]),
		slope: 1,
		inter: 0,
	};
}
