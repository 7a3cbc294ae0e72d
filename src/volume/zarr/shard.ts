/**
 * Shards (the `sharding_indexed` codec of version 3): chunks one behind the other in one value, and an index of where.
 *
 * The index holds an offset and a length a chunk, in C order, as 64-bit numbers; both are all ones for a chunk that is
 * not there. Written are shards with the index behind the chunks and its crc32c behind it; chunks of nothing but zeros
 * are left out.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import { type Box, isEmpty, shift } from "../../core/box.ts";
import { viewOf } from "../../core/bytes.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";
import { chunksOver } from "../chunked/chunk-grid.ts";
import { inLanes } from "../lanes.ts";
import { chunkBox } from "./chunks.ts";
import { decodeChunk, encodeChunk } from "./coding.ts";
import { cutPadded, isZero } from "./copy.ts";
import { crc32c } from "./crc32c.ts";
import type { Coding, Storage } from "./storage.ts";

/** Where a chunk lies in its shard. */
export type Span = { readonly offset: number; readonly length: number };

/** Chunks encoded at once. */
const AT_ONCE = 4;

const ABSENT = 0xffff_ffff_ffff_ffffn;
const ENTRY_BYTES = 16;

/** The settings of the index that is written. */
export const INDEX_CODING: Coding = { bigEndian: false, packings: [{ id: "crc32c", config: {} }] };

/** Chunks along each axis of a shard. */
export function chunksInShard({ unit, chunks }: Pick<Storage, "unit" | "chunks">): number[] {
	return unit.map((extent, axis) => extent / (chunks[axis] ?? 1));
}

/** Bytes of the index; undefined where they are not always as many (an index that is compressed). */
export function indexBytes(storage: Storage): number | undefined {
	const packings = storage.index?.coding.packings ?? [];
	if (packings.some(({ id }) => id !== "crc32c")) return undefined;
	return sizeOf(chunksInShard(storage)) * ENTRY_BYTES + 4 * packings.length;
}

/**
 * The place of each chunk of a shard, in C order; undefined for those that are not there.
 *
 * @throws RangeError where the index is damaged, or tells of bytes beyond `most`
 */
export async function readIndex(storage: Storage, bytes: Uint8Array, most: number): Promise<(Span | undefined)[]> {
	const count = sizeOf(chunksInShard(storage));
	const coding = storage.index?.coding ?? INDEX_CODING;
	const { data } = await decodeChunk("uint64", [count, 2], coding, bytes);
	return Array.from({ length: count }, (_, n) => {
		const [offset = 0n, length = 0n] = [data[n * 2], data[n * 2 + 1]].map((value) => BigInt(value ?? 0));
		if (offset === ABSENT && length === ABSENT) return undefined;
		if (offset + length > BigInt(most)) {
			throw new RangeError(`the index of the shard tells of ${length} bytes at ${offset}, which it does not have`);
		}
		return { offset: Number(offset), length: Number(length) };
	});
}

/**
 * The bytes of the shard at `coordinates`, of which `array` with its first voxel at `origin` has all voxels within
 * the array's `shape`.
 */
export async function encodeShard(
	storage: Storage,
	shape: Shape,
	array: NdArray,
	origin: readonly number[],
	coordinates: readonly number[],
): Promise<Uint8Array> {
	const around = chunkBox(coordinates, storage.unit);
	const inside: Box = { start: around.start, stop: around.stop.map((end, axis) => Math.min(end, shape[axis] ?? 0)) };
	const local = shift(
		inside,
		around.start.map((offset) => -offset),
	);
	if (isEmpty(local)) throw new RangeError("the shard lies outside the array");
	const grid = chunksInShard(storage);
	const chunks: (Uint8Array | undefined)[] = new Array(sizeOf(grid)).fill(undefined);
	await inLanes(chunksOver(local, storage.chunks), AT_ONCE, async (at) => {
		const box = shift(
			chunkBox(at, storage.chunks),
			around.start.map((start, axis) => start - (origin[axis] ?? 0)),
		);
		const chunk = cutPadded(array, box);
		const n = at.reduce((sum, i, axis) => sum * (grid[axis] ?? 1) + i, 0);
		if (!isZero(chunk)) chunks[n] = await encodeChunk(chunk, storage.coding);
	});
	return assemble(chunks);
}

async function assemble(chunks: readonly (Uint8Array | undefined)[]): Promise<Uint8Array> {
	const index = new BigUint64Array(chunks.length * 2).fill(ABSENT);
	const length = chunks.reduce((sum, chunk) => sum + (chunk?.length ?? 0), 0);
	const shard = new Uint8Array(length + index.byteLength + 4);
	let at = 0;
	for (const [n, chunk] of chunks.entries()) {
		if (chunk === undefined) continue;
		shard.set(chunk, at);
		index[n * 2] = BigInt(at);
		index[n * 2 + 1] = BigInt(chunk.length);
		at += chunk.length;
	}
	const bytes = new Uint8Array(index.buffer);
	shard.set(bytes, at);
	viewOf(shard).setUint32(at + bytes.length, crc32c(bytes), true);
	return shard;
}
