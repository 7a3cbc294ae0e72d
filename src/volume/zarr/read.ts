/**
 * Reading boxes of a Zarr array, several chunks at once.
 *
 * Nothing is kept between reads: a box that cuts through chunks decodes them whole, so callers should read along
 * `info.chunks`. Of a shard only the chunks that are wanted are read.
 *
 * @module
 */
import { cut, type NdArray, zeros } from "../../core/array.ts";
import { type Box, intersect, shift, wholeBox } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { errorText, isNnvolError, NnvolError, throwIfAborted } from "../../core/errors.ts";
import { sameShape } from "../../core/shape.ts";
import { arrayFor, checkBox } from "../check.ts";
import { chunksOver } from "../chunked/chunk-grid.ts";
import { fileError, volumeError } from "../fault.ts";
import { inLanes } from "../lanes.ts";
import { isRemote } from "../stores/open-store.ts";
import type { KeyStore } from "../stores/store.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../volume.ts";
import { chunkBox, chunkBytes } from "./chunks.ts";
import { decodeChunk } from "./coding.ts";
import { copyVoxels } from "./copy.ts";
import type { Found } from "./find.ts";
import { type ArrayNode, keyBelow } from "./node.ts";
import { shardChunks } from "./shard-read.ts";
import { unitKey } from "./storage.ts";

/** How the name of a chunk begins in messages. */
const CHUNK = "chunk [";

/** Units read and decoded at once, and bytes that they may hold together: but for one that is larger. */
const MOST_AT_ONCE = 8;
const BYTES_AT_ONCE = 1 << 26;

/** A reader of the array `found` in `store`, which it closes. */
export class ZarrReader implements VolumeReader {
	readonly info: VolumeInfo;
	readonly readsChunks: boolean;
	readonly #store: KeyStore;
	readonly #name: string;
	readonly #array: ArrayNode;
	#open = true;

	constructor(store: KeyStore, info: VolumeInfo, { name, array }: Found) {
		this.info = info;
		this.#store = store;
		this.#name = name;
		this.#array = array;
		this.readsChunks = array.storage.index === undefined && !isRemote(info.path);
	}

	async read(box: Box, options: IoOptions = {}): Promise<NdArray> {
		throwIfAborted(options.signal);
		const { path, shape, dtype } = this.info;
		if (!this.#open) throw volumeError(path, "the array was closed before this read");
		checkBox(path, shape, box);
		const chunk = await this.#wholeChunk(box, options);
		if (chunk !== undefined) return chunk;
		const target = arrayFor(path, dtype, box);
		const { unit: extents } = this.#array.storage;
		const atOnce = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(BYTES_AT_ONCE / chunkBytes(dtype, extents))));
		await inLanes(chunksOver(box, extents), atOnce, async (unit) => {
			throwIfAborted(options.signal);
			await this.#readUnit(unit, box, target, options);
		});
		return target;
	}

	async close(): Promise<void> {
		if (!this.#open) return;
		this.#open = false;
		await this.#store.close();
	}

	/** The chunk that `box` is, where it is stored by itself and nobody else has its memory. */
	async #wholeChunk(box: Box, options: IoOptions): Promise<NdArray | undefined> {
		const { dtype, storage } = this.#array;
		const unit = box.start.map((start, axis) => Math.floor(start / (storage.chunks[axis] ?? 1)));
		const around = chunkBox(unit, storage.chunks);
		if (!this.readsChunks || !sameShape(around.start, box.start) || !sameShape(around.stop, box.stop)) return undefined;
		const key = keyBelow(this.#name, unitKey(storage, unit));
		const bytes = await this.#named(unit, () => this.#store.get(key, options));
		if (bytes === undefined) return undefined;
		const chunk = await this.#named(unit, () => decodeChunk(dtype, storage.chunks, storage.coding, bytes));
		const { byteLength, buffer } = chunk.data;
		return byteLength === buffer.byteLength ? chunk : cut(chunk, wholeBox(chunk.shape));
	}

	async #readUnit(unit: readonly number[], box: Box, target: NdArray, options: IoOptions): Promise<void> {
		const { storage } = this.#array;
		const key = keyBelow(this.#name, unitKey(storage, unit));
		if (storage.index === undefined) {
			const bytes = await this.#named(unit, () => this.#store.get(key, options));
			await this.#place(unit, bytes, box, target);
			return;
		}
		const wanted = intersect(chunkBox(unit, storage.unit), box);
		const chunks = [...chunksOver(wanted, storage.chunks)];
		const width = DTYPES[this.#array.dtype].bytes;
		const source = { store: this.#store, key, storage, unit, width };
		await this.#named(unit, () =>
			shardChunks(source, chunks, options, (chunk, bytes) => this.#place(chunk, bytes, box, target)),
		);
	}

	/** Decodes the chunk at `coordinates` and puts what of it is in `box` to its place. */
	async #place(
		coordinates: readonly number[],
		bytes: Uint8Array | undefined,
		box: Box,
		target: NdArray,
	): Promise<void> {
		const { dtype, fill, storage } = this.#array;
		const around = chunkBox(coordinates, storage.chunks);
		const part = intersect(around, box);
		const at = part.start.map((start, axis) => start - (box.start[axis] ?? 0));
		if (bytes === undefined) {
			if (fill !== 0 && fill !== 0n)
				fillBox(
					target,
					shift(
						part,
						box.start.map((start) => -start),
					),
					fill,
				);
			return;
		}
		const chunk = await this.#named(coordinates, () => decodeChunk(dtype, storage.chunks, storage.coding, bytes));
		copyVoxels(
			chunk,
			shift(
				part,
				around.start.map((start) => -start),
			),
			target,
			at,
		);
	}

	/** @throws VOLUME naming the chunk that `action` is about */
	async #named<T>(coordinates: readonly number[], action: () => Promise<T>): Promise<T> {
		try {
			return await action();
		} catch (cause) {
			const { path, dataset } = this.info;
			if (isNnvolError(cause) && (cause.code !== "VOLUME" || cause.message.includes(CHUNK))) throw cause;
			const what = `${CHUNK}${coordinates.join(", ")}]${dataset === undefined ? "" : ` of "${dataset}"`}`;
			if (isNnvolError(cause)) {
				const { message, transient } = cause;
				throw new NnvolError("VOLUME", `${path}: ${what}: ${message}`, { fields: { path }, transient, cause });
			}
			if (cause instanceof Error && "syscall" in cause) throw fileError(path, `read ${what}`, cause);
			throw volumeError(path, `${what} cannot be decoded; it is damaged, copy it again: ${errorText(cause)}`, cause);
		}
	}
}

/** Fills `box` of `target`, which is zeros else. */
function fillBox(target: NdArray, box: Box, fill: number | bigint): void {
	const filled = zeros(
		target.dtype,
		box.stop.map((stop, axis) => stop - (box.start[axis] ?? 0)),
	);
	for (let i = 0; i < filled.data.length; i++) filled.data[i] = fill;
	copyVoxels(filled, { start: box.start.map(() => 0), stop: filled.shape }, target, box.start);
}
