/**
 * OME-Zarr written: the attributes of an image's group, of labels, and of the group that lists labels (ome-ngff 0.4, 0.5).
 *
 * @module
 */
import { asZyx } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import type { VolumeSpec } from "../volume.ts";
import type { Attributes } from "./node.ts";

/** The version of OME-Zarr. */
export type OmeVersion = "0.4" | "0.5";

/** One resolution as it is written: its name in the group, and by how much each axis is coarser than the finest. */
export type WrittenLevel = { readonly path: string; readonly factors: readonly number[] };

/** What an image is: axes one letter each, voxel size of its finest level in z, y, x. */
export type OmeImage = Pick<VolumeSpec, "axes" | "spacing" | "unit">;

/** Two or three axes of space in order, behind a channel or none: what the specification allows of ours. */
const AXES = /^c?z?yx$/;

/** @throws VOLUME where the axes are none that OME-Zarr has */
export function checkOmeAxes(path: string, axes: string): void {
	if (AXES.test(axes)) return;
	throw volumeError(
		path,
		`OME-Zarr wants the axes yx, zyx, cyx or czyx, found "${axes}"; leave layout.ome out or name them`,
	);
}

/** Attributes of an image's group, under the name that `version` has for them. */
export function imageAttributes(
	version: OmeVersion,
	name: string,
	{ axes, spacing = [1, 1, 1], unit }: OmeImage,
	levels: readonly WrittenLevel[],
	isLabels: boolean,
): Attributes {
	const sizes = asZyx(spacing); // an image may tell two
	const finest = [...axes].map((letter) => (letter === "c" ? 1 : (sizes["zyx".indexOf(letter)] ?? 1)));
	const multiscale = {
		...(version === "0.4" ? { version } : {}),
		name,
		axes: [...axes].map((letter) =>
			letter === "c"
				? { name: letter, type: "channel" }
				: { name: letter, type: "space", ...(unit === undefined ? {} : { unit }) },
		),
		datasets: levels.map(({ path, factors }) => ({ path, coordinateTransformations: transformsOf(finest, factors) })),
	};
	const labels = { "image-label": { ...(version === "0.4" ? { version } : {}), source: { image: "../../" } } };
	return underVersion(version, { multiscales: [multiscale], ...(isLabels ? labels : {}) });
}

/** The first voxel of a coarser level lies in the middle of those of the finest that it stands for. */
function transformsOf(finest: readonly number[], factors: readonly number[]): object[] {
	const scale = finest.map((size, axis) => size * (factors[axis] ?? 1));
	const translation = finest.map((size, axis) => (size * ((factors[axis] ?? 1) - 1)) / 2);
	const scaled = { type: "scale", scale };
	return translation.every((shift) => shift === 0) ? [scaled] : [scaled, { type: "translation", translation }];
}

/** Attributes of the group `labels` of an image. */
export function labelsAttributes(version: OmeVersion, names: readonly string[]): Attributes {
	return underVersion(version, { labels: names });
}

function underVersion(version: OmeVersion, attributes: Attributes): Attributes {
	return version === "0.4" ? attributes : { ome: { version, ...attributes } };
}
