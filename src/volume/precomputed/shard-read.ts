/**
 * Reading chunks out of shard files.
 *
 * A shard begins with where each minishard's index ends; an index tells the numbers, places and sizes of its chunks, each
 * as the difference from the one before. Indices are kept while they fit a budget.
 *
 * @module
 */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { viewOf } from "../../core/bytes.ts";
import { errorText, isNnvolError } from "../../core/errors.ts";
import { BoundedCache } from "../bounded-cache.ts";
import { volumeError } from "../fault.ts";
import type { KeyStore } from "../stores/store.ts";
import type { IoOptions } from "../volume.ts";
import type { Sharding } from "./info.ts";
import { addressOf, type ShardAddress, shardName } from "./sharding.ts";

/** Bytes of indices that are kept. */
const KEPT_BYTES = 32 << 20;

/** An index is unpacked whole; a minishard of more than 2.8 million chunks is refused. */
const MOST_INDEX_BYTES = 64 << 20;

/** Bytes that tell where a minishard's index begins and ends. */
const ENTRY_BYTES = 16;

/** Numbers of the chunks in one minishard and where they lie, counted from the shard's begin. */
type MinishardIndex = {
	readonly codes: BigUint64Array;
	readonly starts: Float64Array;
	readonly sizes: Float64Array;
};

const inflate = promisify(gunzip);

/** The shards below one key of a store. */
export class ShardReader {
	readonly #store: KeyStore;
	readonly #key: string;
	readonly #sharding: Sharding;
	readonly #indices = new BoundedCache<string, MinishardIndex>(KEPT_BYTES, ({ codes }) => 256 + codes.length * 24);

	constructor(store: KeyStore, key: string, sharding: Sharding) {
		this.#store = store;
		this.#key = key;
		this.#sharding = sharding;
	}

	/** Key of the file that holds the chunk. */
	keyOf(code: bigint): string {
		return this.#keyAt(addressOf(code, this.#sharding));
	}

	/** The chunk's bytes, still packed as `data_encoding` says; undefined where it was not written. @throws VOLUME */
	async chunk(code: bigint, options: IoOptions): Promise<Uint8Array | undefined> {
		const address = addressOf(code, this.#sharding);
		const key = this.#keyAt(address);
		const index = await this.#indices.get(`${key}/${address.minishard}`, () =>
			this.#readIndex(key, address.minishard, options),
		);
		const at = indexOf(index.codes, code);
		if (at < 0) return undefined;
		const range = { offset: index.starts[at] ?? 0, length: index.sizes[at] ?? 0 };
		const bytes = await this.#store.getRange(key, range, options);
		if (bytes === undefined) throw this.#damaged(key, "it vanished while it was read");
		return bytes;
	}

	#keyAt({ shard }: ShardAddress): string {
		return `${this.#key}/${shardName(shard, this.#sharding)}`;
	}

	async #readIndex(key: string, minishard: number, options: IoOptions): Promise<MinishardIndex> {
		const entry = await this.#store.getRange(key, { offset: minishard * ENTRY_BYTES, length: ENTRY_BYTES }, options);
		if (entry === undefined) return parseIndex(new Uint8Array(0), 0);
		const [start, end] = [viewOf(entry).getBigUint64(0, true), viewOf(entry).getBigUint64(8, true)].map(Number);
		const head = 2 ** this.#sharding.minishard_bits * ENTRY_BYTES;
		const length = (end ?? 0) - (start ?? 0);
		if (!(length >= 0 && length <= MOST_INDEX_BYTES && Number.isSafeInteger(head + (end ?? 0)))) {
			throw this.#damaged(key, `the index of minishard ${minishard} cannot be ${length} bytes`);
		}
		if (length === 0) return parseIndex(new Uint8Array(0), 0);
		const packed = await this.#store.getRange(key, { offset: head + (start ?? 0), length }, options);
		if (packed === undefined) throw this.#damaged(key, "it vanished while it was read");
		const bytes = await this.#unpackIndex(key, packed);
		if (bytes.length % 24 !== 0) throw this.#damaged(key, `the index of minishard ${minishard} is cut short`);
		const index = parseIndex(bytes, head);
		const isSane = index.starts.every((at, i) => Number.isSafeInteger(at + (index.sizes[i] ?? 0)));
		if (!isSane) throw this.#damaged(key, `the index of minishard ${minishard} points out of the file`);
		return index;
	}

	async #unpackIndex(key: string, packed: Uint8Array): Promise<Uint8Array> {
		if (this.#sharding.minishard_index_encoding === "raw") return packed;
		return inflate(packed, { maxOutputLength: MOST_INDEX_BYTES }).catch((cause: unknown) => {
			throw this.#damaged(key, "a minishard's index cannot be unpacked", cause);
		});
	}

	#damaged(key: string, what: string, cause?: unknown): Error {
		const more = cause === undefined || isNnvolError(cause) ? "" : ` (${errorText(cause)})`;
		return volumeError(this.#store.root, `the shard ${key} is damaged: ${what}${more}; copy it again`, cause);
	}
}

/** Undoes the differences. */
function parseIndex(bytes: Uint8Array, head: number): MinishardIndex {
	const count = bytes.length / 24;
	const view = viewOf(bytes);
	const codes = new BigUint64Array(count);
	const [starts, sizes] = [new Float64Array(count), new Float64Array(count)];
	let code = 0n;
	let end = head;
	for (let i = 0; i < count; i++) {
		code = BigInt.asUintN(64, code + view.getBigUint64(i * 8, true));
		codes[i] = code;
		const start = end + Number(view.getBigUint64((count + i) * 8, true));
		const size = Number(view.getBigUint64((2 * count + i) * 8, true));
		[starts[i], sizes[i]] = [start, size];
		end = start + size;
	}
	return { codes, starts, sizes };
}

/** Place of `code` among codes that rise, -1 where it is not there; codes that do not rise are searched through. */
function indexOf(codes: BigUint64Array, code: bigint): number {
	let [low, high] = [0, codes.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((codes[middle] ?? 0n) < code) low = middle + 1;
		else high = middle;
	}
	return codes[low] === code ? low : codes.indexOf(code);
}
