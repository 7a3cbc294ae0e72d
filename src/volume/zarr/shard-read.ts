/**
 * Reading chunks of a shard: its index, then the chunks that are wanted, neighbours in one request.
 *
 * The index is read anew each time: a shard may have been written again since.
 *
 * @module
 */
import { sizeOf } from "../../core/shape.ts";
import { inLanes } from "../lanes.ts";
import type { KeyStore, StoreOptions } from "../stores/store.ts";
import { chunksInShard, indexBytes, readIndex, type Span } from "./shard.ts";
import type { Storage } from "./storage.ts";

/** A shard in a store. */
export type ShardSource = {
	readonly store: KeyStore;
	readonly key: string;
	readonly storage: Storage;
	/** Coordinates of the shard. */
	readonly unit: readonly number[];
	/** Bytes of an element. */
	readonly width: number;
};

/** Takes the bytes of one chunk, undefined where it is not there; `chunk` counts from the array's first. */
export type TakeChunk = (chunk: readonly number[], bytes: Uint8Array | undefined) => Promise<void>;

/** Chunks decoded at once. */
const AT_ONCE = 4;

/** What lies between two chunks that are wanted is read along with them up to here. */
const GAP_BYTES = 1 << 17;

/** A request is not for more, but for a single chunk. */
const RUN_BYTES = 1 << 24;

/** A shard of which at least half is wanted is read whole up to here. */
const WHOLE_BYTES = 1 << 26;

type Wanted = { readonly chunk: readonly number[]; readonly span: Span };

/**
 * Gives `take` the bytes of each of `chunks` of a shard.
 *
 * @throws RangeError where the index is damaged; what the store and `take` throw
 */
export async function shardChunks(
	source: ShardSource,
	chunks: readonly (readonly number[])[],
	options: StoreOptions,
	take: TakeChunk,
): Promise<void> {
	const grid = chunksInShard(source.storage);
	const whole = isWorthWhole(source, chunks.length, sizeOf(grid)) ? await wholeShard(source, options) : undefined;
	const index = whole === undefined ? await indexOf(source, options) : whole.index;
	const wanted: Wanted[] = [];
	for (const chunk of chunks) {
		const n = chunk.reduce(
			(sum, at, axis) => sum * (grid[axis] ?? 1) + at - (source.unit[axis] ?? 0) * (grid[axis] ?? 1),
			0,
		);
		const span = index?.[n];
		if (span === undefined) await take(chunk, undefined);
		else wanted.push({ chunk, span });
	}
	if (whole?.bytes !== undefined)
		await inLanes(wanted, AT_ONCE, ({ chunk, span }) => take(chunk, cutOut(whole.bytes, span, 0)));
	else await inLanes(runsOf(wanted), AT_ONCE, (run) => readRun(source, run, options, take));
}

function isWorthWhole({ storage, width }: ShardSource, wanted: number, all: number): boolean {
	return wanted * 2 >= all && sizeOf(storage.unit) * width <= WHOLE_BYTES;
}

type Index = readonly (Span | undefined)[];

/** The bytes of the shard and its index; undefined where there is no shard. */
async function wholeShard(
	{ store, key, storage }: ShardSource,
	options: StoreOptions,
): Promise<
	{ readonly bytes: Uint8Array; readonly index: Index } | { readonly bytes: undefined; readonly index: undefined }
> {
	const bytes = await store.get(key, options);
	if (bytes === undefined) return { bytes: undefined, index: undefined };
	const length = requireIndexBytes(storage);
	if (length > bytes.length)
		throw new RangeError(`the shard has ${bytes.length} bytes, fewer than its index of ${length}`);
	const part = storage.index?.atEnd === false ? bytes.subarray(0, length) : bytes.subarray(bytes.length - length);
	return { bytes, index: await readIndex(storage, part, bytes.length) };
}

async function indexOf({ store, key, storage }: ShardSource, options: StoreOptions): Promise<Index | undefined> {
	const length = requireIndexBytes(storage);
	const range = storage.index?.atEnd === false ? { offset: 0, length } : { suffixLength: length };
	const bytes = await store.getRange(key, range, options);
	// how long the shard is stays unknown: what the index tells beyond it fails when it is read
	return bytes === undefined ? undefined : readIndex(storage, bytes, Number.MAX_SAFE_INTEGER);
}

function requireIndexBytes(storage: Storage): number {
	const length = indexBytes(storage);
	if (length === undefined) throw new TypeError("the index of the shard is compressed, which cannot be read");
	return length;
}

/** Chunks that are read together, in the order in which they lie. */
function runsOf(wanted: readonly Wanted[]): Wanted[][] {
	const runs: Wanted[][] = [];
	let start = 0;
	let end = Number.NEGATIVE_INFINITY;
	for (const each of wanted.toSorted((a, b) => a.span.offset - b.span.offset)) {
		const { offset, length } = each.span;
		const run = runs.at(-1);
		if (run !== undefined && offset - end <= GAP_BYTES && offset + length - start <= RUN_BYTES) run.push(each);
		else {
			runs.push([each]);
			start = offset;
			end = offset;
		}
		end = Math.max(end, offset + length);
	}
	return runs;
}

async function readRun(
	source: ShardSource,
	run: readonly Wanted[],
	options: StoreOptions,
	take: TakeChunk,
): Promise<void> {
	const offset = run[0]?.span.offset ?? 0;
	const length = Math.max(...run.map(({ span }) => span.offset + span.length)) - offset;
	if (length > MAX_RANGE) throw new RangeError(`the index of the shard tells of a chunk of ${length} bytes`);
	const bytes = await source.store.getRange(source.key, { offset, length }, options);
	if (bytes === undefined) throw new RangeError("the shard vanished while it was read");
	for (const { chunk, span } of run) await take(chunk, cutOut(bytes, span, offset));
}

/** No chunk is packed in more: it is 1 GiB at most, and its packing adds little. */
const MAX_RANGE = (1 << 30) + (1 << 26);

function cutOut(bytes: Uint8Array, span: Span, offset: number): Uint8Array {
	return bytes.subarray(span.offset - offset, span.offset - offset + span.length);
}
