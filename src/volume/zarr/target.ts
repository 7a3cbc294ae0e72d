/**
 * The place of one array in a store that is written to: its metadata, its units.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import { shift, wholeBox } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { chunksOver } from "../chunked/chunk-grid.ts";
import { volumeError } from "../fault.ts";
import { inLanes } from "../lanes.ts";
import type { KeyStore, StoreOptions } from "../stores/store.ts";
import type { VolumeSpec } from "../volume.ts";
import { chunkBox } from "./chunks.ts";
import { encodeChunk } from "./coding.ts";
import { cutPadded } from "./copy.ts";
import { arrayDocuments, differenceOf, documentBytes, type NamedDocument } from "./document.ts";
import { ensureGroup, nodeOrEmpty, type Place, placeOf, writeGroup } from "./groups.ts";
import { keyBelow } from "./node.ts";
import { encodeShard } from "./shard.ts";
import { type Storage, unitKey } from "./storage.ts";

/** Units encoded and written at once, and bytes that they may hold together. */
const MOST_AT_ONCE = 8;
const BYTES_AT_ONCE = 1 << 26;

/** One array that is written. */
export class ArrayTarget {
	readonly store: KeyStore;
	readonly path: string;
	readonly name: string;
	readonly spec: VolumeSpec;
	readonly storage: Storage;
	readonly #place: Place;

	constructor(store: KeyStore, path: string, spec: VolumeSpec, storage: Storage) {
		this.store = store;
		this.path = path;
		this.#place = placeOf(path, spec);
		this.name = this.#place.name;
		this.spec = spec;
		this.storage = storage;
	}

	/** The key of the unit at `coordinates`. */
	keyOf(coordinates: readonly number[]): string {
		return keyBelow(this.name, unitKey(this.storage, coordinates));
	}

	/**
	 * Writes the metadata of the groups around the array and its own. What is there already and fits stays as it is.
	 *
	 * @throws VOLUME naming what differs where something else is there
	 */
	async writeMetadata(): Promise<void> {
		for (const group of this.#place.groups) await ensureGroup(this.store, group, this.storage.zarrFormat);
		const documents = arrayDocuments(this.spec, this.storage);
		if (!(await this.#isThere(documents))) await this.#set(this.name, documents);
		// another process may have been quicker with another array
		if (!(await this.#isThere(documents))) throw volumeError(this.path, "its metadata vanished after it was written");
		await this.store.sync();
	}

	/** Writes the metadata of an array whose voxels are written: its own, then that of the groups around it. */
	async finishMetadata(): Promise<void> {
		await this.store.sync();
		await this.#set(this.name, arrayDocuments(this.spec, this.storage));
		for (const { name, attributes } of this.#place.groups.toReversed()) {
			await writeGroup(this.store, name, attributes, this.storage.zarrFormat);
		}
		await this.store.sync();
	}

	/** Encodes and writes every unit of which `array`, with its first voxel at `start`, has all voxels. */
	async writeUnits(start: readonly number[], array: NdArray, options: StoreOptions): Promise<void> {
		const { unit } = this.storage;
		const bytes = sizeOf(unit) * DTYPES[array.dtype].bytes;
		const atOnce = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(BYTES_AT_ONCE / bytes)));
		await inLanes(chunksOver(shift(wholeBox(array.shape), start), unit), atOnce, async (coordinates) => {
			throwIfAborted(options.signal);
			await this.store.set(this.keyOf(coordinates), await this.encode(coordinates, array, start), options);
		});
	}

	/** The bytes of the unit at `coordinates`, of which `array` with its first voxel at `origin` has all voxels. */
	encode(coordinates: readonly number[], array: NdArray, origin: readonly number[]): Promise<Uint8Array> {
		const { storage, spec } = this;
		if (storage.index !== undefined) return encodeShard(storage, spec.shape, array, origin, coordinates);
		const box = shift(
			chunkBox(coordinates, storage.chunks),
			origin.map((offset) => -offset),
		);
		return encodeChunk(cutPadded(array, box), storage.coding);
	}

	async #isThere(documents: readonly NamedDocument[]): Promise<boolean> {
		const node = await nodeOrEmpty(this.store, this.name);
		if (node === undefined) return false;
		const wanted = documents.at(-1)?.json ?? {};
		const where = this.name === "" ? this.path : `${this.path}: "${this.name}"`;
		if (node.kind === "group") throw volumeError(where, "a group is there, expected an array; choose another path");
		const difference = differenceOf(node.document, wanted);
		if (difference === undefined) return true;
		throw volumeError(where, `another array is there: ${difference}; remove it or choose another path`);
	}

	async #set(name: string, documents: readonly NamedDocument[]): Promise<void> {
		for (const document of documents) await this.store.set(keyBelow(name, document.key), documentBytes(document));
	}
}
