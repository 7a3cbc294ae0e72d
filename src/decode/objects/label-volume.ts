/**
 * A volume of labels, probabilities or classes as z, y, x, whatever its file's axes are.
 *
 * @module
 */
import { type NdArray, reshape } from "../../core/array.ts";
import { type Box, boxShape } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { NnvolError } from "../../core/errors.ts";
import { asZyx, sameShape, shapeText, type Zyx } from "../../core/shape.ts";
import { axesOf } from "../../volume/convert/carry.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../../volume/volume.ts";

/** One channel of an open volume. Closing the reader is its owner's. */
export type SpaceReader = {
	readonly info: VolumeInfo;
	/** z, y, x; an image is one section. */
	readonly shape: Zyx;
	/** What is best read at once, z, y, x. */
	readonly chunks: Zyx | undefined;
	/** Bytes of a voxel. */
	readonly bytes: number;
	/** The voxels of `box` (z, y, x), C-ordered. @throws VOLUME, CANCELLED */
	read(box: Box, options: IoOptions): Promise<NdArray>;
};

/**
 * The channel `channel` of `reader`'s volume; it may be left out where there is but one.
 *
 * @throws CONFIG where there are several and none is chosen, or that one is not there; UNBUILT for axes in another order
 */
export function spaceReader(reader: VolumeReader, channel?: number): SpaceReader {
	const { info } = reader;
	const axes = axesOf(info);
	const space = axes.replace("c", "");
	if (!"zyx".endsWith(space) || space === "" || axes.length !== info.shape.length) {
		throw new NnvolError(
			"UNBUILT",
			`${info.path}: axes "${axes}" (${shapeText(info.shape)}) are not built here; expected z, y, x in this order, with c before or behind`,
			{ fields: { path: info.path } },
		);
	}
	const at = axes.indexOf("c");
	const chosen = at < 0 ? 0 : channelOf(info, info.shape[at] ?? 1, channel);
	if (at < 0 && channel !== undefined && channel !== 0) throw noChannel(info, 1, channel);
	const spatial = (values: readonly number[]) => values.filter((_, axis) => axis !== at);
	return {
		info,
		shape: asZyx(spatial(info.shape)),
		chunks: info.chunks === undefined ? undefined : asZyx(spatial(info.chunks)),
		bytes: DTYPES[info.dtype].bytes,
		read: async (box, options) => {
			const array = await reader.read(fileBox(box, info.shape.length, at, chosen), options);
			return reshape(array, boxShape(box));
		},
	};
}

/** @throws VOLUME where the two do not lie on one grid */
export function requireSameGrid(labels: SpaceReader, other: SpaceReader): void {
	if (sameShape(labels.shape, other.shape)) return;
	throw new NnvolError(
		"VOLUME",
		`${other.info.path}: expected ${shapeText(labels.shape)} voxels as ${labels.info.path} has, found ${shapeText(other.shape)}`,
		{ fields: { path: other.info.path } },
	);
}

function channelOf(info: VolumeInfo, count: number, channel: number | undefined): number {
	if (channel === undefined) {
		if (count === 1) return 0;
		throw new NnvolError("CONFIG", `${info.path}: has ${count} channels; choose one of 0 to ${count - 1}`, {
			fields: { path: info.path },
		});
	}
	if (channel < count) return channel;
	throw noChannel(info, count, channel);
}

function noChannel(info: VolumeInfo, count: number, channel: number): NnvolError {
	const message = `${info.path}: there is no channel ${channel}; it has ${count}, counted from 0`;
	return new NnvolError("CONFIG", message, { fields: { path: info.path } });
}

/** `box` (z, y, x) in the axes of a file of `rank` axes, whose channels are axis `at` (-1: none). */
function fileBox({ start, stop }: Box, rank: number, at: number, channel: number): Box {
	const own = at < 0 ? rank : rank - 1;
	const along = (values: readonly number[], index: number) => {
		const kept = values.slice(3 - own);
		return at < 0 ? kept : kept.toSpliced(at, 0, index);
	};
	return { start: along(start, channel), stop: along(stop, channel + 1) };
}
