/**
 * The matrix that nibabel reads out of a NIfTI header (`get_best_affine`), and the header that it writes for a matrix.
 *
 * The sform counts where its code is set, else the qform, else the voxel sizes alone, with the first axis turned and the
 * origin in the middle. Matrices go from voxel indices x, y, z to RAS, in the file's own unit.
 *
 * @module
 */
import type { Affine } from "../../core/geometry.ts";
import type { NiftiHeader } from "./fields.ts";
import type { Placed } from "./itk.ts";
import { determinant, type Matrix3, quaternionOfRotation } from "./quaternion.ts";

/** Codes of qform and sform that there are; nibabel takes others for 0. */
const HIGHEST_CODE = 5;

/** Below three times the precision of float32 the real part of a quaternion counts as 0. */
const NO_REAL_PART = 3 * 2 ** -23;

/** Voxel sizes as `get_zooms` gives them, x, y, z: positive, 0 for nothing said is 1. */
export function zoomsOf({ pixdim }: NiftiHeader): readonly number[] {
	return [1, 2, 3].map((axis) => Math.abs(pixdim[axis] ?? 0) || 1);
}

/** The affine; undefined where nibabel would refuse (a quaternion longer than 1). */
export function affineOf(header: NiftiHeader): Affine | undefined {
	const isSet = (code: number) => code > 0 && code <= HIGHEST_CODE;
	const affine = isSet(header.sformCode)
		? [...header.srow]
		: isSet(header.qformCode)
			? qformOf(header)
			: centred(header);
	if (affine === undefined || !affine.every(Number.isFinite)) return undefined;
	return [...affine.map((value) => value + 0), 0, 0, 0, 1];
}

function qformOf(header: NiftiHeader): number[] | undefined {
	const [b = 0, c = 0, d = 0] = header.quatern;
	const square = 1 - (b * b + c * c + d * d);
	if (Math.abs(square) >= NO_REAL_PART && square < 0) return undefined;
	const a = Math.abs(square) < NO_REAL_PART ? 0 : Math.sqrt(square);
	const rotation = rotationOf(a, b, c, d);
	const scale = [...zoomsOf(header)];
	if (header.pixdim[0] === -1) scale[2] = -(scale[2] ?? 1);
	return [0, 1, 2].flatMap((row) => [
		...scale.map((value, column) => (rotation[row * 3 + column] ?? 0) * value),
		header.qoffset[row] ?? 0,
	]);
}

/** The rotation of a quaternion of about unit length. */
function rotationOf(a: number, b: number, c: number, d: number): Matrix3 {
	const length = a * a + b * b + c * c + d * d;
	if (length < Number.EPSILON) return [1, 0, 0, 0, 1, 0, 0, 0, 1];
	const s = 2 / length;
	return [
		1 - (c * c * s + d * d * s),
		b * c * s - a * d * s,
		b * d * s + a * c * s,
		b * c * s + a * d * s,
		1 - (b * b * s + d * d * s),
		c * d * s - a * b * s,
		b * d * s - a * c * s,
		c * d * s + a * b * s,
		1 - (b * b * s + c * c * s),
	];
}

function centred(header: NiftiHeader): number[] {
	const [x = 1, y = 1, z = 1] = zoomsOf(header);
	const middle = [1, 2, 3].map((axis) => (axis <= (header.dim[0] ?? 0) ? ((header.dim[axis] ?? 1) - 1) / 2 : 0));
	const [i = 0, j = 0, k = 0] = middle;
	return [-x, 0, 0, i * x, 0, y, 0, -j * y, 0, 0, z, -k * z];
}

/** The fields that nibabel writes for a new image at `affine`: the sform says it, the qform is filled in but not valid. */
export function nibabelFields(affine: Affine): Placed {
	const at = (row: number, column: number) => affine[row * 4 + column] ?? 0;
	const zooms = [0, 1, 2].map((column) => Math.sqrt(at(0, column) ** 2 + at(1, column) ** 2 + at(2, column) ** 2));
	const turned = [0, 1, 2].flatMap((row) => zooms.map((zoom, column) => at(row, column) / (zoom === 0 ? 1 : zoom)));
	const qfac = determinant(turned) > 0 ? 1 : -1;
	if (qfac < 0) for (const place of [2, 5, 8]) turned[place] = -(turned[place] ?? 0);
	return {
		pixdim: [qfac, ...zooms, 1, 1, 1, 1],
		units: 0,
		qformCode: 0,
		sformCode: 2,
		quatern: quaternionOfRotation(nearestRotation(turned)),
		qoffset: [at(0, 3), at(1, 3), at(2, 3)],
		srow: affine.slice(0, 12),
		slope: 1,
		inter: 0,
	};
}

/** The orthogonal factor of the polar decomposition, in float64. A singular matrix is given back as it is. */
function nearestRotation(matrix: Matrix3): Matrix3 {
	let x = [...matrix];
	for (let n = 0; n < 100; n++) {
		const cofactors = cofactorsOf(x);
		const found = determinant(x);
		if (found === 0) return matrix;
		const next = x.map((value, at) => 0.5 * (value + (cofactors[at] ?? 0) / found));
		const change = next.reduce((sum, value, at) => sum + Math.abs(value - (x[at] ?? 0)), 0);
		x = next;
		if (change < 1e-15) break;
	}
	return x;
}

/** Divided by the determinant this is the inverse, transposed. */
function cofactorsOf(matrix: Matrix3): Matrix3 {
	const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = matrix;
	return [
		e * i - f * h,
		f * g - d * i,
		d * h - e * g,
		c * h - b * i,
		a * i - c * g,
		b * g - a * h,
		b * f - c * e,
		c * d - a * f,
		a * e - b * d,
	];
}
