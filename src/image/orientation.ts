/**
 * Anatomical orientation of volumes: which way each axis of voxels runs, and turning volumes from one way to another.
 *
 * World axes are right, anterior, superior (RAS). Voxel axes are told in the order x, y, z; arrays are z, y, x.
 *
 * @module
 */
import type { Affine, Geometry } from "../core/geometry.ts";
import { type Shape, stridesOf } from "../core/shape.ts";
import type { LabelArray } from "./labels.ts";

/** Where a voxel axis runs: along a world axis (0 right, 1 anterior, 2 superior), towards its name or against it. */
export type AxisWay = { readonly world: number; readonly forward: boolean };

/** The ways of the voxel axes x, y, z; each world axis once. */
export type Orientation = readonly AxisWay[];

/** Right, anterior, superior. */
export const RAS: Orientation = [0, 1, 2].map((world) => ({ world, forward: true }));

const LETTERS = ["RL", "AP", "SI"];

/** Rounds of the iteration that finds the rotation in a matrix: it converges quadratically. */
const ROUNDS = 30;

/**
 * The orientation of voxels that `affine` places in the world, as nibabel's `io_orientation`: of the nearest rotation,
 * axis after axis the world axis that is largest and free. Undefined where the matrix has no inverse.
 */
export function orientationOfAffine(affine: Affine): Orientation | undefined {
	const columns = [0, 1, 2].map((j) => unit([affine[j] ?? 0, affine[4 + j] ?? 0, affine[8 + j] ?? 0]));
	const rotation = nearestRotation(columns);
	if (rotation === undefined) return undefined;
	const free = new Set([0, 1, 2]);
	return rotation.map((column) => {
		const world = [...free].reduce((best, axis) => (size(column, axis) > size(column, best) ? axis : best));
		free.delete(world);
		return { world, forward: !((column[world] ?? 0) < 0) };
	});
}

/**
 * The orientation of ITK's direction matrix, as its DICOMOrientation finds it: the largest entry first, and of equal ones
 * the last. Three dimensions only; else undefined.
 */
export function orientationOfDirection({ direction }: Geometry): Orientation | undefined {
	if (direction.length !== 9) return undefined;
	const entries = direction.map((value, n) => ({ world: Math.floor(n / 3), axis: n % 3, value }));
	const ways: (AxisWay | undefined)[] = [undefined, undefined, undefined];
	for (let n = 0; n < 3; n++) {
		const left = entries.filter((e) => ways[e.axis] === undefined && !ways.some((way) => way?.world === e.world));
		const best = left.reduce((most, e) => (Math.abs(e.value) >= Math.abs(most.value) ? e : most));
		// ITK's world is left, posterior, superior
		ways[best.axis] = { world: best.world, forward: best.world === 2 ? best.value > 0 : best.value < 0 };
	}
	return ways.map((way) => way ?? { world: 0, forward: true });
}

/** The orientation of three letters such as "LPS", the ways in which voxel indices grow; undefined for other texts. */
export function orientationOfLetters(letters: string): Orientation | undefined {
	const ways = [...letters].map((letter): AxisWay => {
		const world = LETTERS.findIndex((pair) => pair.includes(letter));
		return { world, forward: LETTERS[world]?.startsWith(letter) === true };
	});
	const isWhole = ways.length === 3 && [0, 1, 2].every((world) => ways.some((way) => way.world === world));
	return isWhole ? ways : undefined;
}

/** True where both are the same. */
export function sameOrientation(a: Orientation, b: Orientation): boolean {
	return a.every((way, n) => way.world === b[n]?.world && way.forward === b[n]?.forward);
}

/** `labels` (z, y, x) of voxels that run as `from`, in voxels that run as `to`; and their shape. */
export function reorientLabels(
	labels: LabelArray,
	shape: Shape,
	from: Orientation,
	to: Orientation,
): { readonly labels: LabelArray; readonly shape: Shape } {
	const sources = sourcesOf(from, to).toReversed();
	const strides = stridesOf(shape);
	const extents = sources.map(({ axis }) => shape[2 - axis] ?? 1);
	const steps = sources.map(({ axis, flipped }) => (strides[2 - axis] ?? 0) * (flipped ? -1 : 1));
	const first = sources.reduce(
		(at, { axis, flipped }) => at + (flipped ? ((shape[2 - axis] ?? 1) - 1) * (strides[2 - axis] ?? 0) : 0),
		0,
	);
	const out = labels instanceof Uint8Array ? new Uint8Array(labels.length) : new Uint16Array(labels.length);
	gather(labels, out, extents, steps, first);
	return { labels: out, shape: extents };
}

/** The place of voxels that run as `from`, told for voxels that run as `to`. `shape` is z, y, x, before. */
export function reorientGeometry(geometry: Geometry, shape: Shape, from: Orientation, to: Orientation): Geometry {
	const sources = sourcesOf(from, to);
	const column = (axis: number) => [0, 1, 2].map((row) => geometry.direction[3 * row + axis] ?? 0);
	const origin = [...geometry.origin];
	for (const { axis, flipped } of sources) {
		if (!flipped) continue;
		const length = ((shape[2 - axis] ?? 1) - 1) * (geometry.spacing[axis] ?? 1);
		column(axis).forEach((value, row) => {
			origin[row] = (origin[row] ?? 0) + value * length;
		});
	}
	const columns = sources.map(({ axis, flipped }) => column(axis).map((value) => (flipped ? -value : value)));
	return {
		origin,
		spacing: sources.map(({ axis }) => geometry.spacing[axis] ?? 1),
		direction: [0, 1, 2].flatMap((row) => columns.map((values) => values[row] ?? 0)),
	};
}

/** For each new voxel axis x, y, z the old one that runs along the same world axis, and whether it runs the other way. */
function sourcesOf(from: Orientation, to: Orientation): { readonly axis: number; readonly flipped: boolean }[] {
	return to.map(({ world, forward }) => {
		const axis = from.findIndex((way) => way.world === world);
		return { axis, flipped: from[axis]?.forward !== forward };
	});
}

function gather(source: LabelArray, target: LabelArray, extents: Shape, steps: readonly number[], first: number): void {
	const [depth = 0, height = 0, width = 0] = extents;
	const [dz = 0, dy = 0, dx = 0] = steps;
	let at = 0;
	for (let z = 0; z < depth; z++) {
		for (let y = 0; y < height; y++) {
			let from = first + z * dz + y * dy;
			for (let x = 0; x < width; x++, at++, from += dx) target[at] = source[from] ?? 0;
		}
	}
}

type Vector = readonly number[];

function size(vector: Vector, axis: number): number {
	return Math.abs(vector[axis] ?? 0);
}

function unit(vector: Vector): Vector {
	const length = Math.hypot(...vector);
	return length === 0 ? vector : vector.map((value) => value / length);
}

/** The orthogonal factor of a 3x3 matrix given by columns (Higham 1986: the mean with the inverse transpose, repeated). */
function nearestRotation(columns: readonly Vector[]): readonly Vector[] | undefined {
	let matrix = columns;
	for (let n = 0; n < ROUNDS; n++) {
		const [a = [], b = [], c = []] = matrix;
		const determinant = dot(a, cross(b, c));
		if (!(Math.abs(determinant) > 1e-12)) return undefined;
		const cofactors = [cross(b, c), cross(c, a), cross(a, b)];
		matrix = matrix.map((column, j) => column.map((value, i) => (value + (cofactors[j]?.[i] ?? 0) / determinant) / 2));
	}
	return matrix;
}

function cross(a: Vector, b: Vector): Vector {
	const [ax = 0, ay = 0, az = 0] = a;
	const [bx = 0, by = 0, bz = 0] = b;
	return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
}

function dot(a: Vector, b: Vector): number {
	return a.reduce((sum, value, n) => sum + value * (b[n] ?? 0), 0);
}
