/**
 * From ITK's account of a place in the world to nibabel's, and back.
 *
 * @module
 */
import type { Affine, Geometry } from "../core/geometry.ts";

/** The matrix of a geometry; a geometry of two dimensions lies in the plane z = 0. */
export function affineOfGeometry({ origin, spacing, direction }: Geometry): Affine {
	const dimensions = spacing.length;
	const entry = (row: number, column: number) => {
		if (row >= dimensions || column >= dimensions) return Number(row === column);
		return (direction[row * dimensions + column] ?? 0) * (spacing[column] ?? 1);
	};
	const rows = [0, 1, 2].flatMap((row) => {
		const sign = row < 2 ? -1 : 1; // LPS to RAS
		return [...[0, 1, 2].map((column) => sign * entry(row, column) + 0), sign * (origin[row] ?? 0) + 0];
	});
	return [...rows, 0, 0, 0, 1];
}

/** The geometry of a matrix: lengths of its columns, their directions, its origin. A shear stays in the directions. */
export function geometryOfAffine(affine: Affine): Geometry {
	const at = (row: number, column: number) => (row < 2 ? -1 : 1) * (affine[row * 4 + column] ?? 0) + 0;
	const spacing = [0, 1, 2].map((column) => Math.hypot(at(0, column), at(1, column), at(2, column)) || 1);
	return {
		origin: [0, 1, 2].map((row) => at(row, 3)),
		spacing,
		direction: [0, 1, 2].flatMap((row) => spacing.map((length, column) => at(row, column) / length)),
	};
}
