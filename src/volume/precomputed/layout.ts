/**
 * The `info` of a new volume: a pure function of what is asked for, so that all who write it agree.
 *
 * @module
 */
import { DTYPES, type DType } from "../../core/dtype.ts";
import { type Shape, sameShape, shapeText, sizeOf } from "../../core/shape.ts";
import { gridOf } from "../chunked/chunk-grid.ts";
import { chunkShapeOf } from "../chunking.ts";
import { volumeError } from "../fault.ts";
import type { Compression, Layout, VolumeSpec } from "../volume.ts";
import { type InfoDocument, MULTISCALE_TYPE, type ScaleDocument, type Sharding, toXyz } from "./info.ts";
import { fewShards, shardExtents, shardingFor } from "./sharding.ts";

/** Chunks hold all channels: they are made smaller until they have at most so many bytes. */
const CHUNK_BYTES = 1 << 22;

/** More files than so many are a burden for file systems and for everything that lists or copies them. */
const MOST_FILES = 10_000;

/** A shard is written by one process at once, from memory. */
const SHARD_BYTES = 1 << 26;

/** Extents of the blocks of compressed_segmentation, as all writers choose them. */
const BLOCK = 8;

/** Nanometers in the units that may be named. */
const NANOMETERS: Readonly<Record<string, number>> = {
	angstrom: 0.1,
	nanometer: 1,
	nm: 1,
	micrometer: 1e3,
	um: 1e3,
	µm: 1e3,
	micron: 1e3,
	millimeter: 1e6,
	mm: 1e6,
};

/** The document of a volume of one scale. @throws VOLUME where the layout cannot be had */
export function infoFor(root: string, spec: VolumeSpec): InfoDocument {
	const layout = spec.layout ?? {};
	const encoding = encodingOf(root, spec, layout);
	const chunks = chunksOf(root, spec, layout);
	const size = toXyz(spec.shape);
	const resolution = resolutionOf(spec);
	const sharding = shardingOf(root, spec, layout, chunks);
	const scale: ScaleDocument = {
		key: spec.dataset ?? resolution.join("_"),
		size,
		voxel_offset: [0, 0, 0],
		resolution,
		chunk_sizes: [toXyz(chunks)],
		encoding,
		...(encoding === "raw" ? {} : { compressed_segmentation_block_size: [BLOCK, BLOCK, BLOCK] }),
		...(sharding === undefined ? {} : { sharding }),
	};
	checkKey(root, scale.key);
	return {
		"@type": MULTISCALE_TYPE,
		type: isSegmentation(spec) ? "segmentation" : "image",
		data_type: spec.dtype,
		num_channels: channelsOf(spec),
		scales: [scale],
	};
}

/** Channels of the axes c, z, y, x; 1 without c. */
export function channelsOf({ shape }: VolumeSpec): number {
	return shape.length === 4 ? (shape[0] ?? 1) : 1;
}

function encodingOf(root: string, { dtype }: VolumeSpec, { compression, shards }: Layout): string {
	if (compression === "compressed_segmentation") {
		if (dtype === "uint32" || dtype === "uint64") return compression;
		throw volumeError(root, `compressed_segmentation holds uint32 and uint64, found ${dtype}; convert the type first`);
	}
	if (compression === "gzip" && shards === undefined) {
		const message = "single chunks packed by gzip are read as zeros by some programs; give layout.shards too";
		throw volumeError(root, `${message}, or choose the compression none`);
	}
	const known: readonly (Compression | undefined)[] = [undefined, "none", "gzip"];
	if (known.includes(compression)) return "raw";
	const all = "none, compressed_segmentation, or gzip in shards";
	throw volumeError(root, `precomputed has no compression "${compression}"; choose ${all}`);
}

/** All channels lie in one chunk, whatever was asked for along c. */
function chunksOf(root: string, spec: VolumeSpec, { chunks }: Layout): number[] {
	const { shape, dtype } = spec;
	const space = shape.slice(-3);
	const channels = shape.slice(0, -3);
	if (chunks !== undefined) return [...channels, ...spatial(root, "chunks", shape, chunks)];
	const chosen = chunkShapeOf(space, dtype);
	const bytes = channelsOf(spec) * DTYPES[dtype].bytes;
	for (let axis = 0; sizeOf(chosen) * bytes > CHUNK_BYTES && sizeOf(chosen) > 1; axis = (axis + 1) % 3) {
		chosen[axis] = Math.max(1, Math.ceil((chosen[axis] ?? 1) / 2));
	}
	return [...channels, ...chosen];
}

function spatial(root: string, what: string, shape: Shape, extents: Shape): number[] {
	const isFine =
		extents.length === shape.length && extents.every((extent) => Number.isSafeInteger(extent) && extent > 0);
	if (isFine) return extents.slice(-3);
	throw volumeError(root, `the ${what} ${shapeText(extents)} do not fit the shape ${shapeText(shape)}`);
}

function shardingOf(root: string, spec: VolumeSpec, layout: Layout, chunks: Shape): Sharding | undefined {
	const { shape } = spec;
	const chosen = layout.chunks === undefined ? shardsFor(spec, chunks) : undefined;
	const extents = layout.shards ?? chosen;
	if (extents === undefined) return undefined;
	const shards = toXyz(spatial(root, "shards", shape, extents));
	const chunk = toXyz(chunks);
	if (
		!sameShape(
			shards.map((extent, axis) => extent % (chunk[axis] ?? 1)),
			[0, 0, 0],
		)
	) {
		const found = `${shapeText(extents)}, chunks ${shapeText(chunks)}`;
		throw volumeError(root, `expected shards of whole chunks, found shards ${found}`);
	}
	const [x, y, z] = chunk;
	return shardingFor(
		root,
		gridXyz(shape, chunks),
		[shards[0] / x, shards[1] / y, shards[2] / z],
		layout.compression !== "none",
	);
}

/** Shards of a volume whose single chunks would be too many files. */
function shardsFor({ shape, dtype }: Pick<VolumeSpec, "shape" | "dtype">, chunks: Shape): number[] | undefined {
	const most = SHARD_BYTES / (sizeOf(chunks) * DTYPES[dtype].bytes);
	const box = fewShards(gridXyz(shape, chunks), MOST_FILES, most);
	return box && shardExtents(chunks, box);
}

function gridXyz(shape: Shape, chunks: Shape): [number, number, number] {
	return toXyz(gridOf(shape, chunks));
}

/**
 * Chunks and shards of a new volume of `shape` (z, y, x, or with channels before), where nothing else is asked for: no
 * shards while the chunks are ten thousand at most.
 */
export function precomputedLayout(
	shape: Shape,
	dtype: DType,
): { readonly chunks: readonly number[]; readonly shards?: readonly number[] } {
	const chunks = chunksOf("", { shape, dtype, axes: "" }, {});
	const shards = shardsFor({ shape, dtype }, chunks);
	return shards === undefined ? { chunks } : { chunks, shards };
}

/** x, y, z in nanometers, which a size without a unit counts as; 1 where nothing is known. */
function resolutionOf({ spacing, unit = "nanometer" }: VolumeSpec): [number, number, number] {
	const factor = NANOMETERS[unit.toLowerCase()] ?? 1;
	return toXyz((spacing ?? [1, 1, 1]).map((size) => Number((size * factor).toPrecision(12))));
}

/** Labels, where the writer says so by the attribute `kind`, or where the type or packing is for nothing else. */
function isSegmentation({ dtype, layout, attributes }: VolumeSpec): boolean {
	const kind = attributes?.["kind"];
	if (kind !== undefined) return kind === "labels" || kind === "segmentation";
	return layout?.compression === "compressed_segmentation" || DTYPES[dtype].bytes === 8 || dtype === "uint32";
}

function checkKey(root: string, key: string): void {
	const parts = key.split("/");
	if (parts.every((part) => /^[^\\\0]+$/.test(part) && !part.startsWith("."))) return;
	throw volumeError(root, `"${key}" is no name for a scale; expected one like "8_8_40"`);
}
