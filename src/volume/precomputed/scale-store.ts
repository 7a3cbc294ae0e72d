/**
 * One scale of a precomputed volume in its store: chunks read, chunks and shards written.
 *
 * What is written is one key, put whole: a chunk, or a shard with all its chunks.
 *
 * @module
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type NdArray, zeros } from "../../core/array.ts";
import { boxShape, shift, wholeBox } from "../../core/box.ts";
import type { Shape } from "../../core/shape.ts";
import { chunkBox, chunksOver } from "../chunked/chunk-grid.ts";
import type { ChunkSource } from "../chunked/chunk-reader.ts";
import { volumeError } from "../fault.ts";
import { inLanes } from "../lanes.ts";
import { isRemote } from "../stores/location.ts";
import type { KeyStore } from "../stores/store.ts";
import type { IoOptions } from "../volume.ts";
import { copyVoxels } from "../zarr/copy.ts";
import { ContentReader, SUFFIXES } from "./content.ts";
import { decodeChunk, encodeChunk } from "./encoding.ts";
import { axesOfBits, mortonCode } from "./morton.ts";
import { chunkKey, chunkShape, gridSize, gridXyz, type Place } from "./place.ts";
import { type ShardChunk, shardBytes } from "./shard-write.ts";
import { addressOf, shardBox, shardExtents, shardName } from "./sharding.ts";

/** Chunks of a shard packed at once. */
const AT_ONCE = 4;

/** Level of gzip: the fastest, which is nearly as small on labels. */
const GZIP_LEVEL = 1;

const deflate = promisify(gzip);

/** Extents of what is written at once, axes as in the shape; undefined where shards are no boxes. */
export function unitOf(place: Place): Shape | undefined {
	if (place.sharding === undefined) return place.chunks;
	const box = shardBox(place.sharding, gridSize(place));
	return box && shardExtents(place.chunks, box);
}

/** A source of the chunks of `place`. */
export function chunkSource(store: KeyStore, place: Place): ChunkSource {
	const contents = new ContentReader(store, place);
	return {
		chunk: async (coordinates, options) => {
			const content = await contents.chunk(coordinates, options);
			return content && decodeChunk(place, content.key, chunkShape(place, coordinates), content.bytes);
		},
		close: () => store.close(),
	};
}

/** Writes and reads whole units of one scale. */
export class ScaleStore {
	readonly place: Place;
	/** Extents of a unit. */
	readonly unit: Shape;
	readonly #store: KeyStore;
	readonly #axes: readonly number[];

	/** @throws VOLUME where the volume's shards are no boxes */
	constructor(store: KeyStore, place: Place) {
		const unit = unitOf(place);
		if (unit === undefined) {
			throw volumeError(store.root, `shards of "${place.key}" are no boxes and cannot be written; make a new volume`);
		}
		this.place = place;
		this.unit = unit;
		this.#store = store;
		this.#axes = axesOfBits(gridSize(place));
	}

	/** The key of the unit at `coordinates`. */
	keyOf(coordinates: readonly number[]): string {
		const { sharding, key } = this.place;
		if (sharding === undefined) return chunkKey(this.place, coordinates);
		const [first = coordinates] = chunksOver(chunkBox(coordinates, this.unit, this.place.shape), this.place.chunks);
		const { shard } = addressOf(this.#codeOf(first), sharding);
		return `${key}/${shardName(shard, sharding)}`;
	}

	/** Writes the unit at `coordinates` whole. */
	async put(coordinates: readonly number[], array: NdArray, options: IoOptions): Promise<void> {
		const key = this.keyOf(coordinates);
		const { sharding } = this.place;
		if (sharding !== undefined) {
			await this.#store.set(key, await shardBytes(await this.#chunksOf(coordinates, array), sharding), options);
			return;
		}
		await this.#store.set(key, encodeChunk(this.place, key, array), options);
		// what another program wrote under a name with a suffix would be found beside it
		if (!isRemote(this.#store.root)) {
			for (const suffix of SUFFIXES) await this.#store.remove(`${key}${suffix}`, options);
		}
	}

	/** The unit as it was written; undefined where no part of it was. */
	async get(coordinates: readonly number[], options: IoOptions): Promise<NdArray | undefined> {
		const { shape, chunks, dtype } = this.place;
		const contents = new ContentReader(this.#store, this.place);
		const box = chunkBox(coordinates, this.unit, shape);
		let unit: NdArray | undefined;
		for (const chunk of chunksOver(box, chunks)) {
			const content = await contents.chunk(chunk, options);
			if (content === undefined) continue;
			const voxels = await decodeChunk(this.place, content.key, chunkShape(this.place, chunk), content.bytes);
			unit ??= zeros(dtype, boxShape(box));
			const at = chunkBox(chunk, chunks, shape).start.map((start, axis) => start - (box.start[axis] ?? 0));
			copyVoxels(voxels, wholeBox(voxels.shape), unit, at);
		}
		return unit;
	}

	async #chunksOf(coordinates: readonly number[], array: NdArray): Promise<ShardChunk[]> {
		const { shape, chunks, sharding, key } = this.place;
		const box = chunkBox(coordinates, this.unit, shape);
		const back = box.start.map((start) => -start);
		const found: ShardChunk[] = [];
		await inLanes(chunksOver(box, chunks), AT_ONCE, async (chunk) => {
			const part = zeros(array.dtype, chunkShape(this.place, chunk));
			copyVoxels(
				array,
				shift(chunkBox(chunk, chunks, shape), back),
				part,
				back.map(() => 0),
			);
			const bytes = encodeChunk(this.place, `[${chunk.join(", ")}] of ${key}`, part);
			const packed = sharding?.data_encoding === "gzip" ? await deflate(bytes, { level: GZIP_LEVEL }) : bytes;
			found.push({ code: this.#codeOf(chunk), bytes: packed });
		});
		return found;
	}

	#codeOf(coordinates: readonly number[]): bigint {
		return mortonCode(gridXyz(coordinates), this.#axes);
	}
}
