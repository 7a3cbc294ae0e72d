/**
 * Reading and writing of a streamed run, on the thread that asks.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import { formatByName } from "../../volume/formats.ts";
import type {
	FormatName,
	IoOptions,
	OpenOptions,
	RegionWriter,
	VolumeReader,
	VolumeSpec,
} from "../../volume/volume.ts";
import { checksumOf } from "../checksum.ts";
import { type CutSource, cutSourceOf, type SourceSpec } from "./cut-source.ts";
import type { Written } from "./io-protocol.ts";

/** What was written, and the memory that held it. */
export type WrittenBlock = Written & { readonly data: NdArray["data"] };

/** A volume that blocks are written to. */
export interface BlockStore {
	/** Writes a block durably. The array's memory is given away; memory for another comes back. @throws VOLUME */
	write(start: readonly number[], array: NdArray, wantsHighest: boolean, io: IoOptions): Promise<WrittenBlock>;
	finish(): Promise<void>;
	close(): Promise<void>;
}

/** Who reads and writes for a run. Close it in a `finally`. */
export interface VolumeIo {
	/** A reader of the volume at `path`, which is open already as `reader`, and is closed with it. */
	reader(reader: VolumeReader, path: string, options: OpenOptions): Promise<VolumeReader>;
	/** Makes the array of `spec`, or opens it where it is there. @throws VOLUME */
	store(path: string, format: FormatName, spec: VolumeSpec): Promise<BlockStore>;
	/** What tiles are cut from: `near`, which is open already, or the same in another thread. */
	cutSource(spec: SourceSpec, near: VoxelSource): Promise<CutSource>;
	close(): Promise<void>;
}

/** Everything on the calling thread: for small volumes. */
export const INLINE: VolumeIo = {
	reader: async (reader) => reader,
	store: async (path, format, spec) => storeOf(await openRegionsAt(path, format, spec)),
	cutSource: async ({ tries }, near) => cutSourceOf(near, tries),
	close: async () => undefined,
};

/** The writer of regions of an array. @throws VOLUME */
export async function openRegionsAt(path: string, format: FormatName, spec: VolumeSpec): Promise<RegionWriter> {
	const { openRegions } = await formatByName(format);
	if (openRegions === undefined) throw new RangeError(`${format} has no regions`);
	return openRegions(path, spec);
}

function storeOf(writer: RegionWriter): BlockStore {
	return {
		write: async (start, array, wantsHighest, io) => {
			const written = await writeBlock(writer, start, array, wantsHighest, io);
			return { ...written, data: array.data };
		},
		finish: () => writer.finish(),
		close: () => writer.close(),
	};
}

/** Writes a block and tells what it was. */
export async function writeBlock(
	writer: RegionWriter,
	start: readonly number[],
	array: NdArray,
	wantsHighest: boolean,
	io: IoOptions = {},
): Promise<Written> {
	await writer.write(start, array, io);
	const checksum = checksumOf(array);
	return wantsHighest ? { checksum, highest: highestOf(array) } : { checksum };
}

function highestOf({ data }: NdArray): number {
	if (data instanceof BigUint64Array || data instanceof BigInt64Array) throw new TypeError("no product is of 64 bits");
	let highest = 0;
	for (let i = 0; i < data.length; i++) {
		const value = data[i] ?? 0;
		if (value > highest) highest = value;
	}
	return highest;
}
