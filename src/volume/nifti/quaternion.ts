/**
 * Rotations as NIfTI stores them: quaternions, in the single precision that ITK's NIfTI library computes with.
 *
 * Matrices are three rows of three, one after another. Every stored step is rounded to float32, so that files are those of ITK.
 *
 * Sources: the NIfTI-1 standard ("method 2"); Higham, "Computing the polar decomposition" (1986), for the nearest
 * orthogonal matrix by Newton's iteration with scaling.
 *
 * @module
 */

/** Nine entries, row by row. */
export type Matrix3 = readonly number[];

const f = Math.fround;

/** The rotation of (b, c, d), its columns multiplied by `scale`. */
export function rotationOf(quatern: readonly number[], scale: readonly number[]): Matrix3 {
	let [b = 0, c = 0, d = 0] = quatern;
	const [sx = 1, sy = 1, sz = 1] = scale;
	let a = 1 - (b * b + c * c + d * d);
	if (a < 1e-7) {
		const unit = 1 / Math.sqrt(b * b + c * c + d * d);
		[b, c, d] = [b * unit, c * unit, d * unit];
		a = 0;
	} else a = Math.sqrt(a);
	return [
		f((a * a + b * b - c * c - d * d) * sx),
		f(2 * (b * c - a * d) * sy),
		f(2 * (b * d + a * c) * sz),
		f(2 * (b * c + a * d) * sx),
		f((a * a + c * c - b * b - d * d) * sy),
		f(2 * (c * d - a * b) * sz),
		f(2 * (b * d - a * c) * sx),
		f(2 * (c * d + a * b) * sy),
		f((a * a + d * d - c * c - b * b) * sz),
	];
}

/** The quaternion (b, c, d) nearest to a matrix of columns of any length, and the sign of its third axis. */
export function quaternionOf(matrix: Matrix3): { readonly quatern: readonly number[]; readonly qfac: 1 | -1 } {
	const proper = [...nearestOrthogonal(withUnitColumns(matrix).map(f))];
	const qfac = determinant(proper) > 0 ? 1 : -1;
	if (qfac < 0) for (const at of [2, 5, 8]) proper[at] = -(proper[at] ?? 0);
	return { quatern: quaternionOfRotation(proper).map(f), qfac };
}

/** (b, c, d) of a proper rotation, in float64; the real part is not negative. */
export function quaternionOfRotation(matrix: Matrix3): readonly number[] {
	const [r11 = 0, r12 = 0, r13 = 0, r21 = 0, r22 = 0, r23 = 0, r31 = 0, r32 = 0, r33 = 0] = matrix;
	const trace = r11 + r22 + r33 + 1;
	if (trace > 0.5) {
		const a = 0.5 * Math.sqrt(trace);
		return [(0.25 * (r32 - r23)) / a, (0.25 * (r13 - r31)) / a, (0.25 * (r21 - r12)) / a];
	}
	const bb = 1 + r11 - (r22 + r33);
	const cc = 1 + r22 - (r11 + r33);
	const dd = 1 + r33 - (r11 + r22);
	// [a, b, c, d] from the largest part, so that nothing small is divided by
	let parts: readonly [number, number, number, number];
	if (bb > 1) {
		const b = 0.5 * Math.sqrt(bb);
		parts = [(0.25 * (r32 - r23)) / b, b, (0.25 * (r12 + r21)) / b, (0.25 * (r13 + r31)) / b];
	} else if (cc > 1) {
		const c = 0.5 * Math.sqrt(cc);
		parts = [(0.25 * (r13 - r31)) / c, (0.25 * (r12 + r21)) / c, c, (0.25 * (r23 + r32)) / c];
	} else {
		const d = 0.5 * Math.sqrt(dd);
		parts = [(0.25 * (r21 - r12)) / d, (0.25 * (r13 + r31)) / d, (0.25 * (r23 + r32)) / d, d];
	}
	const [a, ...imaginary] = parts;
	return a < 0 ? imaginary.map((part) => -part) : imaginary;
}

/** The orthogonal matrix nearest to three rows, which are made of unit length first; rows of zeros become axes. */
export function orthogonalRows(rows: Matrix3): Matrix3 {
	const unit: number[] = [];
	for (const row of [0, 1, 2]) {
		const [x = 0, y = 0, z = 0] = rows.slice(row * 3, row * 3 + 3).map(f);
		// the sum of squares is taken in single precision, its root in double
		const square = f(f(f(x * x) + f(y * y)) + f(z * z));
		if (square > 0) {
			const factor = f(1 / Math.sqrt(square));
			unit.push(f(x * factor), f(y * factor), f(z * factor));
		} else unit.push(...(row === 2 ? crossOfRows(unit) : [Number(row === 0), Number(row === 1), 0]));
	}
	return nearestOrthogonal(unit);
}

function crossOfRows([a = 0, b = 0, c = 0, d = 0, e = 0, g = 0]: Matrix3): number[] {
	return [f(f(b * g) - f(c * e)), f(f(c * d) - f(a * g)), f(f(a * e) - f(b * d))];
}

/** Columns divided by their lengths, in float64; a column of zeros becomes that of the identity. */
function withUnitColumns(matrix: Matrix3): number[] {
	const out = [...matrix];
	for (const column of [0, 1, 2]) {
		const [x = 0, y = 0, z = 0] = [0, 3, 6].map((row) => matrix[row + column] ?? 0);
		const length = Math.sqrt(x * x + y * y + z * z);
		const values = length === 0 ? [0, 1, 2].map((row) => Number(row === column)) : [x / length, y / length, z / length];
		for (const row of [0, 1, 2]) out[row * 3 + column] = values[row] ?? 0;
	}
	return out;
}

/** Iterations after which what was reached is taken. */
const ITERATIONS = 100;

/** The orthogonal factor of the polar decomposition. */
function nearestOrthogonal(matrix: Matrix3): Matrix3 {
	let x = [...matrix];
	while (f(determinant(x)) === 0) {
		const nudge = f(0.00001 * (0.001 + norm(x)));
		x = x.map((value, at) => (at % 4 === 0 ? f(value + nudge) : value));
	}
	let difference = 1;
	for (let n = 0; n <= ITERATIONS; n++) {
		const inverse = invert(x);
		const [grow, shrink] = difference > 0.3 ? scales(x, inverse) : [1, 1];
		const next = x.map((value, at) => {
			const other = inverse[(at % 3) * 3 + Math.floor(at / 3)] ?? 0;
			return f(0.5 * f(f(grow * value) + f(shrink * other)));
		});
		difference = f(next.reduce((sum, value, at) => sum + Math.abs(f(value - (x[at] ?? 0))), 0));
		x = next;
		if (difference < 3e-6) break;
	}
	return x;
}

/** Factors that bring a matrix and its inverse to one size, which speeds the iteration up. */
function scales(x: Matrix3, inverse: Matrix3): readonly [number, number] {
	const size = f(Math.sqrt(f(norm(x) * norm(transposed(x)))));
	const other = f(Math.sqrt(f(norm(inverse) * norm(transposed(inverse)))));
	const grow = f(Math.sqrt(f(other / size)));
	return [grow, f(1 / grow)];
}

/** The largest sum of absolute values of a row. */
function norm(matrix: Matrix3): number {
	const sums = [0, 3, 6].map((row) =>
		f(Math.abs(matrix[row] ?? 0) + Math.abs(matrix[row + 1] ?? 0) + Math.abs(matrix[row + 2] ?? 0)),
	);
	return Math.max(...sums);
}

function transposed(matrix: Matrix3): Matrix3 {
	return matrix.map((_, at) => matrix[(at % 3) * 3 + Math.floor(at / 3)] ?? 0);
}

/** The determinant, summed in float64. */
export function determinant(matrix: Matrix3): number {
	const [a = 0, b = 0, c = 0, d = 0, e = 0, g = 0, h = 0, i = 0, k = 0] = matrix;
	return a * e * k - a * i * g - d * b * k + d * i * c + h * b * g - h * e * c;
}

function invert(matrix: Matrix3): Matrix3 {
	const [a = 0, b = 0, c = 0, d = 0, e = 0, g = 0, h = 0, i = 0, k = 0] = matrix;
	const found = determinant(matrix);
	const s = found === 0 ? 0 : 1 / found;
	return [
		s * (e * k - i * g),
		s * (-b * k + i * c),
		s * (b * g - e * c),
		s * (-d * k + h * g),
		s * (a * k - h * c),
		s * (-a * g + d * c),
		s * (d * i - h * e),
		s * (-a * i + h * b),
		s * (a * e - d * b),
	].map(f);
}
