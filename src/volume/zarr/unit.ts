/**
 * A whole unit, shard or chunk, back to voxels.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import { intersect, shift, wholeBox } from "../../core/box.ts";
import type { DType } from "../../core/dtype.ts";
import { chunksOver } from "../chunked/chunk-grid.ts";
import { chunkBox } from "./chunks.ts";
import { decodeChunk } from "./coding.ts";
import { copyVoxels } from "./copy.ts";
import { chunksInShard, indexBytes, readIndex } from "./shard.ts";
import type { Storage } from "./storage.ts";

/** Puts the voxels of a unit into `target`, which begins with it and ends with it or with the array, and is zeros. */
export async function decodeUnit(storage: Storage, dtype: DType, bytes: Uint8Array, target: NdArray): Promise<void> {
	const whole = wholeBox(target.shape);
	const place = async (at: readonly number[], packed: Uint8Array): Promise<void> => {
		const around = chunkBox(at, storage.chunks);
		const part = intersect(around, whole);
		const chunk = await decodeChunk(dtype, storage.chunks, storage.coding, packed);
		const back = around.start.map((start) => -start);
		copyVoxels(chunk, shift(part, back), target, part.start);
	};
	if (storage.index === undefined)
		return place(
			target.shape.map(() => 0),
			bytes,
		);
	const grid = chunksInShard(storage);
	const index = await readIndex(storage, bytes.subarray(bytes.length - (indexBytes(storage) ?? 0)), bytes.length);
	for (const at of chunksOver(whole, storage.chunks)) {
		const span = index[at.reduce((sum, i, axis) => sum * (grid[axis] ?? 1) + i, 0)];
		if (span !== undefined) await place(at, bytes.subarray(span.offset, span.offset + span.length));
	}
}
