/**
 * Places in the world, checked and completed: the rules that ITK applies to every file it reads or writes.
 *
 * @module
 */
import { type Geometry, plainGeometry, withDimensions } from "../../core/geometry.ts";
import { volumeError } from "../fault.ts";
import type { VolumeSpec } from "../volume.ts";

/** Axes of a file of `spatial` dimensions: "yx", "zyx", "czyx". */
export function axesOf(spatial: number): string {
	return "czyx".slice(-spatial);
}

/**
 * The place that a file tells, as ITK takes it: a negative spacing turns its axis round.
 *
 * @throws VOLUME where ITK takes no such place: lengths of 0, directions that do not span the space, no numbers
 */
export function checkedGeometry(path: string, { origin, spacing, direction }: Geometry): Geometry {
	const n = spacing.length;
	const place = {
		origin: origin.map(positiveZero),
		spacing: spacing.map(Math.abs),
		direction: direction.map((value, i) => positiveZero((spacing[i % n] ?? 1) < 0 ? -value : value)),
	};
	const finite = [...place.origin, ...place.spacing, ...place.direction].every(Number.isFinite);
	if (!finite || place.spacing.includes(0) || determinant(direction, n) === 0) {
		const found = `spacing ${spacing.join(" ")}, origin ${origin.join(" ")}, direction ${direction.join(" ")}`;
		throw volumeError(path, `its place in the world makes no sense: ${found}; mend its header or make it again`);
	}
	return place;
}

/** What a volume tells of its place: of a 4D file that of its channels, and the voxel size in z, y, x. */
export function placeOf(geometry: Geometry): { readonly spacing: readonly number[]; readonly geometry: Geometry } {
	const place = withDimensions(geometry, Math.min(geometry.spacing.length, 3));
	return { spacing: place.spacing.toReversed(), geometry: place };
}

/**
 * The place for a new file: `spec.geometry`, or one with `spec.spacing` at the world's origin. Axes that are none of
 * space (a 4D file's first) lie in their own direction with spacing 1.
 *
 * @throws VOLUME where it does not fit the array
 */
export function geometryFor(path: string, spec: VolumeSpec): Geometry {
	const spatial = spec.shape.length - (spec.axes.endsWith("c") ? 1 : 0);
	const given = spec.geometry ?? plainGeometry(Math.min(spatial, 3), spec.spacing);
	const n = given.spacing.length;
	const fits = given.origin.length === n && given.direction.length === n * n;
	if (!fits || n > spatial || n < Math.min(spatial, 3)) {
		throw volumeError(path, `a place of ${n} dimensions does not fit an array of ${spec.shape.join("x")}`);
	}
	return checkedGeometry(path, withDimensions(given, spatial));
}

/** A number as text that reads back as the same float64. */
export function exactText(value: number): string {
	return Object.is(value, -0) ? "-0" : String(value);
}

/** Infinity and the sign of zero are lost in JSON; zero has one sign here. */
function positiveZero(value: number): number {
	return value + 0;
}

/** By elimination with pivots. */
function determinant(matrix: readonly number[], n: number): number {
	const rows = Array.from({ length: n }, (_, row) => matrix.slice(row * n, (row + 1) * n));
	let product = 1;
	for (let column = 0; column < n; column++) {
		const [pivot] = rows.toSorted((a, b) => Math.abs(b[column] ?? 0) - Math.abs(a[column] ?? 0));
		const head = pivot?.[column] ?? 0;
		if (pivot === undefined || head === 0) return 0;
		product *= head;
		rows.splice(rows.indexOf(pivot), 1);
		for (const [i, row] of rows.entries()) {
			const factor = (row[column] ?? 0) / head;
			rows[i] = row.map((value, j) => value - factor * (pivot[j] ?? 0));
		}
	}
	return product;
}
