/**
 * Volumes seen as z, y, x: 2D images have one section, channels stand beside.
 *
 * @module
 */
import type { Box } from "../../core/box.ts";
import { NnvolError } from "../../core/errors.ts";
import { shapeText, type Zyx } from "../../core/shape.ts";
import { axesOf } from "../../volume/convert/carry.ts";
import type { VolumeInfo } from "../../volume/volume.ts";

/** How a volume's axes lie in space. */
export type Spatial = {
	/** z, y, x. */
	readonly shape: Zyx;
	/** Extent of the channel axis; 1 where there is none. */
	readonly channels: number;
	/** One letter an axis of the file. */
	readonly axes: string;
};

/** @throws INPUT where axes are not z, y, x in this order with at most a channel axis */
export function spatialOf(info: Pick<VolumeInfo, "axes" | "shape" | "path">): Spatial {
	const axes = axesOf(info);
	const extent = (letter: string) => info.shape[axes.indexOf(letter)] ?? 1;
	if (axes.length === info.shape.length && /^z?yx$/.test(axes.replace("c", ""))) {
		return { axes, shape: [extent("z"), extent("y"), extent("x")], channels: extent("c") };
	}
	throw new NnvolError(
		"INPUT",
		`${info.path}: expected axes yx or zyx, with or without channels; found ${shapeText(info.shape)} (${axes === "" ? "axes unknown" : axes})`,
		{ fields: { path: info.path } },
	);
}

/** The box of the file that is `box` (z, y, x) in space; all channels, or `channel` alone. */
export function fileBox({ axes, channels }: Spatial, { start, stop }: Box, channel?: number): Box {
	const pick = (values: readonly number[], all: number) =>
		[...axes].map((letter) => (letter === "c" ? all : (values["zyx".indexOf(letter)] ?? 0)));
	return { start: pick(start, channel ?? 0), stop: pick(stop, channel === undefined ? channels : channel + 1) };
}
