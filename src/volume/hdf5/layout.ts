/**
 * How new HDF5 data sets are laid out: extents of the chunks and what they are packed with.
 *
 * A pure function of what is asked. Chunks are cut so that one row of them, which a writer of thin slabs has to hold until
 * it is whole, stays within `ROW_BYTES`: the wider the planes, the flatter the chunks.
 *
 * @module
 */
import { DTYPES, type DType } from "../../core/dtype.ts";
import { type Shape, shapeText, sizeOf } from "../../core/shape.ts";
import { chunkShapeOf } from "../chunking.ts";
import { volumeError } from "../fault.ts";
import type { VolumeSpec } from "../volume.ts";
import { type Packing, packingOf, WRITABLE } from "./filters.ts";

/** Most that a row of chunks may hold. */
export const ROW_BYTES = 128 << 20;

/** Largest chunk that is written: it passes through the library's memory whole, packed and unpacked. */
const CHUNK_BYTES = 256 << 20;

/** Chunk extents of the data set that `spec` asks for. */
export function hdf5Chunks({ shape, dtype, layout }: Pick<VolumeSpec, "shape" | "dtype" | "layout">): number[] {
	const chunks = layout?.chunks ?? flatEnough(shape, dtype);
	return chunks.map((extent, axis) => Math.min(extent, shape[axis] ?? 1));
}

/** What chunks are packed with; gzip where nothing is asked. */
export function hdf5Packing({ layout }: Pick<VolumeSpec, "layout">): Packing {
	return packingOf(layout?.compression ?? "gzip");
}

/** @throws VOLUME where HDF5 cannot be laid out as `spec` asks */
export function checkLayout(path: string, { shape, dtype, layout }: VolumeSpec): void {
	const { chunks, shards, compression } = layout ?? {};
	if (shards !== undefined) throw volumeError(path, "HDF5 has no shards; leave them out, or write Zarr");
	if (compression !== undefined && !WRITABLE.includes(compression)) {
		throw volumeError(
			path,
			`HDF5 is written with ${WRITABLE.join(", ")}, not with ${compression}; choose one of these`,
		);
	}
	if (chunks === undefined) return;
	if (chunks.length !== shape.length || !chunks.every((extent) => Number.isSafeInteger(extent) && extent > 0)) {
		const wanted = `expected ${shape.length} chunk extents of at least one voxel for the shape ${shapeText(shape)}`;
		throw volumeError(path, `${wanted}, found ${shapeText(chunks)}`);
	}
	const bytes = sizeOf(hdf5Chunks({ shape, dtype, layout: { chunks } })) * DTYPES[dtype].bytes;
	if (bytes > CHUNK_BYTES) {
		const found = `${shapeText(chunks)} of ${dtype} (${bytes >> 20} MiB)`;
		throw volumeError(path, `expected chunks of at most ${CHUNK_BYTES >> 20} MiB, found ${found}; choose smaller ones`);
	}
}

/** The usual chunks, made flatter along the third axis from the end and wider along the last two until a row of them fits. */
function flatEnough(shape: Shape, dtype: DType): number[] {
	const chunk = chunkShapeOf(shape, dtype);
	const [depthAxis, y, x] = [shape.length - 3, shape.length - 2, shape.length - 1];
	const leading = sizeOf(shape.slice(0, Math.max(0, depthAxis)));
	const plane = leading * sizeOf(shape.slice(Math.max(0, y))) * DTYPES[dtype].bytes;
	while (depthAxis >= 0 && (chunk[depthAxis] ?? 1) > 1 && plane * (chunk[depthAxis] ?? 1) > ROW_BYTES) {
		chunk[depthAxis] = Math.ceil((chunk[depthAxis] ?? 1) / 2);
		const wider = (chunk[y] ?? 1) < (chunk[x] ?? 1) ? y : x;
		chunk[wider] = (chunk[wider] ?? 1) * 2;
	}
	return chunk;
}
