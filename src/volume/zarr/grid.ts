/**
 * Checks that metadata of both versions share.
 *
 * @module
 */
import type { z } from "zod";
import { DTYPES, type DType } from "../../core/dtype.ts";
import { type Shape, shapeText, sizeOf } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import { canUnpack, UNPACKED } from "./pack.ts";
import type { Packing } from "./storage.ts";

/** A chunk is held whole in memory, several at once. */
const MAX_CHUNK_BYTES = 1 << 30;

/** Chunks of a shard: their index is held in memory. */
const MAX_SHARD_CHUNKS = 1 << 22;

/** `value` as `schema` has it. @throws VOLUME naming the document and what is wrong in it */
export function parse<S extends z.ZodType>(schema: S, where: string, document: string, value: unknown): z.output<S> {
	const result = schema.safeParse(value);
	if (result.success) return result.data;
	const issue = result.error.issues[0];
	const at = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
	throw volumeError(where, `${document} is not valid${at}: ${issue?.message ?? "unknown"}`);
}

/** @throws VOLUME where `unit` (a shard or chunk) and the `chunks` in it cannot be those of `shape`, or there is no voxel */
export function checkChunks(where: string, shape: Shape, unit: Shape, dtype: DType, chunks: Shape = unit): void {
	if (shape.length === 0) throw volumeError(where, "holds a single value, not an array");
	if (shape.includes(0)) throw volumeError(where, `is empty (shape ${shapeText(shape)})`);
	if (unit.length !== shape.length) {
		throw volumeError(where, `its chunks ${shapeText(unit)} do not fit its shape ${shapeText(shape)}`);
	}
	if (sizeOf(chunks) * DTYPES[dtype].bytes > MAX_CHUNK_BYTES) {
		throw volumeError(where, `its chunks of ${shapeText(chunks)} are over 1 GiB each; rewrite it with smaller ones`);
	}
	if (sizeOf(unit) / sizeOf(chunks) > MAX_SHARD_CHUNKS) {
		throw volumeError(where, `its shards of ${shapeText(unit)} hold over ${MAX_SHARD_CHUNKS} chunks each`);
	}
}

/** @throws VOLUME naming the first that cannot be undone */
export function checkPackings(where: string, packings: readonly Packing[]): void {
	const foreign = packings.find(({ id }) => !canUnpack(id));
	if (foreign === undefined) return;
	const message = `is encoded with "${foreign.id}", which cannot be read; ${UNPACKED.join(", ")} can`;
	throw volumeError(where, `${message}. Rewrite it with zarr-python, compressed with one of these`);
}
