/**
 * A written volume that decoding reads, as plain data: so that any thread can open it.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import type { Box } from "../../core/box.ts";
import { NnvolError } from "../../core/errors.ts";
import { fromHalf } from "../../core/float16.ts";
import type { Zyx } from "../../core/shape.ts";
import { arrange, axesOf } from "../../preprocess/axes.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../../volume/volume.ts";

/** Where voxels come from. JSON-able. */
export type VoxelPlace = {
	readonly path: string;
	readonly dataset?: string;
	/** One letter an axis: "czyx", "zyx", "yx". */
	readonly axes: string;
	/** Times the stored number gives the value: 1/255 for probabilities that are stored as uint8. */
	readonly scale: number;
};

/** What a volume with `axes` holds. */
export type PlaceShape = { readonly channels: number; readonly shape: Zyx };

/** The place of an open volume. @throws INPUT, CONFIG where its axes cannot be told */
export function placeOf(info: VolumeInfo, scale: number, axes?: string): VoxelPlace {
	const { path, dataset } = info;
	return { path, ...(dataset === undefined ? {} : { dataset }), axes: axesOf(info, axes), scale };
}

/** Channels and extents in z, y, x. */
export function shapeAt({ axes }: Pick<VoxelPlace, "axes">, { shape }: Pick<VolumeInfo, "shape">): PlaceShape {
	const extent = (letter: string) => (axes.includes(letter) ? (shape[axes.indexOf(letter)] ?? 1) : 1);
	return { channels: extent("c"), shape: [extent("z"), extent("y"), extent("x")] };
}

/** The voxels of one channel in `box` (z, y, x), C-ordered, as they are stored. @throws VOLUME */
export async function readChannel(
	reader: VolumeReader,
	{ axes }: VoxelPlace,
	channel: number,
	box: Box,
	io: IoOptions = {},
): Promise<Exclude<NdArray["data"], BigUint64Array | BigInt64Array>> {
	const at = (letter: string, side: "start" | "stop") => {
		if (letter === "c") return side === "start" ? channel : channel + 1;
		return box[side]["zyx".indexOf(letter)] ?? 0;
	};
	const letters = [...axes];
	const part = { start: letters.map((l) => at(l, "start")), stop: letters.map((l) => at(l, "stop")) };
	const { data } = arrange(await reader.read(part, io), axes);
	return data instanceof BigUint64Array || data instanceof BigInt64Array ? narrow(data, reader.info.path) : data;
}

/** 64-bit labels as 32-bit ones. @throws INPUT where one does not fit */
function narrow(data: BigUint64Array | BigInt64Array, path: string): Uint32Array<ArrayBuffer> {
	return Uint32Array.from(data, (value) => {
		if (value >= 0n && value <= 0xffffffffn) return Number(value);
		throw new NnvolError("INPUT", `${path}: expected labels up to 4294967295, found ${value}; relabel it first`);
	});
}

/** The values of what `readChannel` gives, as float32. */
export function valuesOf(
	data: Exclude<NdArray["data"], BigUint64Array | BigInt64Array>,
	isHalf: boolean,
	scale: number,
): Float32Array<ArrayBuffer> {
	const values = new Float32Array(data.length);
	const isPlain = scale === 1;
	for (let i = 0; i < values.length; i++) {
		const stored = data[i] ?? 0;
		const value = isHalf ? fromHalf(stored) : stored;
		values[i] = isPlain ? value : value * scale;
	}
	return values;
}
