/**
 * Metadata of Zarr version 2 arrays (`.zarray`).
 *
 * @module
 */
import { z } from "zod";
import type { DType } from "../../core/dtype.ts";
import { volumeError } from "../fault.ts";
import { fillDigits, fillValue } from "./fill.ts";
import { checkChunks, checkPackings, parse } from "./grid.ts";
import type { ArrayNode, Attributes, Document } from "./node.ts";

const codec = z.looseObject({ id: z.string() });
const schema = z.object({
	zarr_format: z.literal(2),
	shape: z.array(z.int().nonnegative()),
	chunks: z.array(z.int().positive()),
	dtype: z.unknown(),
	compressor: codec.nullish(),
	fill_value: z.unknown(),
	order: z.enum(["C", "F"]),
	filters: z.array(codec).nullish(),
	dimension_separator: z.enum([".", "/"]).optional(),
});

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

/** @throws VOLUME where the document is not valid, or asks for what cannot be read here */
export function parseArrayV2(where: string, { text, json }: Document, attributes: Attributes): ArrayNode {
	const meta = parse(schema, where, ".zarray", json);
	const [, endian = "", name = ""] = /^([<>|])([a-z]\d)$/.exec(String(meta.dtype)) ?? [];
	const dtype = TYPES[name];
	if (dtype === undefined) throw volumeError(where, `holds ${JSON.stringify(meta.dtype)}, not plain numbers`);
	const steps = [...(meta.filters ?? []), ...(meta.compressor ? [meta.compressor] : [])];
	const packings = steps.map(({ id, ...config }) => ({ id, config }));
	checkPackings(where, packings);
	const fill = fillValue(meta.fill_value, dtype, fillDigits(text));
	if (fill === undefined) throw volumeError(where, `the fill_value ${JSON.stringify(meta.fill_value)} is no ${dtype}`);
	checkChunks(where, meta.shape, meta.chunks, dtype);
	const { _ARRAY_DIMENSIONS: names } = attributes;
	const order = meta.order === "F" && meta.shape.length > 1 ? meta.shape.map((_, axis) => axis).reverse() : undefined;
	return {
		kind: "array",
		shape: meta.shape,
		dtype,
		fill,
		...(Array.isArray(names) ? { axisNames: names } : {}),
		attributes,
		storage: {
			zarrFormat: 2,
			unit: meta.chunks,
			chunks: meta.chunks,
			coding: { ...(order === undefined ? {} : { order }), bigEndian: endian === ">", packings },
			keys: { prefix: "", separator: meta.dimension_separator ?? "." },
		},
		document: json,
	};
}
