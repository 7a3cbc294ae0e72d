/**
 * What the header of a flat format says, checked, as every volume tells it. Lengths are millimetres, as ITK has them.
 *
 * @module
 */
import type { Geometry } from "../../core/geometry.ts";
import type { FormatName, VolumeInfo } from "../volume.ts";
import { checkShape } from "./layout.ts";
import { checkedGeometry, placeOf } from "./place.ts";

/** @throws VOLUME where the shape or the place in the world makes no sense */
export function flatInfo(
	format: FormatName,
	path: string,
	{ dtype, shape, axes, geometry }: Pick<VolumeInfo, "dtype" | "shape" | "axes"> & { readonly geometry: Geometry },
): VolumeInfo {
	checkShape(path, shape);
	return { format, path, dtype, shape, axes, ...placeOf(checkedGeometry(path, geometry)), unit: "millimeter" };
}
