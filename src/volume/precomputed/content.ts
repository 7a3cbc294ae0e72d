/**
 * The bytes of chunks, wherever they are kept: a file each, or many in a shard; plain, or packed by gzip and others.
 *
 * Writers in folders tell the packing by a suffix of the name (cloud-volume: `.gz`, `.br`, `.zstd`); behind URLs it is a
 * header, and stores that do not undo it leave gzip to be told by its first bytes.
 *
 * @module
 */
import { promisify } from "node:util";
import { brotliDecompress, gunzip } from "node:zlib";
import { errorText, isNnvolError } from "../../core/errors.ts";
import type { Shape } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import { isRemote } from "../stores/location.ts";
import type { KeyStore } from "../stores/store.ts";
import type { IoOptions } from "../volume.ts";
import { unpackZstd } from "../zarr/zstd.ts";
import { isPlain, mostBytes } from "./encoding.ts";
import { axesOfBits, mortonCode } from "./morton.ts";
import { chunkKey, chunkShape, gridSize, gridXyz, type Place } from "./place.ts";
import { ShardReader } from "./shard-read.ts";

type Unpack = (bytes: Uint8Array, most: number) => Promise<Uint8Array>;

const inflate = promisify(gunzip);
const unbrotli = promisify(brotliDecompress);

const PACKINGS: readonly { readonly suffix: string; readonly unpack: Unpack }[] = [
	{ suffix: ".gz", unpack: (bytes, most) => inflate(bytes, { maxOutputLength: most }) },
	{ suffix: ".br", unpack: (bytes, most) => unbrotli(bytes, { maxOutputLength: most }) },
	{ suffix: ".zstd", unpack: unpackZstd },
];

/** Suffixes of other writers that a chunk's name may have in a folder. */
export const SUFFIXES: readonly string[] = PACKINGS.map(({ suffix }) => suffix);

/** A chunk as its encoding has it, and where it was found. */
export type Content = { readonly key: string; readonly bytes: Uint8Array };

/** Reads the encoded chunks of one scale. */
export class ContentReader {
	readonly #store: KeyStore;
	readonly #place: Place;
	readonly #axes: readonly number[];
	readonly #shards: ShardReader | undefined;
	/** Suffixes to look for, the one that was found last first. */
	#suffixes: readonly string[];

	constructor(store: KeyStore, place: Place) {
		this.#store = store;
		this.#place = place;
		this.#axes = axesOfBits(gridSize(place));
		this.#shards = place.sharding && new ShardReader(store, place.key, place.sharding);
		this.#suffixes = isRemote(store.root) ? [""] : ["", ...SUFFIXES];
	}

	/** The chunk at `coordinates`; undefined where it was not written. @throws VOLUME naming the key */
	async chunk(coordinates: readonly number[], options: IoOptions): Promise<Content | undefined> {
		const shape = chunkShape(this.#place, coordinates);
		return this.#shards === undefined
			? await this.#file(chunkKey(this.#place, coordinates), shape, options)
			: await this.#inShard(this.#shards, coordinates, shape, options);
	}

	async #inShard(
		shards: ShardReader,
		coordinates: readonly number[],
		shape: Shape,
		options: IoOptions,
	): Promise<Content | undefined> {
		const code = mortonCode(gridXyz(coordinates), this.#axes);
		const bytes = await shards.chunk(code, options);
		if (bytes === undefined) return undefined;
		const key = `[${coordinates.join(", ")}] in ${shards.keyOf(code)}`;
		const packed = this.#place.sharding?.data_encoding === "gzip";
		return { key, bytes: packed ? await this.#unpack(key, ".gz", shape, bytes) : bytes };
	}

	async #file(key: string, shape: Shape, options: IoOptions): Promise<Content | undefined> {
		for (const suffix of this.#suffixes) {
			const name = `${key}${suffix}`;
			const bytes = await this.#store.get(name, options);
			if (bytes === undefined) continue;
			if (suffix !== this.#suffixes[0]) {
				this.#suffixes = [suffix, ...this.#suffixes.filter((each) => each !== suffix)];
			}
			if (suffix === "" && isPlain(this.#place, shape, bytes)) return { key: name, bytes };
			return { key: name, bytes: await this.#unpack(name, suffix || ".gz", shape, bytes) };
		}
		return undefined;
	}

	async #unpack(key: string, suffix: string, shape: Shape, bytes: Uint8Array): Promise<Uint8Array> {
		const packing = PACKINGS.find((each) => each.suffix === suffix);
		try {
			if (packing === undefined) throw new TypeError(`there is no packing ${suffix}`);
			return await packing.unpack(bytes, mostBytes(this.#place, shape));
		} catch (cause) {
			if (isNnvolError(cause)) throw cause;
			const message = `the chunk ${key} is damaged, it cannot be unpacked: ${errorText(cause)}; copy or make it again`;
			throw volumeError(this.#place.root, message, cause);
		}
	}
}
