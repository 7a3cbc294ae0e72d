/**
 * How far a point is from a triangle in space: from its plane where it lies above or below it, else from its nearest side.
 *
 * @module
 */

/** Squared distance of `p` to the triangle of `a`, `b`, `c`: where x, y, z of each begin in an array. */
export function squaredDistance(
	points: Float64Array,
	p: number,
	places: Float64Array,
	a: number,
	b: number,
	c: number,
): number {
	const [px, py, pz] = [points[p] ?? 0, points[p + 1] ?? 0, points[p + 2] ?? 0];
	const [ax, ay, az] = [px - (places[a] ?? 0), py - (places[a + 1] ?? 0), pz - (places[a + 2] ?? 0)];
	const [bx, by, bz] = [px - (places[b] ?? 0), py - (places[b + 1] ?? 0), pz - (places[b + 2] ?? 0)];
	const [cx, cy, cz] = [px - (places[c] ?? 0), py - (places[c + 1] ?? 0), pz - (places[c + 2] ?? 0)];
	const [ux, uy, uz] = [ax - bx, ay - by, az - bz]; // from a to b
	const [vx, vy, vz] = [ax - cx, ay - cy, az - cz]; // from a to c
	const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
	// the triangle from the point to each side, seen along the normal: all turn as the triangle does where it is above or below
	const onC = nx * (ay * bz - az * by) + ny * (az * bx - ax * bz) + nz * (ax * by - ay * bx);
	const onA = nx * (by * cz - bz * cy) + ny * (bz * cx - bx * cz) + nz * (bx * cy - by * cx);
	const onB = nx * (cy * az - cz * ay) + ny * (cz * ax - cx * az) + nz * (cx * ay - cy * ax);
	const normal = nx * nx + ny * ny + nz * nz;
	if (normal > 0 && Math.min(onA, onB, onC) >= 0) return (nx * ax + ny * ay + nz * az) ** 2 / normal;
	return Math.min(
		toSide(ax, ay, az, ux, uy, uz),
		toSide(ax, ay, az, vx, vy, vz),
		toSide(bx, by, bz, vx - ux, vy - uy, vz - uz),
	);
}

/** Squared distance to a side that reaches by `u` from the place that the point is at `x`, `y`, `z` of. */
function toSide(x: number, y: number, z: number, ux: number, uy: number, uz: number): number {
	const length = ux * ux + uy * uy + uz * uz;
	const share = length > 0 ? Math.min(1, Math.max(0, (x * ux + y * uy + z * uz) / length)) : 0;
	const [lx, ly, lz] = [x - share * ux, y - share * uy, z - share * uz];
	return lx * lx + ly * ly + lz * lz;
}
