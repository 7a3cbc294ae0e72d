/**
 * How the voxels of an array are kept: what one key holds, and how it is packed. Plain data, the same for both versions.
 *
 * @module
 */
import type { Shape } from "../../core/shape.ts";

/** One step of packing bytes, by its name in version 3 ("gzip", "blosc") and its settings. */
export type Packing = { readonly id: string; readonly config: Readonly<Record<string, unknown>> };

/** From the voxels of a chunk to bytes. */
export type Coding = {
	/** The axis of the array that is stored as the n-th, the slowest first; undefined where they are stored as they are. */
	readonly order?: readonly number[];
	readonly bigEndian: boolean;
	/** In the order in which they are done when a chunk is written. */
	readonly packings: readonly Packing[];
};

/** How an array is kept. */
export type Storage = {
	readonly zarrFormat: 2 | 3;
	/** What one key holds: the shard where there are shards, else the chunk. */
	readonly unit: Shape;
	/** What is decoded at once. */
	readonly chunks: Shape;
	readonly coding: Coding;
	/** How the index of a shard is kept; undefined where there are no shards. */
	readonly index?: { readonly coding: Coding; readonly atEnd: boolean };
	/** What a key begins with and what stands between its numbers. */
	readonly keys: { readonly prefix: string; readonly separator: "/" | "." };
};

/** The key of the unit at `coordinates`, below the array. */
export function unitKey({ keys, zarrFormat }: Storage, coordinates: readonly number[]): string {
	const numbers = coordinates.join(keys.separator);
	if (keys.prefix !== "") return numbers === "" ? keys.prefix : `${keys.prefix}${keys.separator}${numbers}`;
	return numbers === "" && zarrFormat === 2 ? "0" : numbers;
}

/** The packing in words: "none", "gzip", "blosc (zstd)". */
export function packingText({ packings }: Coding): string {
	const shown = packings.filter(({ id }) => id !== "crc32c").map(({ id, config }) => packerText(id, config));
	return shown.length === 0 ? "none" : shown.join(", ");
}

function packerText(id: string, config: Packing["config"]): string {
	const name = id.replace(/^numcodecs\./, "");
	return name === "blosc" && typeof config["cname"] === "string" ? `blosc (${config["cname"]})` : name;
}
