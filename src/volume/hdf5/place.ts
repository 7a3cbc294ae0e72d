/**
 * What a data set says of its axes, voxel size and unit.
 *
 * Axes: HDF5 dimension labels, else the `axistags` of ilastik and vigra. Voxel size: the attributes of `spacing.ts`, else the
 * resolutions within `axistags`. Unit: the attribute `unit` or `units`, else micrometres where the size is `element_size_um`.
 *
 * @module
 */
import { z } from "zod";
import { SPACING_ATTRIBUTES, spacingOf } from "../spacing.ts";
import type { VolumeInfo } from "../volume.ts";
import { numbersIn, textIn } from "./attributes.ts";
import type { H5File } from "./parse.ts";

const AxisTags = z.object({ axes: z.array(z.object({ key: z.string(), resolution: z.number().catch(0) })) });

type Tags = z.infer<typeof AxisTags>["axes"];

/** Axes, voxel size (z, y, x) and unit of data set `name` with `rank` axes. */
export function placeOf(file: H5File, name: string, rank: number): Pick<VolumeInfo, "axes" | "spacing" | "unit"> {
	const tags = tagsOf(file, name, rank);
	const labelled = lettersOf(labelsOf(file, name));
	const axes = labelled === "" ? lettersOf(tags.map(({ key }) => key)) : labelled;
	const spacing = spacingOf((attribute) => numbersIn(file, name, attribute)) ?? taggedSpacing(tags);
	const unit = spacing === undefined ? undefined : unitOf(file, name);
	return { axes, ...(spacing === undefined ? {} : { spacing }), ...(unit === undefined ? {} : { unit }) };
}

function unitOf(file: H5File, name: string): string | undefined {
	const told = textIn(file, name, "unit") ?? textIn(file, name, "units");
	if (told !== undefined) return told;
	const source = SPACING_ATTRIBUTES.find((attribute) =>
		spacingOf((key) => key === attribute && numbersIn(file, name, key)),
	);
	return source === "element_size_um" ? "micrometer" : undefined;
}

/** One letter an axis where every axis has its own of `c`, `z`, `y`, `x`, else "". */
function lettersOf(names: readonly (string | null)[]): string {
	const axes = names.every((label) => label !== null && /^[czyx]$/.test(label)) ? names.join("") : "";
	return new Set(axes).size === axes.length ? axes : "";
}

function labelsOf(file: H5File, name: string): readonly (string | null)[] {
	const what = `cannot read the axes of data set "${name}"`;
	return file.hdf5.attempt(file.path, what, (m) => m.get_dimension_labels(file.id, name));
}

/** The tags of the axes; none where there are none, they cannot be read, or they do not fit. */
function tagsOf(file: H5File, name: string, rank: number): Tags {
	const text = textIn(file, name, "axistags");
	if (text === undefined) return [];
	try {
		const { axes } = AxisTags.parse(JSON.parse(text));
		return axes.length === rank ? axes : [];
	} catch {
		return [];
	}
}

function taggedSpacing(tags: Tags): readonly number[] | undefined {
	const sizes = ["z", "y", "x"].map((letter) => tags.find(({ key }) => key === letter)?.resolution ?? 0);
	return spacingOf(() => sizes);
}
