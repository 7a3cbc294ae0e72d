/**
 * Voxel sizes kept as attributes of HDF5 data sets and Zarr arrays.
 *
 * @module
 */

/** Attributes that hold a voxel size as three numbers in z, y, x; the first found counts, and the first is written. */
export const SPACING_ATTRIBUTES = ["spacing", "element_size_um", "voxel_size", "resolution"] as const;

/** The voxel size in z, y, x that the attributes tell: the first of `SPACING_ATTRIBUTES` with three positive numbers. */
export function spacingOf(attribute: (name: string) => unknown): readonly number[] | undefined {
	for (const name of SPACING_ATTRIBUTES) {
		const value = triple(attribute(name));
		if (value !== undefined) return value;
	}
	return undefined;
}

function triple(value: unknown): readonly number[] | undefined {
	if (!isIterable(value)) return undefined;
	const numbers = Array.from(value, (n) => (typeof n === "number" || typeof n === "bigint" ? Number(n) : Number.NaN));
	return numbers.length === 3 && numbers.every((n) => Number.isFinite(n) && n > 0) ? numbers : undefined;
}

function isIterable(value: unknown): value is Iterable<unknown> {
	return typeof value === "object" && value !== null && Symbol.iterator in value;
}
