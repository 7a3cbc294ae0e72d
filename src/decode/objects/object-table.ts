/**
 * The table of a label volume's objects: one entry an object, as columns, and what is told of each.
 *
 * Columns hold what can be summed exactly (voxels, sums of coordinates, boxes); what is told of an object follows from
 * them and the voxel size, so the table does not depend on the pieces that it was gathered from.
 *
 * @module
 */
import type { Box } from "../../core/box.ts";
import type { Zyx } from "../../core/shape.ts";
import type { RegionTable } from "../../image/region-table.ts";

/** One entry an object, ids ascending. */
export type ObjectTable = {
	readonly count: number;
	/** Up to 64 bits; never 0. */
	readonly ids: BigUint64Array<ArrayBuffer>;
	readonly voxels: Float64Array<ArrayBuffer>;
	/** Six an entry: start z, y, x, then stop z, y, x (half open). */
	readonly boxes: Uint32Array<ArrayBuffer>;
	/** Three an entry: sums of z, y, x over the voxels. */
	readonly sums: Float64Array<ArrayBuffer>;
	/** Area of the surface that marching cubes gives, in the unit of `spacing` squared; undefined where it was not measured. */
	readonly surfaces: Float64Array<ArrayBuffer> | undefined;
	/** Sums of the probability; undefined where none was given. */
	readonly probabilities: Float64Array<ArrayBuffer> | undefined;
	/** The class of the first voxel; undefined where no classes were given. */
	readonly classes: Uint16Array<ArrayBuffer> | undefined;
	/** The volume that the objects lie in, z, y, x. */
	readonly shape: Zyx;
	/** Voxel size, z, y, x. */
	readonly spacing: Zyx;
	/** Unit of `spacing`, where it is known: "nanometer". */
	readonly unit?: string;
};

/** What is told of one object. Axes z, y, x. */
export type ObjectRow = {
	readonly id: bigint;
	readonly class: number | null;
	readonly voxels: number;
	/** In the unit of the voxel size cubed. */
	readonly volume: number;
	/** Half open, voxels. */
	readonly box: Box;
	/** Mean place of the voxels' centres; the first voxel of the volume is at 0. */
	readonly centroid: Zyx;
	/** The same times the voxel size. */
	readonly centroidPhysical: Zyx;
	readonly meanProbability: number | null;
	readonly surfaceArea: number | null;
	/** True where a voxel lies on the first or last plane of an axis that has more than one. */
	readonly touchesBorder: boolean;
};

/** What is told of entry `i` of `table`. */
export function objectRow(table: ObjectTable, i: number): ObjectRow {
	const { spacing, voxels, boxes, sums } = table;
	const count = voxels[i] ?? 0;
	const [sz, sy, sx] = spacing;
	const centroid: Zyx = [(sums[3 * i] ?? 0) / count, (sums[3 * i + 1] ?? 0) / count, (sums[3 * i + 2] ?? 0) / count];
	const box = { start: [...boxes.subarray(6 * i, 6 * i + 3)], stop: [...boxes.subarray(6 * i + 3, 6 * i + 6)] };
	return {
		id: table.ids[i] ?? 0n,
		class: table.classes?.[i] ?? null,
		voxels: count,
		volume: count * sz * sy * sx,
		box,
		centroid,
		centroidPhysical: [centroid[0] * sz, centroid[1] * sy, centroid[2] * sx],
		meanProbability: table.probabilities === undefined ? null : (table.probabilities[i] ?? 0) / count,
		surfaceArea: table.surfaces?.[i] ?? null,
		touchesBorder: touches(box, table.shape),
	};
}

/** The entry of the object `id`; -1 where there is none. */
export function entryOf({ ids }: Pick<ObjectTable, "ids">, id: bigint): number {
	let [low, high] = [0, ids.length - 1];
	while (low <= high) {
		const middle = (low + high) >>> 1;
		const found = ids[middle] ?? 0n;
		if (found === id) return middle;
		if (found < id) low = middle + 1;
		else high = middle - 1;
	}
	return -1;
}

/** What else a table of regions needs to become one of objects. */
export type TableFacts = {
	readonly shape: Zyx;
	readonly spacing: Zyx;
	readonly unit?: string;
	/** Entries of `regions` have values (a probability), and classes. */
	readonly hasProbability?: boolean;
	readonly hasClasses?: boolean;
	/** Surface of each entry, where it was measured. */
	readonly surfaces?: Float64Array<ArrayBuffer>;
};

/** Statistics of a whole volume's regions as a table of objects. */
export function tableOfRegions(regions: RegionTable, facts: TableFacts): ObjectTable {
	const { shape, spacing, unit, hasProbability, hasClasses, surfaces } = facts;
	return {
		count: regions.count,
		ids: BigUint64Array.from(regions.ids, BigInt),
		voxels: regions.voxels,
		boxes: regions.boxes,
		sums: regions.sums,
		surfaces,
		probabilities: hasProbability === true ? regions.values : undefined,
		classes: hasClasses === true ? regions.classes : undefined,
		shape,
		spacing,
		...(unit === undefined ? {} : { unit }),
	};
}

function touches({ start, stop }: Box, shape: Zyx): boolean {
	return shape.some((extent, axis) => extent > 1 && (start[axis] === 0 || stop[axis] === extent));
}
