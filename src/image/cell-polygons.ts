/**
 * The surface inside a cell of 2x2x2 voxel centres, for each of the 256 ways in which its corners lie in or out of an object.
 *
 * Marching cubes (Lorensen and Cline 1987) with a table that is derived, not listed: on each face of the cell, lines cut off
 * every run of inner corners; lines join to loops; loops are cut into triangles. Voxels of an object that touch across an
 * edge or a corner only are therefore kept apart, as faces are what joins them. Two cells draw the same lines on the face
 * between them, and no triangle's inner side lies in a face of its cell, so that each side belongs to exactly two
 * triangles of the whole surface: it is closed.
 *
 * Places within a cell are counted in halves, z, y, x of 0, 1 or 2 each; a vertex lies in the middle of an edge, so
 * exactly one of its three is 1. Triangles are ordered so that, seen from outside in axes x, y, z, they run counterclockwise.
 *
 * @module
 */
import type { Zyx } from "../core/shape.ts";

/** A place in a cell as one number: 9 z + 3 y + x, in halves. */
type Place = number;

/** The corners of a cell, as the bits of its case count them: bit 4 z + 2 y + x. */
const CORNERS = 8;

/**
 * For each case the places of its triangles' vertices, three a triangle; of all cuts into triangles the one of the least
 * area, for voxels of `spacing` (z, y, x).
 */
export function cellTriangles(spacing: Zyx): readonly Uint8Array[] {
	cases ??= Array.from({ length: 1 << CORNERS }, (_, inside) => loopsOf(inside).map(cuts));
	return cases.map((loops) => Uint8Array.from(loops.flatMap((ways) => leastOf(ways, spacing))));
}

/** For each case, of each of its loops, every cut into triangles; made once. */
let cases: readonly (readonly (readonly Place[])[])[][] | undefined;

/** The z, y, x of a place, in halves. */
export function placeOf(place: Place): Zyx {
	return [Math.floor(place / 9), Math.floor(place / 3) % 3, place % 3];
}

/** The area of the surface in each case, for voxels of `spacing` (z, y, x); in its unit squared. */
export function cellAreas(spacing: Zyx): Float64Array<ArrayBuffer> {
	return Float64Array.from(cellTriangles(spacing), (places) => areaOf(places, spacing));
}

/** The closed lines of a case, each as the places it passes in order. */
function loopsOf(inside: number): Place[][] {
	const next = new Map<Place, Place>();
	for (const face of faces()) for (const [from, to] of linesOn(face, inside)) next.set(from, to);
	const loops: Place[][] = [];
	while (next.size > 0) {
		const [first] = next.keys();
		const loop: Place[] = [];
		for (let at = first; at !== undefined; ) {
			loop.push(at);
			const to = next.get(at);
			next.delete(at);
			at = to === first ? undefined : to;
		}
		loops.push(loop);
	}
	return loops;
}

/** The corners of each face, counterclockwise as seen from outside the cell in axes x, y, z. */
function faces(): Zyx[][] {
	const around: readonly (readonly [number, number])[] = [
		[0, 0],
		[0, 2],
		[2, 2],
		[2, 0],
	];
	return [0, 1, 2].flatMap((axis) =>
		[0, 2].map((side) => {
			const corners = around.map(([a, b]): Zyx => {
				if (axis === 0) return [side, a, b];
				return axis === 1 ? [b, side, a] : [a, b, side];
			});
			return side === 0 ? corners.reverse() : corners;
		}),
	);
}

/** Around each run of inner corners of a face a line, from the edge before the run to the one behind it. */
function linesOn(face: readonly Zyx[], inside: number): [Place, Place][] {
	const isInside = (corner: Zyx) => ((inside >> (corner[0] * 2 + corner[1] + corner[2] / 2)) & 1) === 1;
	const lines: [Place, Place][] = [];
	for (let i = 0; i < 4; i++) {
		if (isInside(cornerAt(face, i)) || !isInside(cornerAt(face, i + 1))) continue;
		let end = i + 1;
		while (isInside(cornerAt(face, end + 1))) end++;
		lines.push([middle(face, i), middle(face, end)]);
	}
	return lines;
}

function cornerAt(face: readonly Zyx[], i: number): Zyx {
	return face[i % 4] ?? [0, 0, 0];
}

/** The middle of the edge behind corner `i` of a face. */
function middle(face: readonly Zyx[], i: number): Place {
	const [a, b] = [cornerAt(face, i), cornerAt(face, i + 1)];
	return ((a[0] + b[0]) / 2) * 9 + ((a[1] + b[1]) / 2) * 3 + (a[2] + b[2]) / 2;
}

/**
 * Every cut of a loop into triangles whose inner sides lie in no face of the cell: the triangle at the loop's closing side
 * takes each other corner in turn.
 */
function cuts(loop: readonly Place[]): Place[][] {
	const [first, last] = [loop[0], loop.at(-1)];
	if (loop.length < 3 || first === undefined || last === undefined) return [[]];
	return loop.slice(1, -1).flatMap((apex, i) => {
		const isCut = (i > 0 && onOneFace(first, apex)) || (i < loop.length - 3 && onOneFace(apex, last));
		if (isCut) return [];
		const before = cuts(loop.slice(0, i + 2));
		const behind = cuts(loop.slice(i + 1));
		return before.flatMap((a) => behind.map((b) => [first, apex, last, ...a, ...b]));
	});
}

/** True where both places lie on one face of the cell. */
function onOneFace(a: Place, b: Place): boolean {
	const other = placeOf(b);
	return placeOf(a).some((half, axis) => half !== 1 && half === other[axis]);
}

/** The cut of the least area; of equals the first. */
function leastOf(ways: readonly (readonly Place[])[], spacing: Zyx): readonly Place[] {
	const [only = []] = ways;
	if (ways.length === 1) return only;
	const clearly = 1 - 1e-9; // what rounding makes of equal areas does not count
	return ways.reduce((best, way) => (areaOf(way, spacing) < clearly * areaOf(best, spacing) ? way : best));
}

function areaOf(triangles: ArrayLike<Place>, spacing: Zyx): number {
	const at = (i: number) => placeOf(triangles[i] ?? 0);
	let area = 0;
	for (let i = 0; i < triangles.length; i += 3) area += triangleArea(at(i), at(i + 1), at(i + 2), spacing);
	return area;
}

/** Of a triangle whose corners are in halves of voxels of size `sz`, `sy`, `sx`. */
function triangleArea([az, ay, ax]: Zyx, [bz, by, bx]: Zyx, [cz, cy, cx]: Zyx, [sz, sy, sx]: Zyx): number {
	const [uz, uy, ux] = [(bz - az) * sz, (by - ay) * sy, (bx - ax) * sx];
	const [vz, vy, vx] = [(cz - az) * sz, (cy - ay) * sy, (cx - ax) * sx];
	return Math.hypot(uy * vx - ux * vy, ux * vz - uz * vx, uz * vy - uy * vz) / 8;
}
