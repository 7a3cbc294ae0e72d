/**
 * Checks that metadata of both versions share.
 *
 * @module
 */
import type { z } from "zod";
import { DTYPES, type DType } from "../../core/dtype.ts";
import { type Shape, shapeText, sizeOf } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";

/** A chunk is held whole in memory, several at once. */
const MAX_CHUNK_BYTES = 1 << 30;

/** `value` as `schema` has it. @throws VOLUME naming the document and what is wrong in it */
export function parse<S extends z.ZodType>(schema: S, where: string, document: string, value: unknown): z.output<S> {
	const result = schema.safeParse(value);
	if (result.success) return result.data;
	const issue = result.error.issues[0];
	const at = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
	throw volumeError(where, `${document} is not valid${at}: ${issue?.message ?? "unknown"}`);
}

/** @throws VOLUME where `chunks` cannot be the chunks of `shape`, or the array holds no voxel */
export function checkChunks(where: string, shape: Shape, chunks: Shape, dtype: DType): void {
	if (shape.length === 0) throw volumeError(where, "holds a single value, not an array");
	if (shape.includes(0)) throw volumeError(where, `is empty (shape ${shapeText(shape)})`);
	if (chunks.length !== shape.length) {
		throw volumeError(where, `its chunks ${shapeText(chunks)} do not fit its shape ${shapeText(shape)}`);
	}
	if (sizeOf(chunks) * DTYPES[dtype].bytes > MAX_CHUNK_BYTES) {
		throw volumeError(where, `its chunks of ${shapeText(chunks)} are over 1 GiB each; rewrite it with smaller ones`);
	}
}
