/**
 * Reading boxes of a Zarr array, chunk by chunk.
 *
 * Nothing is kept between reads: a box that cuts through chunks decodes them whole, so callers should read along
 * `info.chunks`.
 *
 * @module
 */
import { join } from "node:path";
import { copyBox, type NdArray } from "../../core/array.ts";
import { type Box, intersect, shift } from "../../core/box.ts";
import { errorText, isNnvolError, throwIfAborted } from "../../core/errors.ts";
import { arrayFor, checkBox } from "../check.ts";
import { fileError, volumeError } from "../fault.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../volume.ts";
import { chunkBox, chunkBytes, chunksOver, toCOrder } from "./chunks.ts";
import type { Found } from "./find.ts";
import { type ChunkSource, type ChunkStore, openChunks } from "./library.ts";
import { eachOf } from "./pool.ts";
import { FileStore } from "./store.ts";

/** Chunks read and decoded at once. */
const AT_ONCE = 4;

/** A reader of the array `found` in the folder `info.path`. @throws VOLUME where the array cannot be set up */
export async function openArray(info: VolumeInfo, { name, array }: Found): Promise<VolumeReader> {
	const store = withDocument(new FileStore(join(info.path, name)), array.document);
	try {
		return new ZarrReader(info, await openChunks(store));
	} catch (cause) {
		if (isNnvolError(cause)) throw cause;
		throw volumeError(info.path, `cannot be read as Zarr: ${errorText(cause)}`, cause);
	}
}

/** `store`, but for the one key of `document`. */
function withDocument(store: FileStore, document: { readonly key: string; readonly text: string }): ChunkStore {
	const metadata = new TextEncoder().encode(document.text);
	return {
		get: async (key) => (key === document.key ? metadata : isMetadata(key) ? undefined : store.get(key)),
		getRange: (key, range) => store.getRange(key, range),
	};
}

function isMetadata(key: string): boolean {
	return ["/zarr.json", "/.zarray", "/.zattrs", "/.zgroup"].includes(key);
}

class ZarrReader implements VolumeReader {
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
		const back = box.start.map((offset) => -offset);
		await eachOf(chunksOver(box, chunks), AT_ONCE, async (coordinates) => {
			throwIfAborted(options.signal);
			const around = chunkBox(coordinates, chunks);
			const part = intersect(around, box);
			const local = shift(
				part,
				around.start.map((offset) => -offset),
			);
			copyBox(await this.#chunk(coordinates), local, target, shift(part, back).start);
		});
		return target;
	}

	async close(): Promise<void> {
		this.#open = false;
	}

	/** @throws VOLUME naming the chunk where it cannot be read, decoded or is of the wrong size */
	async #chunk(coordinates: readonly number[]): Promise<NdArray> {
		const { path, dtype } = this.info;
		const chunks = this.info.chunks ?? this.info.shape;
		const what = `chunk [${coordinates.join(", ")}]${this.info.dataset === undefined ? "" : ` of "${this.info.dataset}"`}`;
		const { bytes, stride } = await this.#source(coordinates).catch((cause: unknown) => {
			throw chunkError(path, what, cause);
		});
		const expected = chunkBytes(dtype, chunks);
		if (bytes.length !== expected) {
			throw volumeError(path, `${what} is damaged: expected ${expected} bytes, found ${bytes.length}; copy it again`);
		}
		return toCOrder(dtype, chunks, bytes, stride);
	}
}

function chunkError(path: string, what: string, cause: unknown): Error {
	const isSystem = cause instanceof Error && "syscall" in cause;
	return isSystem
		? fileError(path, `read ${what}`, cause)
		: volumeError(path, `${what} cannot be decoded; it is damaged, copy it again: ${errorText(cause)}`, cause);
}
