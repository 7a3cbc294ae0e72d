/**
 * Putting the chunks of one shard together to its file.
 *
 * The file is a pure function of its chunks: chunks by minishard, then by number, then the indices.
 *
 * @module
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Sharding } from "./info.ts";
import { addressOf } from "./sharding.ts";

/** A chunk's number and its bytes, packed. */
export type ShardChunk = { readonly code: bigint; readonly bytes: Uint8Array };

const deflate = promisify(gzip);

/** The bytes of the shard that holds `chunks`, all of one shard. */
export async function shardBytes(chunks: readonly ShardChunk[], sharding: Sharding): Promise<Uint8Array> {
	const minishards = grouped(chunks, sharding);
	const heads = new BigUint64Array(2 ** (sharding.minishard_bits + 1));
	const parts: Uint8Array[] = [];
	let end = 0;
	const indices: { readonly minishard: number; readonly bytes: Uint8Array }[] = [];
	for (const [minishard, members] of [...minishards].sort(([a], [b]) => a - b)) {
		members.sort((a, b) => (a.code < b.code ? -1 : 1));
		indices.push({ minishard, bytes: await packIndex(indexOf(members, end), sharding) });
		for (const { bytes } of members) {
			parts.push(bytes);
			end += bytes.length;
		}
	}
	for (const { minishard, bytes } of indices) {
		parts.push(bytes);
		heads[2 * minishard] = BigInt(end);
		end += bytes.length;
		heads[2 * minishard + 1] = BigInt(end);
	}
	return Buffer.concat([new Uint8Array(heads.buffer), ...parts]);
}

function grouped(chunks: readonly ShardChunk[], sharding: Sharding): Map<number, ShardChunk[]> {
	const groups = new Map<number, ShardChunk[]>();
	for (const chunk of chunks) {
		const { minishard } = addressOf(chunk.code, sharding);
		const members = groups.get(minishard);
		if (members === undefined) groups.set(minishard, [chunk]);
		else members.push(chunk);
	}
	return groups;
}

/** Numbers, places and sizes of chunks that lie one behind the other from `start` on, as differences. */
function indexOf(members: readonly ShardChunk[], start: number): Uint8Array {
	const index = new BigUint64Array(3 * members.length);
	let before = 0n;
	for (const [i, { code, bytes }] of members.entries()) {
		index[i] = code - before;
		index[members.length + i] = i === 0 ? BigInt(start) : 0n;
		index[2 * members.length + i] = BigInt(bytes.length);
		before = code;
	}
	return new Uint8Array(index.buffer);
}

async function packIndex(index: Uint8Array, sharding: Sharding): Promise<Uint8Array> {
	return sharding.minishard_index_encoding === "gzip" ? deflate(index) : index;
}
