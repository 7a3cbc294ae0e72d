/**
 * The `info` document of a Neuroglancer precomputed volume: checked when read, made when written.
 *
 * Here alone extents are in x, y, z, as the document has them; `toZyx` and `toXyz` turn them.
 * Format: neuroglancer's "precomputed" volume specification.
 *
 * @module
 */
import { z } from "zod";
import { DTYPES, type DType, isDType } from "../../core/dtype.ts";
import { errorText, NnvolError } from "../../core/errors.ts";
import { shapeText, sizeOf } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import type { KeyStore, StoreOptions } from "../stores/store.ts";

/** Name of the document in the volume's folder. */
export const INFO = "info";

/** What `@type` says where it is there. */
export const MULTISCALE_TYPE = "neuroglancer_multiscale_volume";

/** Encodings that are read, and those known by name only. */
const READABLE = ["raw", "compressed_segmentation", "jpeg", "png"] as const;
export type Encoding = (typeof READABLE)[number];

/** A chunk is held whole in memory, several at once. */
const MAX_CHUNK_BYTES = 1 << 30;

/** A block's bits are counted in 32 bits, and its table is made for as many labels as it has voxels. */
const MAX_BLOCK_VOXELS = 1 << 24;

const SHARDING_TYPE = "neuroglancer_uint64_sharded_v1";

const extent = z.int().positive();
const triple = z.tuple([extent, extent, extent]);
const bits = z.int().min(0).max(64);
const shardingSchema = z.looseObject({
	"@type": z.literal(SHARDING_TYPE),
	preshift_bits: bits,
	hash: z.enum(["identity", "murmurhash3_x86_128"]),
	minishard_bits: z.int().min(0).max(32),
	shard_bits: bits,
	minishard_index_encoding: z.enum(["raw", "gzip"]).default("raw"),
	data_encoding: z.enum(["raw", "gzip"]).default("raw"),
});
const scaleSchema = z.looseObject({
	key: z.string().min(1),
	size: triple,
	voxel_offset: z.tuple([z.int(), z.int(), z.int()]).default([0, 0, 0]),
	resolution: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
	chunk_sizes: z.array(triple).min(1),
	encoding: z.string(),
	compressed_segmentation_block_size: triple.optional(),
	sharding: shardingSchema.nullish(),
});
const schema = z.looseObject({
	"@type": z.literal(MULTISCALE_TYPE).optional(),
	type: z.string().optional(),
	data_type: z.string(),
	num_channels: z.int().positive().max(65_536),
	scales: z.array(scaleSchema).min(1).max(1_000),
});

/** The document as JSON, with all that this module does not know kept. */
export type InfoDocument = z.output<typeof schema>;

/** One scale as JSON. */
export type ScaleDocument = z.output<typeof scaleSchema>;

/** How chunks of a scale are packed into shards. */
export type Sharding = z.output<typeof shardingSchema>;

/** The document in `store`; undefined where there is none. @throws VOLUME where it is not valid */
export async function readInfo(store: KeyStore, options: StoreOptions = {}): Promise<InfoDocument | undefined> {
	const bytes = await store.get(INFO, options);
	return bytes === undefined ? undefined : parseInfo(store.root, bytes);
}

/** @throws VOLUME naming what is wrong in the document */
export function parseInfo(root: string, bytes: Uint8Array): InfoDocument {
	const result = schema.safeParse(jsonOf(root, bytes));
	if (!result.success) {
		const [issue] = result.error.issues;
		const at = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
		throw volumeError(root, `its info is no description of a volume${at}: ${issue?.message ?? "unknown"}`);
	}
	dtypeOf(root, result.data);
	const keys = new Set(result.data.scales.map(({ key }) => key));
	if (keys.size < result.data.scales.length) throw volumeError(root, "its info names two scales by one key");
	return result.data;
}

function jsonOf(root: string, bytes: Uint8Array): unknown {
	try {
		return JSON.parse(new TextDecoder().decode(bytes));
	} catch (cause) {
		const found = bytes.length === 0 ? "it is empty" : errorText(cause);
		throw volumeError(root, `its info is not JSON (${found}); copy it again`, cause);
	}
}

/** The bytes of the document. */
export function infoBytes(document: InfoDocument): Uint8Array {
	return new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
}

/** The element type of all scales. @throws VOLUME for one that is no plain number */
export function dtypeOf(root: string, { data_type: name }: InfoDocument): DType {
	const lower = name.toLowerCase();
	if (isDType(lower) && lower !== "float16") return lower;
	throw volumeError(root, `holds ${JSON.stringify(name)}, expected integers of 8 to 64 bits, float32 or float64`);
}

/** The scale `wanted`, or the first where none is. @throws VOLUME listing those there are */
export function scaleOf(root: string, document: InfoDocument, wanted: string | undefined): ScaleDocument {
	const [first] = document.scales;
	const found = wanted === undefined || wanted === "" ? first : document.scales.find(({ key }) => key === wanted);
	if (found !== undefined) return found;
	const there = document.scales.map(({ key }) => `"${key}"`).join(", ");
	throw volumeError(root, `there is no scale "${wanted}"; found ${there}`);
}

/** @throws UNBUILT for an encoding that cannot be read, VOLUME for one that does not fit, or chunks that are too large */
export function checkScale(root: string, document: InfoDocument, scale: ScaleDocument): Encoding {
	const dtype = dtypeOf(root, document);
	const encoding = READABLE.find((name) => name === scale.encoding);
	const where = `${root}: "${scale.key}"`;
	if (encoding === undefined) {
		const readable = READABLE.join(", ");
		const message = `${where}: reading the encoding "${scale.encoding}" is not built; ${readable} can be read`;
		throw new NnvolError("UNBUILT", message, { fields: { path: root } });
	}
	const fits =
		encoding === "compressed_segmentation"
			? dtype === "uint32" || dtype === "uint64"
			: encoding === "jpeg"
				? dtype === "uint8"
				: encoding !== "png" || dtype === "uint8" || dtype === "uint16";
	if (!fits) throw volumeError(where, `its encoding ${encoding} does not fit its type ${dtype}`);
	if (encoding === "compressed_segmentation" && scale.compressed_segmentation_block_size === undefined) {
		throw volumeError(where, "its info lacks compressed_segmentation_block_size");
	}
	const block = scale.compressed_segmentation_block_size ?? [1, 1, 1];
	if (sizeOf(block) > MAX_BLOCK_VOXELS) {
		throw volumeError(where, `its blocks of ${shapeText(block)} (x, y, z) are over 16 million voxels each; rewrite it`);
	}
	const chunk = chunkOf(scale);
	const bytes = sizeOf(chunk) * document.num_channels * DTYPES[dtype].bytes;
	if (bytes > MAX_CHUNK_BYTES) {
		throw volumeError(where, `its chunks of ${shapeText(chunk)} (x, y, z) are over 1 GiB each; rewrite it`);
	}
	return encoding;
}

/** The chunk extents of a scale, x, y, z: the first where there are several to choose from. */
export function chunkOf({ chunk_sizes: [first] }: ScaleDocument): readonly [number, number, number] {
	return first ?? [1, 1, 1];
}

/** x, y, z as z, y, x. */
export function toZyx([x, y, z]: readonly [number, number, number]): [number, number, number] {
	return [z, y, x];
}

/** The last three of `values`, axes ending in z, y, x, as x, y, z. */
export function toXyz(values: readonly number[]): [number, number, number] {
	const [x = 1, y = 1, z = 1] = values.toReversed();
	return [x, y, z];
}
