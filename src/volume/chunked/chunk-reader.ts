/**
 * Reading boxes of an array that lies in chunks, whatever packs them.
 *
 * Nothing is kept between reads: a box that cuts through chunks decodes them whole, so callers should read along
 * `info.chunks`.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import { type Box, intersect, isEmpty, shift, wholeBox } from "../../core/box.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { arrayFor, checkBox } from "../check.ts";
import { volumeError } from "../fault.ts";
import { inLanes } from "../lanes.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../volume.ts";
import { copyVoxels } from "../zarr/copy.ts";
import { chunkBox, chunksOver } from "./chunk-grid.ts";

/** Chunks read and decoded at once. */
const AT_ONCE = 8;

/** What knows how chunks are kept. */
export interface ChunkSource {
	/**
	 * The voxels of a chunk from its first on, axes as in the array; fewer than the chunk's read as 0 beyond them, and
	 * undefined (nothing was written) as 0 throughout. @throws VOLUME naming the key
	 */
	chunk(coordinates: readonly number[], options: IoOptions): Promise<NdArray | undefined>;
	close(): Promise<void>;
}

/** A reader of the array that `info` tells of; its `chunks` are those of `source`. */
export function chunkReader(info: VolumeInfo, source: ChunkSource): VolumeReader {
	return new ChunkReader(info, source);
}

class ChunkReader implements VolumeReader {
	readonly info: VolumeInfo;
	readonly #source: ChunkSource;
	#open = true;

	constructor(info: VolumeInfo, source: ChunkSource) {
		this.info = info;
		this.#source = source;
	}

	async read(box: Box, options: IoOptions = {}): Promise<NdArray> {
		throwIfAborted(options.signal);
		const { path, shape, dtype } = this.info;
		if (!this.#open) throw volumeError(path, "the array was closed before this read");
		checkBox(path, shape, box);
		const target = arrayFor(path, dtype, box);
		const chunks = this.info.chunks ?? shape;
		await inLanes(chunksOver(box, chunks), AT_ONCE, async (coordinates) => {
			throwIfAborted(options.signal);
			const voxels = await this.#source.chunk(coordinates, options);
			if (voxels !== undefined) place(voxels, chunkBox(coordinates, chunks, shape), box, target);
		});
		return target;
	}

	async close(): Promise<void> {
		if (!this.#open) return;
		this.#open = false;
		await this.#source.close();
	}
}

/** Copies what `voxels`, which begin where `around` does, share with `box` into `target`, the voxels of `box`. */
function place(voxels: NdArray, around: Box, box: Box, target: NdArray): void {
	const filled = intersect(around, shift(wholeBox(voxels.shape), around.start));
	const part = intersect(filled, box);
	if (isEmpty(part)) return;
	const local = shift(part, negated(around.start));
	copyVoxels(voxels, local, target, shift(part, negated(box.start)).start);
}

function negated(offsets: readonly number[]): number[] {
	return offsets.map((offset) => -offset);
}
