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
