/**
 * What attributes tell of axes and voxel sizes, in the dialects that are met: n5-viewer and BigDataViewer
 * (`pixelResolution`, `downsamplingFactors`), Paintera and neuroglancer (`resolution`, `units`, `axes`), COSEM (`transform`).
 *
 * Lists are in the file's order, x first, but for COSEM's, which says its own.
 *
 * @module
 */
import { z } from "zod";
import type { Attributes } from "./attributes.ts";

const numbers = z.array(z.number().positive());
const names = z.array(z.string());
const resolution = z.union([
	numbers.transform((dimensions) => ({ dimensions, unit: undefined })),
	z.object({ dimensions: numbers, unit: z.string().optional() }),
]);
const transform = z.looseObject({
	axes: names,
	scale: numbers,
	units: names.optional(),
	ordering: z.string().optional(),
});

/** Axes and voxel size of an array. */
export type Space = {
	/** One letter an axis, the slowest first; "" where it is not told. */
	readonly axes: string;
	/** z, y, x. */
	readonly spacing?: readonly number[];
	readonly unit?: string;
};

/** Names of units as they are written in full. */
const UNITS: Readonly<Record<string, string>> = {
	nm: "nanometer",
	um: "micrometer",
	µm: "micrometer",
	micron: "micrometer",
	mm: "millimeter",
	m: "meter",
};

/**
 * Axes and voxel size of an array of `rank`.
 *
 * @param group attributes of the group around it, which tell the size at full resolution
 * @param level number of the array in the group's pyramid
 */
export function spaceOf(rank: number, own: Attributes, group: Attributes | undefined, level: number): Space {
	const cosem = transform.safeParse(own["transform"]);
	if (cosem.success) return cosemSpace(rank, cosem.data);
	const axes = lettersOf(own["axes"] ?? group?.["axes"], rank);
	const sized = sizesOf(own, group, level);
	if (sized === undefined) return { axes };
	const spacing = byAxis(axes, rank, sized.sizes);
	const unit = sized.unit ?? firstUnit(own["units"] ?? group?.["units"], axes);
	return {
		axes,
		...(spacing === undefined ? {} : { spacing }),
		...(unit === undefined ? {} : { unit: UNITS[unit] ?? unit }),
	};
}

type Sizes = { readonly sizes: readonly number[]; readonly unit: string | undefined };

/** The first that is there: the array's own size; that of full resolution times the factors of the level. */
function sizesOf(own: Attributes, group: Attributes | undefined, level: number): Sizes | undefined {
	const absolute = numbers.safeParse(own["resolution"]);
	if (absolute.success) return { sizes: absolute.data, unit: undefined };
	const base =
		resolutionIn(own["pixelResolution"]) ?? resolutionIn(group?.["pixelResolution"] ?? group?.["resolution"]);
	if (base === undefined) return undefined;
	const factors = numbers.safeParse(own["downsamplingFactors"] ?? factorsIn(group, level));
	const sizes = base.dimensions.map((size, axis) => size * ((factors.success ? factors.data[axis] : undefined) ?? 1));
	return { sizes, unit: base.unit };
}

function resolutionIn(value: unknown): z.output<typeof resolution> | undefined {
	const found = resolution.safeParse(value);
	return found.success ? found.data : undefined;
}

/** A group may list the factors of all its levels. */
function factorsIn(group: Attributes | undefined, level: number): unknown {
	const lists = group?.["downsamplingFactors"] ?? group?.["scales"];
	return Array.isArray(lists) ? lists[level] : undefined;
}

/** Letters, the slowest first; "" where an axis is none of c, z, y, x or stands twice. */
function lettersOf(value: unknown, rank: number): string {
	const list = names.safeParse(value);
	const letters = list.success ? list.data.map((name) => name.toLowerCase()).toReversed() : [];
	const known = letters.length === rank && letters.every((letter) => /^[czyx]$/.test(letter));
	return known && new Set(letters).size === rank ? letters.join("") : "";
}

/** z, y, x of sizes in the file's order; an axis that is not there has 1. */
function byAxis(axes: string, rank: number, sizes: readonly number[]): readonly number[] | undefined {
	if (axes === "") {
		// three sizes of an array of more axes are those of space, which come first in the file
		const space = sizes.slice(0, 3);
		return sizes.length >= Math.min(rank, 3) ? [space[2] ?? 1, space[1] ?? 1, space[0] ?? 1] : undefined;
	}
	const order = [...axes].toReversed();
	const space = order.filter((letter) => letter !== "c");
	const from = sizes.length === rank ? order : sizes.length === space.length ? space : undefined;
	return from && ["z", "y", "x"].map((letter) => sizes[from.indexOf(letter)] ?? 1);
}

function firstUnit(value: unknown, axes: string): string | undefined {
	const list = names.safeParse(value);
	if (!list.success) return undefined;
	const x = axes === "" ? 0 : [...axes].toReversed().indexOf("x");
	return list.data[x] === "" ? undefined : list.data[x];
}

function cosemSpace(rank: number, { axes, scale, units, ordering }: z.output<typeof transform>): Space {
	const isFortran = ordering === "F";
	const order = (list: readonly string[]) => (isFortran ? list : list.toReversed());
	const letters = lettersOf(order(axes), rank);
	const sizes = isFortran ? scale : scale.toReversed();
	const spacing = byAxis(letters, rank, sizes);
	const unit = firstUnit(units && order(units), letters);
	return {
		axes: letters,
		...(spacing === undefined ? {} : { spacing }),
		...(unit === undefined ? {} : { unit: UNITS[unit] ?? unit }),
	};
}
