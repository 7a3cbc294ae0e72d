/**
 * The Zarr library, loaded at first use; the only file that imports it.
 *
 * Its gzip and zlib are replaced by Node's own, which run beside the main thread and name what is wrong.
 *
 * @module
 */

import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import type { Readable } from "zarrita";
import { viewOf } from "../../core/bytes.ts";
import { NnvolError } from "../../core/errors.ts";

/** One decoded chunk: its elements' bytes, and where they lie by `stride` (in elements), not always in C order. */
export type Chunk = { readonly bytes: Uint8Array; readonly stride: readonly number[] };

/** Decodes a chunk of one array; a chunk that is missing holds the fill value. @throws what the library throws */
export type ChunkSource = (coordinates: readonly number[]) => Promise<Chunk>;

/** The store an array is read from. */
export type ChunkStore = Readable;

/** Decoded chunks are at most 1 GiB; damaged or hostile ones that unpack to more are refused. */
const MAX_OUTPUT = 1 << 30;

type Zarrita = typeof import("zarrita");

let loading: Promise<Zarrita> | undefined;

/** A source of the chunks of the array at the root of `store`. */
export async function openChunks(store: ChunkStore): Promise<ChunkSource> {
	loading ??= load();
	const zarrita = await loading.catch((cause: unknown) => {
		loading = undefined;
		throw new NnvolError("VOLUME", "the Zarr library (package zarrita) cannot be loaded; install nnvol again", {
			cause,
		});
	});
	const array = await zarrita.open(store, { kind: "array" });
	return async (coordinates) => {
		const { data, stride } = await array.getChunk([...coordinates]);
		if (!ArrayBuffer.isView(data)) throw new TypeError("the chunk holds no numbers");
		return { bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), stride };
	};
}

async function load(): Promise<Zarrita> {
	const zarrita = await import("zarrita");
	for (const prefix of ["", "numcodecs."]) {
		zarrita.registry.set(`${prefix}gzip`, native(promisify(gunzip)));
		zarrita.registry.set(`${prefix}zlib`, native(promisify(inflate)));
		const blosc = zarrita.registry.get(`${prefix}blosc`);
		if (blosc !== undefined) zarrita.registry.set(`${prefix}blosc`, checked(blosc, checkBlosc));
		const lz4 = zarrita.registry.get(`${prefix}lz4`);
		if (lz4 !== undefined) zarrita.registry.set(`${prefix}lz4`, checked(lz4, checkLz4));
	}
	return zarrita;
}

type Entry = Parameters<Zarrita["registry"]["set"]>[1];

/** A codec that only unpacks, by `unpack` of Node. */
function native(unpack: (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>): Entry {
	const codec = {
		kind: "bytes_to_bytes" as const,
		encode: (): never => {
			throw new TypeError("a codec for reading only");
		},
		decode: async (bytes: Uint8Array) => new Uint8Array(await unpack(bytes, { maxOutputLength: MAX_OUTPUT })),
	};
	return async () => ({ fromConfig: () => codec });
}

/** `entry` with `check` before it unpacks: the WebAssembly codecs read past the end of what is cut short, silently. */
function checked(entry: Entry, check: (bytes: Uint8Array) => void): Entry {
	return async () => {
		const inner = await entry();
		return {
			...inner,
			fromConfig: (config, meta) => {
				const codec = inner.fromConfig(config, meta);
				return {
					kind: "bytes_to_bytes",
					encode: (data: Uint8Array) => codec.encode(data),
					decode: (data: Uint8Array) => {
						check(data);
						return codec.decode(data);
					},
				};
			},
		};
	};
}

/** The 16 bytes before blosc data tell its length unpacked and packed. */
function checkBlosc(bytes: Uint8Array): void {
	const packed = bytes.length < 16 ? Number.NaN : uint32At(bytes, 12);
	if (packed !== bytes.length) throw new RangeError(`expected blosc data of ${packed} bytes, found ${bytes.length}`);
	if (uint32At(bytes, 4) > MAX_OUTPUT) throw new RangeError("the blosc data unpacks to more than 1 GiB");
}

/** The 4 bytes before lz4 data tell its length unpacked; packed it is at most 255 times smaller. */
function checkLz4(bytes: Uint8Array): void {
	const unpacked = bytes.length < 5 ? Number.NaN : uint32At(bytes, 0);
	if (!(unpacked <= MAX_OUTPUT && unpacked <= bytes.length * 255)) throw new RangeError("the lz4 data is cut short");
}

function uint32At(bytes: Uint8Array, offset: number): number {
	return viewOf(bytes).getUint32(offset, true);
}
