/**
 * Shapes of C-ordered arrays: element counts and strides.
 *
 * @module
 */

/** Extents of an array, slowest axis first. Space is always z, y, x. */
export type Shape = readonly number[];

/** Extents or offsets in z, y, x (voxels). */
export type Zyx = readonly [number, number, number];

/** Number of elements of `shape`; 1 for the empty shape. */
export function sizeOf(shape: Shape): number {
	return shape.reduce((n, extent) => n * extent, 1);
}

/** Strides in elements of a C-ordered array of `shape`. */
export function stridesOf(shape: Shape): number[] {
	const strides = new Array<number>(shape.length).fill(1);
	for (let axis = shape.length - 2; axis >= 0; axis--) {
		strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
	}
	return strides;
}

/** True where both shapes have the same rank and extents. */
export function sameShape(a: Shape, b: Shape): boolean {
	return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** `[a, b, c]` as text, for messages. */
export function shapeText(shape: Shape): string {
	return shape.join("x");
}

/** The three entries of a z, y, x triple; throws RangeError where there are not three. */
export function zyx(values: readonly number[]): Zyx {
	const [z, y, x] = values;
	if (values.length !== 3 || z === undefined || y === undefined || x === undefined) {
		throw new RangeError(`expected three numbers (z, y, x), found [${values.join(", ")}]`);
	}
	return [z, y, x];
}

/** Extents or offsets of up to three axes as a z, y, x triple, with `fill` for the axes in front that are missing. */
export function asZyx(values: readonly number[], fill = 1): Zyx {
	if (values.length > 3) throw new RangeError(`expected up to three axes, found [${values.join(", ")}]`);
	const [x = fill, y = fill, z = fill] = values.toReversed();
	return [z, y, x];
}
