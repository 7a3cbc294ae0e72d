/**
 * Along which axes of the body the axes of a file run, as ITK and as nibabel tell it.
 *
 * The two differ only where axes are as oblique as can be: ITK looks at the direction cosines, nibabel at the rotation
 * nearest to the matrix, strongest axis first.
 *
 * @module
 */
import type { Affine, Geometry } from "../core/geometry.ts";

/** For each axis x, y, z of a file: the world axis it follows (0 right, 1 anterior, 2 superior), and 1 where it runs that way, else -1. */
export type Orientation = readonly { readonly axis: number; readonly sign: 1 | -1 }[];

/** Letters that an axis runs towards, by world axis: at sign 1, at sign -1. */
const LETTERS = [
	["R", "L"],
	["A", "P"],
	["S", "I"],
] as const;

/** The orientation of a geometry of three dimensions: largest cosine first; of equal ones the last, column by column within rows. */
export function orientationOfGeometry({ direction }: Geometry): Orientation {
	const cosines = direction.map((value, at) => ({ value, row: Math.floor(at / 3), column: at % 3 }));
	const found: { axis: number; sign: 1 | -1 }[] = [];
	let open = cosines;
	while (open.length > 0) {
		const best = open.reduce((a, b) => (Math.abs(b.value) >= Math.abs(a.value) ? b : a));
		// ITK's first two world axes run the other way
		const along = best.row < 2 ? -best.value : best.value;
		found[best.column] = { axis: best.row, sign: along >= 0 ? 1 : -1 };
		open = open.filter(({ row, column }) => row !== best.row && column !== best.column);
	}
	return found;
}

/** Three letters such as "LPS": where the axes x, y, z run. */
export function lettersOf(orientation: Orientation): string {
	return orientation.map(({ axis, sign }) => LETTERS[axis]?.[sign === 1 ? 0 : 1] ?? "?").join("");
}

/** nibabel's `io_orientation`; undefined where an axis runs nowhere. */
export function orientationOfAffine(affine: Affine): Orientation | undefined {
	const rotation = nearestRotation(columnsOf(affine).map(unit));
	const strength = rotation.map((column) => Math.max(...column.map((value) => value * value)));
	const order = [0, 1, 2].sort((a, b) => (strength[b] ?? 0) - (strength[a] ?? 0));
	const found: { axis: number; sign: 1 | -1 }[] = [];
	const used = new Set<number>();
	for (const column of order) {
		const values = (rotation[column] ?? []).map((value, row) => (used.has(row) ? 0 : value));
		if (values.every((value) => Math.abs(value) <= 1e-8)) return undefined;
		const axis = values.reduce((best, value, row) => (Math.abs(value) > Math.abs(values[best] ?? 0) ? row : best), 0);
		found[column] = { axis, sign: (values[axis] ?? 0) < 0 ? -1 : 1 };
		used.add(axis);
	}
	return found;
}

type Column = readonly number[];

/** The three columns of voxel axes. */
function columnsOf(affine: Affine): Column[] {
	return [0, 1, 2].map((column) => [0, 1, 2].map((row) => affine[row * 4 + column] ?? 0));
}

function unit(column: Column): Column {
	const length = Math.hypot(...column);
	return length === 0 ? column : column.map((value) => value / length);
}

/**
 * The orthogonal matrix nearest to columns of unit length, by Newton's iteration for the polar factor; the columns
 * themselves where they lie in one plane.
 */
function nearestRotation(columns: readonly Column[]): readonly Column[] {
	let current = columns;
	for (let n = 0; n < 100; n++) {
		const [a = [], b = [], c = []] = current;
		const volume = dot(a, cross(b, c));
		if (Math.abs(volume) < 1e-12) return columns;
		const duals = [cross(b, c), cross(c, a), cross(a, b)];
		const next = current.map((column, at) =>
			column.map((value, row) => 0.5 * (value + (duals[at]?.[row] ?? 0) / volume)),
		);
		const change = Math.max(
			...next.flatMap((column, at) => column.map((v, row) => Math.abs(v - (current[at]?.[row] ?? 0)))),
		);
		current = next;
		if (change < 1e-15) break;
	}
	return current;
}

function dot(a: Column, b: Column): number {
	return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}

function cross([a = 0, b = 0, c = 0]: Column, [d = 0, e = 0, f = 0]: Column): Column {
	return [b * f - c * e, c * d - a * f, a * e - b * d];
}
