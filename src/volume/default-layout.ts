/**
 * How a new array of a chunked format is laid out where nothing is asked for: shards differ between formats.
 *
 * @module
 */
import type { DType } from "../core/dtype.ts";
import type { Shape } from "../core/shape.ts";
import { chunkShapeOf, layoutOf } from "./chunking.ts";
import { precomputedLayout } from "./precomputed/layout.ts";
import type { FormatName } from "./volume.ts";

/** Chunks, and shards where the format has them and the chunks are many: a pure function of its arguments. */
export function defaultLayout(
	format: FormatName,
	shape: Shape,
	dtype: DType,
): { readonly chunks: readonly number[]; readonly shards?: readonly number[] } {
	if (format === "n5") return { chunks: chunkShapeOf(shape, dtype) };
	if (format === "precomputed" && shape.length >= 3) return precomputedLayout(shape, dtype);
	return layoutOf(shape, dtype);
}
