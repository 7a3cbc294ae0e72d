/**
 * Quadrics: how far a place is from many planes, as ten numbers (Garland and Heckbert, "Surface simplification using quadric
 * error metrics", 1997), each plane weighed by its triangle's area.
 *
 * Ten numbers: the symmetric matrix A (xx, xy, xz, yy, yz, zz), the vector b and the number c of x'Ax + 2b'x + c.
 *
 * @module
 */

/** Numbers of a quadric. */
export const QUADRIC = 10;

/** Adds the plane through `x`, `y`, `z` whose normal, as long as the triangle's area, is `nx`, `ny`, `nz` to that at `at`. */
export function addPlane(
	quadrics: Float64Array,
	at: number,
	[nx, ny, nz]: readonly [number, number, number],
	[x, y, z]: readonly [number, number, number],
): void {
	const area = Math.hypot(nx, ny, nz);
	if (area === 0) return;
	const d = -(nx * x + ny * y + nz * z);
	const row = [nx * nx, nx * ny, nx * nz, ny * ny, ny * nz, nz * nz, nx * d, ny * d, nz * d, d * d];
	for (let n = 0; n < QUADRIC; n++) quadrics[at + n] = (quadrics[at + n] ?? 0) + (row[n] ?? 0) / area;
}

/** Sum of the areas of the planes of `q`. */
export function areaOf(q: Float64Array): number {
	return (q[0] ?? 0) + (q[3] ?? 0) + (q[5] ?? 0);
}

/** Sum of squared distances of a place to the planes of `q`, times their areas. */
export function errorAt(q: Float64Array, x: number, y: number, z: number): number {
	const alongX = (q[0] ?? 0) * x + 2 * ((q[1] ?? 0) * y + (q[2] ?? 0) * z + (q[6] ?? 0));
	const alongY = (q[3] ?? 0) * y + 2 * ((q[4] ?? 0) * z + (q[7] ?? 0));
	const alongZ = (q[5] ?? 0) * z + 2 * (q[8] ?? 0);
	return Math.max(0, x * alongX + y * alongY + z * alongZ + (q[9] ?? 0));
}

/** Share of the areas with which the place is drawn to the middle, where planes leave it open. */
const PULL = 1e-6;

/** What fixes a place: the linear equation `g` times it is `h`. */
export type Equation = { gx: number; gy: number; gz: number; h: number };

/**
 * The place with the least error in `q`, among those that satisfy `equation`, near `middle` where planes leave it open; into `out`.
 *
 * @returns false where there is none
 */
export function bestPlace(q: Float64Array, middle: Float64Array, equation: Equation, out: Float64Array): boolean {
	const pull = (PULL * areaOf(q)) / 3;
	if (pull === 0) return false;
	const [xx, yy, zz] = [(q[0] ?? 0) + pull, (q[3] ?? 0) + pull, (q[5] ?? 0) + pull];
	const [xy, xz, yz] = [q[1] ?? 0, q[2] ?? 0, q[4] ?? 0];
	// cofactors of the symmetric matrix: its inverse times the determinant
	const [ixx, ixy, ixz] = [yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy];
	const [iyy, iyz, izz] = [xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy];
	const determinant = xx * ixx + xy * ixy + xz * ixz;
	if (!(determinant > 0)) return false;
	const rx = pull * (middle[0] ?? 0) - (q[6] ?? 0);
	const ry = pull * (middle[1] ?? 0) - (q[7] ?? 0);
	const rz = pull * (middle[2] ?? 0) - (q[8] ?? 0);
	let x = (ixx * rx + ixy * ry + ixz * rz) / determinant;
	let y = (ixy * rx + iyy * ry + iyz * rz) / determinant;
	let z = (ixz * rx + iyz * ry + izz * rz) / determinant;
	const { gx, gy, gz, h } = equation;
	const [kx, ky, kz] = [
		(ixx * gx + ixy * gy + ixz * gz) / determinant,
		(ixy * gx + iyy * gy + iyz * gz) / determinant,
		(ixz * gx + iyz * gy + izz * gz) / determinant,
	];
	const slope = gx * kx + gy * ky + gz * kz;
	if (slope > 0) {
		const step = (h - (gx * x + gy * y + gz * z)) / slope;
		x += step * kx;
		y += step * ky;
		z += step * kz;
	}
	out[0] = x;
	out[1] = y;
	out[2] = z;
	return Number.isFinite(x + y + z);
}
