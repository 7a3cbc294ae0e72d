/**
 * OME-Zarr: which array of a group is the image at full size, its axes and its voxel size.
 *
 * Read from `multiscales` (0.4, 0.1 to 0.3 in part) or `ome.multiscales` (0.5) of a group's attributes.
 *
 * @module
 */
import { z } from "zod";
import type { Attributes } from "./node.ts";

const transforms = z.array(z.looseObject({ type: z.string(), scale: z.array(z.number()).optional() })).optional();
const multiscale = z.looseObject({
	axes: z.array(z.union([z.string(), z.looseObject({ name: z.string() }).transform(({ name }) => name)])).optional(),
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
};

/** The resolutions of the first image of a group, the finest first; none where it is no OME-Zarr image. */
export function levelsOf(attributes: Attributes): readonly Level[] {
	const { ome } = attributes;
	const { multiscales } =
		typeof ome === "object" && ome !== null ? Object.fromEntries(Object.entries(ome)) : attributes;
	const parsed = z.array(multiscale).safeParse(multiscales);
	const image = parsed.success ? parsed.data[0] : undefined;
	return (image?.datasets ?? []).map(({ path, coordinateTransformations }) => {
		const spacing = spacingOf(image?.axes, [coordinateTransformations, image?.coordinateTransformations]);
		return { path, ...(image?.axes ? { axisNames: image.axes } : {}), ...(spacing ? { spacing } : {}) };
	});
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
		const axis = axes.indexOf(letter);
		return axis < 0 ? 1 : scales.reduce((product, scale) => product * (scale[axis] ?? 1), 1);
	};
	const spacing = ["z", "y", "x"].map(of);
	return spacing.every((extent) => Number.isFinite(extent) && extent > 0) ? spacing : undefined;
}
