/**
 * OME-Zarr: the resolutions of the image of a group, their axes and voxel sizes.
 *
 * Read from `multiscales` (0.4, 0.1 to 0.3 in part) or `ome.multiscales` (0.5) of a group's attributes.
 *
 * @module
 */
import { z } from "zod";
import type { Attributes } from "./node.ts";

const transforms = z.array(z.looseObject({ type: z.string(), scale: z.array(z.number()).optional() })).optional();
const axis = z.union([
	z.string().transform((name) => ({ name, unit: undefined })),
	z.looseObject({ name: z.string(), type: z.string().optional(), unit: z.string().optional().catch(undefined) }),
]);
const multiscale = z.looseObject({
	axes: z.array(axis).optional(),
	datasets: z.array(z.looseObject({ path: z.string(), coordinateTransformations: transforms })).min(1),
	coordinateTransformations: transforms,
});

/** One resolution of an image. */
export type Level = {
	/** Name of the array within the group. */
	readonly path: string;
	readonly axisNames?: readonly string[];
	/** z, y, x; 1 for an axis that the image does not have. */
	readonly spacing?: readonly number[];
	/** Unit of `spacing`, where all axes of space have the same. */
	readonly unit?: string;
};

/** The attributes that OME-Zarr knows: below `ome` since 0.5, before that those of the group itself. */
export function omeAttributes(attributes: Attributes): Attributes {
	const { ome } = attributes;
	return typeof ome === "object" && ome !== null ? Object.fromEntries(Object.entries(ome)) : attributes;
}

/** The resolutions of the first image of a group, the finest first; none where it is no OME-Zarr image. */
export function levelsOf(attributes: Attributes): readonly Level[] {
	const parsed = z.array(multiscale).safeParse(omeAttributes(attributes)["multiscales"]);
	const image = parsed.success ? parsed.data[0] : undefined;
	const names = image?.axes?.map(({ name }) => name);
	const unit = unitOf(image?.axes);
	return (image?.datasets ?? []).map(({ path, coordinateTransformations }) => {
		const spacing = spacingOf(names, [coordinateTransformations, image?.coordinateTransformations]);
		return {
			path,
			...(names ? { axisNames: names } : {}),
			...(spacing ? { spacing } : {}),
			...(unit === undefined || spacing === undefined ? {} : { unit }),
		};
	});
}

function unitOf(axes: readonly z.output<typeof axis>[] | undefined): string | undefined {
	const units = (axes ?? []).filter(({ name }) => /^[zyx]$/i.test(name)).map(({ unit }) => unit);
	return new Set(units).size === 1 ? units[0] : undefined;
}

type Transforms = z.output<typeof transforms>;

/** Product of the scales, for z, y and x. */
function spacingOf(axes: readonly string[] | undefined, lists: readonly Transforms[]): readonly number[] | undefined {
	const scales = lists
		.flatMap((list) => list ?? [])
		.flatMap(({ type, scale }) => (type === "scale" && scale ? [scale] : []));
	if (axes === undefined || scales.length === 0 || scales.some((scale) => scale.length !== axes.length))
		return undefined;
	const of = (letter: string) => {
		const at = axes.indexOf(letter);
		return at < 0 ? 1 : scales.reduce((product, scale) => product * (scale[at] ?? 1), 1);
	};
	const spacing = ["z", "y", "x"].map(of);
	return spacing.every((extent) => Number.isFinite(extent) && extent > 0) ? spacing : undefined;
}
