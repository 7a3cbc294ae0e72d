/**
 * One scale of a precomputed volume in our axes: where its chunks lie, and what `inspect` tells of it.
 *
 * A volume of one channel is z, y, x; one of several c, z, y, x, and every chunk holds all channels. Its voxels lie with x
 * fastest and channels slowest, which is the C order of c, z, y, x: nothing is transposed.
 *
 * @module
 */
import type { DType } from "../../core/dtype.ts";
import type { Shape } from "../../core/shape.ts";
import { chunkBox, gridOf } from "../chunked/chunk-grid.ts";
import type { Scale, VolumeInfo } from "../volume.ts";
import {
	checkScale,
	chunkOf,
	dtypeOf,
	type Encoding,
	type InfoDocument,
	type ScaleDocument,
	type Sharding,
	scaleOf,
	toZyx,
} from "./info.ts";

/** A scale that is open. Extents are in the axes of `shape`. */
export type Place = {
	readonly root: string;
	readonly key: string;
	readonly dtype: DType;
	/** z, y, x, or c, z, y, x. */
	readonly shape: Shape;
	readonly chunks: Shape;
	readonly channels: number;
	/** x, y, z of the first voxel, as chunk names count. */
	readonly offset: readonly [number, number, number];
	readonly encoding: Encoding;
	/** z, y, x; of compressed_segmentation. */
	readonly block: readonly [number, number, number];
	readonly sharding: Sharding | undefined;
};

/** The scale `wanted` of the volume at `root`. @throws VOLUME, UNBUILT */
export function placeOf(root: string, document: InfoDocument, wanted: string | undefined): Place {
	const scale = scaleOf(root, document, wanted);
	const channels = document.num_channels;
	return {
		root,
		key: scale.key,
		dtype: dtypeOf(root, document),
		shape: withChannels(channels, toZyx(scale.size)),
		chunks: withChannels(channels, toZyx(chunkOf(scale))),
		channels,
		offset: scale.voxel_offset,
		encoding: checkScale(root, document, scale),
		block: toZyx(scale.compressed_segmentation_block_size ?? [8, 8, 8]),
		sharding: scale.sharding ?? undefined,
	};
}

/** What is known of the scale, for the user. `path` as the user named it. */
export function describePlace(
	path: string,
	document: InfoDocument,
	place: Place,
	shards: Shape | undefined,
): VolumeInfo {
	const scale = scaleOf(place.root, document, place.key);
	return {
		format: "precomputed",
		path,
		dataset: place.key,
		dtype: place.dtype,
		shape: place.shape,
		axes: place.channels > 1 ? "czyx" : "zyx",
		spacing: toZyx(scale.resolution),
		unit: "nanometer",
		chunks: place.chunks,
		...(shards === undefined ? {} : { shards }),
		compression: compressionText(place),
		scales: document.scales.map((each) => scaleText(document.num_channels, each)),
	};
}

function scaleText(channels: number, scale: ScaleDocument): Scale {
	return {
		name: scale.key,
		shape: withChannels(channels, toZyx(scale.size)),
		spacing: toZyx(scale.resolution),
	};
}

function compressionText({ encoding, sharding }: Place): string {
	const packed = sharding?.data_encoding === "gzip";
	if (encoding === "raw") return packed ? "gzip" : "none";
	return packed ? `${encoding} (gzip)` : encoding;
}

function withChannels(channels: number, extents: readonly number[]): number[] {
	return channels > 1 ? [channels, ...extents] : [...extents];
}

/** Coordinates of a chunk in the grid of the last three axes, x, y, z. */
export function gridXyz(coordinates: readonly number[]): [number, number, number] {
	const [x = 0, y = 0, z = 0] = coordinates.toReversed();
	return [x, y, z];
}

/** How many chunks there are along x, y, z. */
export function gridSize({ shape, chunks }: Place): [number, number, number] {
	const [x = 1, y = 1, z = 1] = gridOf(shape, chunks).toReversed();
	return [x, y, z];
}

/** Extents of the chunk at `coordinates`, cut at the volume's end, axes as in `shape`. */
export function chunkShape({ shape, chunks }: Place, coordinates: readonly number[]): number[] {
	const { start, stop } = chunkBox(coordinates, chunks, shape);
	return stop.map((end, axis) => end - (start[axis] ?? 0));
}

/** The key of an unsharded chunk: `KEY/x0-x1_y0-y1_z0-z1`, counted from the volume's offset. */
export function chunkKey(place: Place, coordinates: readonly number[]): string {
	const { start, stop } = chunkBox(coordinates, place.chunks, place.shape);
	const [first, last] = [start.toReversed(), stop.toReversed()];
	const spans = place.offset.map((offset, axis) => `${offset + (first[axis] ?? 0)}-${offset + (last[axis] ?? 0)}`);
	return `${place.key}/${spans.join("_")}`;
}
