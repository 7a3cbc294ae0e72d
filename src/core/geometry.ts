/**
 * Where the voxels of a medical image lie in the world.
 *
 * @module
 */

/**
 * ITK's account: world axes point left, posterior, superior (LPS), lengths are millimetres. Entries are in the order
 * x, y, z of the file (the reverse of array axes); `dimensions` of them, 2 or 3.
 */
export type Geometry = {
	/** Centre of the first voxel. */
	readonly origin: readonly number[];
	/** Distance of voxel centres along each axis, above 0. */
	readonly spacing: readonly number[];
	/** dimensions x dimensions, row by row; column j is the direction of axis j. */
	readonly direction: readonly number[];
};

/** A 4x4 matrix, row by row, from voxel indices x, y, z to world coordinates right, anterior, superior (RAS), as nibabel gives it. */
export type Affine = readonly number[];

/** The place of `dimensions` axes at the world's origin, without a turn; `spacing` (slowest first) where there is one, else 1. */
export function plainGeometry(dimensions: number, spacing: readonly number[] | undefined): Geometry {
	const sizes = spacing?.slice(-dimensions).toReversed() ?? [];
	return {
		origin: new Array<number>(dimensions).fill(0),
		spacing: Array.from({ length: dimensions }, (_, axis) => sizes[axis] ?? 1),
		direction: identity(dimensions),
	};
}

/** The same place with so many axes: the last are left out, or further ones lie in their own direction with spacing 1. */
export function withDimensions({ origin, spacing, direction }: Geometry, dimensions: number): Geometry {
	const had = spacing.length;
	const turned = identity(dimensions).map((still, i) => {
		const [row, column] = [Math.floor(i / dimensions), i % dimensions];
		return row < had && column < had ? (direction[row * had + column] ?? 0) : still;
	});
	return {
		origin: Array.from({ length: dimensions }, (_, axis) => origin[axis] ?? 0),
		spacing: Array.from({ length: dimensions }, (_, axis) => spacing[axis] ?? 1),
		direction: turned,
	};
}

/** The n x n matrix of no turn, row by row. */
export function identity(n: number): number[] {
	return Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
}
