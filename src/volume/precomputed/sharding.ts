/**
 * In which shard a chunk of a sharded volume lies, and which shards are boxes that can be written as one.
 *
 * Format: neuroglancer's "sharded" page (neuroglancer_uint64_sharded_v1).
 *
 * @module
 */
import { type Shape, shapeText } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import type { Sharding } from "./info.ts";
import { axesOfBits, boxOfBits } from "./morton.ts";
import { murmurHash } from "./murmur.ts";

type Triple = readonly [number, number, number];

/** Chunks in one minishard at most, 2^9: the index of one is read for each of its chunks. */
const MINISHARD_BITS = 9;

/** Chunks in one shard at most: its index and its chunks are in memory while it is written. */
const MOST_SHARD_BITS = 24;

/** Where a chunk lies. */
export type ShardAddress = { readonly shard: bigint; readonly minishard: number };

/** The shard and minishard of the chunk with this code. */
export function addressOf(code: bigint, sharding: Sharding): ShardAddress {
	const shifted = sharding.preshift_bits >= 64 ? 0n : code >> BigInt(sharding.preshift_bits);
	const hashed = sharding.hash === "identity" ? shifted : murmurHash(shifted);
	const minishards = BigInt(sharding.minishard_bits);
	const minishard = Number(hashed & ((1n << minishards) - 1n));
	return { shard: (hashed >> minishards) & ((1n << BigInt(sharding.shard_bits)) - 1n), minishard };
}

/** The name of a shard's file: hexadecimal, as many digits as the shard bits need. */
export function shardName(shard: bigint, sharding: Sharding): string {
	return `${shard.toString(16).padStart(Math.ceil(sharding.shard_bits / 4), "0")}.shard`;
}

/** Chunks along x, y, z of one shard; undefined where shards are no boxes (a hash, or chunks of one shard apart). */
export function shardBox(sharding: Sharding, grid: Triple): Triple | undefined {
	const axes = axesOfBits(grid);
	const bits = sharding.preshift_bits + sharding.minishard_bits;
	const isWhole = bits + sharding.shard_bits >= axes.length;
	return sharding.hash === "identity" && isWhole && bits <= MOST_SHARD_BITS ? boxOfBits(axes, bits) : undefined;
}

/**
 * Sharding whose shards hold `box` chunks along x, y, z of `grid`.
 *
 * @throws VOLUME where no shard has such a box, naming those near it
 */
export function shardingFor(root: string, grid: Triple, box: Triple, packed: boolean): Sharding {
	const axes = axesOfBits(grid);
	const wanted = box.map((chunks, axis) => Math.min(chunks, wholeAxis(axes, axis)));
	const sizes = Array.from({ length: Math.min(axes.length, MOST_SHARD_BITS) + 1 }, (_, bits) => boxOfBits(axes, bits));
	const bits = sizes.findIndex((size) => size.every((chunks, axis) => chunks === wanted[axis]));
	if (bits < 0) {
		const some = sizes.map((size) => shapeText(size.toReversed())).join(", ");
		const found = shapeText(box.toReversed());
		throw volumeError(
			root,
			`shards of ${found} chunks (z, y, x) are none of precomputed's in this volume; choose one of ${some}`,
		);
	}
	return shardingOf(bits, axes.length, packed);
}

/**
 * Chunks along x, y, z of the smallest shards that make at most `files` files, or that hold `most` chunks; undefined where
 * single chunks are few enough.
 */
export function fewShards(grid: Triple, files: number, most: number): Triple | undefined {
	const axes = axesOfBits(grid);
	let bits = 0;
	const count = (box: Triple) => grid.reduce((n, chunks, axis) => n * Math.ceil(chunks / (box[axis] ?? 1)), 1);
	while (bits < axes.length && count(boxOfBits(axes, bits)) > files && 2 ** (bits + 1) <= most) bits++;
	return bits === 0 ? undefined : boxOfBits(axes, bits);
}

/** Sharding of 2^`bits` chunks a shard, where codes have `total` bits. */
export function shardingOf(bits: number, total: number, packed: boolean): Sharding {
	const preshift = Math.min(bits, MINISHARD_BITS);
	return {
		"@type": "neuroglancer_uint64_sharded_v1",
		preshift_bits: preshift,
		hash: "identity",
		minishard_bits: bits - preshift,
		shard_bits: Math.max(0, total - bits),
		minishard_index_encoding: "gzip",
		data_encoding: packed ? "gzip" : "raw",
	};
}

/** Extents in voxels of shards of `box` chunks (x, y, z), axes as in `chunks`. */
export function shardExtents(chunks: Shape, box: Triple): number[] {
	const zyx = box.toReversed();
	const first = chunks.length - 3;
	return chunks.map((extent, axis) => (axis < first ? extent : extent * (zyx[axis - first] ?? 1)));
}

function wholeAxis(axes: readonly number[], axis: number): number {
	return 2 ** axes.filter((each) => each === axis).length;
}
