/**
 * Metadata of Zarr version 3 arrays (`zarr.json`).
 *
 * @module
 */
import { z } from "zod";
import { isDType } from "../../core/dtype.ts";
import { volumeError } from "../fault.ts";
import { fillDigits, fillValue } from "./fill.ts";
import { checkChunks, parse } from "./grid.ts";
import type { ArrayNode, Attributes, Document } from "./node.ts";

const extents = z.array(z.int().positive());
const codec = z.object({ name: z.string(), configuration: z.record(z.string(), z.unknown()).optional() });
const named = z.union([codec, z.string().transform((name) => ({ name, configuration: undefined }))]);
const sharding = z.object({ chunk_shape: extents, codecs: z.array(named), index_codecs: z.array(named) });
const schema = z.object({
	zarr_format: z.literal(3),
	shape: z.array(z.int().nonnegative()),
	data_type: z.unknown(),
	chunk_grid: z.object({ name: z.string(), configuration: z.looseObject({ chunk_shape: z.unknown().optional() }) }),
	chunk_key_encoding: z.object({ name: z.enum(["default", "v2"]), configuration: z.unknown().optional() }),
	fill_value: z.unknown(),
	codecs: z.array(named),
	dimension_names: z.array(z.unknown()).nullish(),
	storage_transformers: z.array(z.unknown()).optional(),
});

const READABLE_CODECS = ["bytes", "transpose", "gzip", "zstd", "blosc", "lz4", "zlib", "crc32c", "sharding_indexed"];
const NUMCODECS = ["blosc", "lz4", "zstd", "gzip", "zlib", "shuffle", "delta"].map((name) => `numcodecs.${name}`);

/** How an element type is stored for which zarrita has no array: as the bits. */
const STORED_AS: Readonly<Record<string, string>> = { float16: "uint16", bool: "uint8" };

/** @throws VOLUME where the document is not valid, or asks for what cannot be read here */
export function parseArrayV3(where: string, { text, json }: Document, attributes: Attributes): ArrayNode {
	const meta = parse(schema, where, "zarr.json", json);
	const name = typeof meta.data_type === "string" ? meta.data_type : "";
	const dtype = name === "bool" ? "uint8" : name;
	if (!isDType(dtype)) throw volumeError(where, `holds ${JSON.stringify(meta.data_type)}, not plain numbers`);
	if (meta.chunk_grid.name !== "regular" || (meta.storage_transformers?.length ?? 0) > 0) {
		throw volumeError(where, `has the chunk grid "${meta.chunk_grid.name}"; only regular grids can be read`);
	}
	const outer = parse(extents, where, "the chunk_shape of zarr.json", meta.chunk_grid.configuration.chunk_shape);
	const chunks = innerChunks(where, meta.codecs, outer);
	const fill = fillValue(meta.fill_value, dtype, fillDigits(text));
	if (fill === undefined) throw volumeError(where, `the fill_value ${JSON.stringify(meta.fill_value)} is no ${name}`);
	checkChunks(where, meta.shape, outer, dtype);
	const document = {
		...meta,
		node_type: "array",
		data_type: STORED_AS[name] ?? name,
		fill_value: fill,
		attributes: {},
	};
	return {
		kind: "array",
		shape: meta.shape,
		dtype,
		chunks,
		...(meta.dimension_names ? { axisNames: meta.dimension_names } : {}),
		attributes,
		document: { key: "/zarr.json", text: JSON.stringify(document) },
	};
}

type Codec = z.output<typeof named>;

/** The chunk that is decoded at once: the shard's inner one where the array is sharded. */
function innerChunks(where: string, codecs: readonly Codec[], outer: readonly number[]): readonly number[] {
	checkCodecs(where, codecs);
	const shard = codecs.find(({ name }) => name === "sharding_indexed");
	if (shard === undefined) return outer;
	const config = parse(sharding, where, "the sharding_indexed codec of zarr.json", shard.configuration);
	if (config.codecs.some(({ name }) => name === "sharding_indexed")) {
		throw volumeError(where, "has shards within shards, which cannot be read; rewrite it with one level");
	}
	checkCodecs(where, [...config.codecs, ...config.index_codecs]);
	const inner = config.chunk_shape;
	if (inner.length !== outer.length || !inner.every((extent, axis) => (outer[axis] ?? 0) % extent === 0)) {
		throw volumeError(where, `its shards of ${outer.join("x")} do not divide into chunks of ${inner.join("x")}`);
	}
	return inner;
}

function checkCodecs(where: string, codecs: readonly Codec[]): void {
	const readable = [...READABLE_CODECS, ...NUMCODECS];
	const foreign = codecs.find(({ name }) => !readable.includes(name));
	if (foreign === undefined) return;
	const message = `is encoded with "${foreign.name}", which cannot be read; ${READABLE_CODECS.join(", ")} can`;
	throw volumeError(where, `${message}. Rewrite it with zarr-python, compressed with one of these`);
}
