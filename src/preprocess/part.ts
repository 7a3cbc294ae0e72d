/**
 * One file of a case: its array as C, Z, Y, X in the axes that nnU-Net's reader class gives it.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { wholeBox } from "../core/box.ts";
import { zyx } from "../core/shape.ts";
import { openVolume } from "../volume/formats.ts";
import type { VolumeInfo } from "../volume/volume.ts";
import { arrange, axesOf } from "./axes.ts";
import { dialectOf, type View, viewOf } from "./reader.ts";
import { turnArray } from "./reorient.ts";

/** What the user says about input arrays. */
export type ImageOptions = {
	readonly axes?: string;
	readonly spacing?: readonly number[];
	readonly dataset?: string;
	readonly signal?: AbortSignal;
};

/** A file that was read. */
export type Part = {
	readonly info: VolumeInfo;
	readonly array: NdArray;
	readonly rank: 2 | 3;
	readonly colour: boolean;
	readonly axes: string;
	readonly view: View;
};

/** Reads the file at `path` as the class `reader` would. @throws INPUT, VOLUME, UNBUILT, CANCELLED */
export async function readPart(path: string, reader: string, options: ImageOptions): Promise<Part> {
	const io = options.signal === undefined ? {} : { signal: options.signal };
	const volume = await openVolume(path, {
		...io,
		dialect: dialectOf(reader),
		...(options.dataset === undefined ? {} : { dataset: options.dataset }),
	});
	try {
		const axes = axesOf(volume.info, options.axes ?? stackAxes(volume.info, reader));
		const info = withAxes(volume.info, axes);
		const rank = axes.includes("z") ? 3 : 2;
		const array = arrange(await volume.read(wholeBox(info.shape), io), axes);
		const view = await viewOf({ info, rank, shape: zyx(array.shape.slice(1)) }, reader);
		return {
			info,
			axes,
			array: turnArray(array, view.turn),
			rank,
			colour: info.axes === "yxc" && axes === "yxc",
			view,
		};
	} finally {
		await volume.close();
	}
}

/** tifffile stores a volume of three or four sections or columns as colours; for nnU-Net's Tiff3DIO every array of three axes is a volume. */
function stackAxes(info: VolumeInfo, reader: string): string | undefined {
	return reader === "Tiff3DIO" && info.format === "tiff" && info.shape.length === 3 ? "zyx" : undefined;
}

/** A place in the world says nothing of axes that the user calls otherwise. */
function withAxes(info: VolumeInfo, axes: string): VolumeInfo {
	if (info.axes === "" || info.axes === axes) return info;
	const { geometry, affine, spacing, ...rest } = info;
	return rest;
}
