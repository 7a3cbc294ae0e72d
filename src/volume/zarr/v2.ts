/**
 * Metadata of Zarr version 2 arrays (`.zarray`).
 *
 * @module
 */
import { z } from "zod";
import type { DType } from "../../core/dtype.ts";
import { volumeError } from "../fault.ts";
import { fillDigits, fillValue } from "./fill.ts";
import { checkChunks, parse } from "./grid.ts";
import type { ArrayNode, Attributes, Document } from "./node.ts";

const codec = z.looseObject({ id: z.string() });
const schema = z.object({
	zarr_format: z.literal(2),
	shape: z.array(z.int().nonnegative()),
	chunks: z.array(z.int().positive()),
	dtype: z.unknown(),
	compressor: codec.nullish().transform((value) => value ?? null),
	fill_value: z.unknown(),
	order: z.enum(["C", "F"]),
	filters: z
		.array(codec)
		.nullish()
		.transform((value) => value ?? null),
	dimension_separator: z.enum([".", "/"]).optional(),
});

const READABLE_CODECS = ["blosc", "zstd", "gzip", "zlib", "lz4", "shuffle", "delta"];

const TYPES: Readonly<Record<string, DType>> = {
	b1: "uint8",
	u1: "uint8",
	i1: "int8",
	u2: "uint16",
	i2: "int16",
	u4: "uint32",
	i4: "int32",
	u8: "uint64",
	i8: "int64",
	f2: "float16",
	f4: "float32",
	f8: "float64",
};

/** How an element type is stored for which zarrita has no array: as the bits. */
const STORED_AS: Readonly<Record<string, string>> = { f2: "u2", b1: "u1" };

/** @throws VOLUME where the document is not valid, or asks for what cannot be read here */
export function parseArrayV2(where: string, { text, json }: Document, attributes: Attributes): ArrayNode {
	const meta = parse(schema, where, ".zarray", json);
	const [, order = "", name = ""] = /^([<>|])([a-z]\d)$/.exec(String(meta.dtype)) ?? [];
	const dtype = TYPES[name];
	if (dtype === undefined) throw volumeError(where, `holds ${JSON.stringify(meta.dtype)}, not plain numbers`);
	const foreign = [meta.compressor, ...(meta.filters ?? [])].find((c) => c && !READABLE_CODECS.includes(c.id));
	if (foreign) {
		const message = `is encoded with "${foreign.id}", which cannot be read; ${READABLE_CODECS.join(", ")} can`;
		throw volumeError(where, `${message}. Rewrite it with zarr-python, compressed with one of these`);
	}
	const fill = fillValue(meta.fill_value, dtype, fillDigits(text));
	if (fill === undefined) throw volumeError(where, `the fill_value ${JSON.stringify(meta.fill_value)} is no ${dtype}`);
	checkChunks(where, meta.shape, meta.chunks, dtype);
	const { _ARRAY_DIMENSIONS: names } = attributes;
	return {
		kind: "array",
		shape: meta.shape,
		dtype,
		chunks: meta.chunks,
		...(Array.isArray(names) ? { axisNames: names } : {}),
		attributes,
		document: {
			key: "/.zarray",
			text: JSON.stringify({ ...meta, dtype: `${order}${STORED_AS[name] ?? name}`, fill_value: fill }),
		},
	};
}
