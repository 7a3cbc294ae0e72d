/**
 * Metadata of Zarr version 3 arrays (`zarr.json`).
 *
 * @module
 */
import { z } from "zod";
import { isDType } from "../../core/dtype.ts";
import { volumeError } from "../fault.ts";
import { fillDigits, fillValue } from "./fill.ts";
import { checkChunks, checkPackings, parse } from "./grid.ts";
import type { ArrayNode, Attributes, Document } from "./node.ts";
import type { Coding, Storage } from "./storage.ts";

const extents = z.array(z.int().positive());
const settings = z.record(z.string(), z.unknown()).optional();
const codec = z.object({ name: z.string(), configuration: settings });
const named = z.union([codec, z.string().transform((name) => ({ name, configuration: undefined }))]);
const sharding = z.object({
	chunk_shape: extents,
	codecs: z.array(named),
	index_codecs: z.array(named),
	index_location: z.enum(["start", "end"]).optional(),
});
const separators = z.looseObject({ separator: z.enum(["/", "."]).optional() }).optional();
const schema = z.object({
	zarr_format: z.literal(3),
	shape: z.array(z.int().nonnegative()),
	data_type: z.unknown(),
	chunk_grid: z.object({ name: z.string(), configuration: z.looseObject({ chunk_shape: z.unknown().optional() }) }),
	chunk_key_encoding: z.object({ name: z.enum(["default", "v2"]), configuration: separators }),
	fill_value: z.unknown(),
	codecs: z.array(named),
	dimension_names: z.array(z.unknown()).nullish(),
	storage_transformers: z.array(z.unknown()).optional(),
});

type Meta = z.output<typeof schema>;
type Codec = z.output<typeof named>;

/** @throws VOLUME where the document is not valid, or asks for what cannot be read here */
export function parseArrayV3(where: string, { text, json }: Document, attributes: Attributes): ArrayNode {
	const meta = parse(schema, where, "zarr.json", json);
	const name = typeof meta.data_type === "string" ? meta.data_type : "";
	const dtype = name === "bool" ? "uint8" : name;
	if (!isDType(dtype)) throw volumeError(where, `holds ${JSON.stringify(meta.data_type)}, not plain numbers`);
	if (meta.chunk_grid.name !== "regular" || (meta.storage_transformers?.length ?? 0) > 0) {
		throw volumeError(where, `has the chunk grid "${meta.chunk_grid.name}"; only regular grids can be read`);
	}
	const unit = parse(extents, where, "the chunk_shape of zarr.json", meta.chunk_grid.configuration.chunk_shape);
	const fill = fillValue(meta.fill_value, dtype, fillDigits(text));
	if (fill === undefined) throw volumeError(where, `the fill_value ${JSON.stringify(meta.fill_value)} is no ${name}`);
	const storage = storageOf(where, meta, unit);
	checkChunks(where, meta.shape, unit, dtype, storage.chunks);
	return {
		kind: "array",
		shape: meta.shape,
		dtype,
		fill,
		...(meta.dimension_names ? { axisNames: meta.dimension_names } : {}),
		attributes,
		storage,
		document: json,
	};
}

function storageOf(where: string, { codecs, chunk_key_encoding: keys }: Meta, unit: readonly number[]): Storage {
	const rank = unit.length;
	const base = { zarrFormat: 3, unit, keys: keysOf(keys) } as const;
	const shard = codecs.find(({ name }) => name === "sharding_indexed");
	if (shard === undefined) return { ...base, chunks: unit, coding: codingOf(where, codecs, rank) };
	if (codecs.length > 1) {
		const others = codecs.filter((other) => other !== shard).map(({ name }) => `"${name}"`);
		throw volumeError(where, `its shards are encoded once more with ${others.join(", ")}, which cannot be read`);
	}
	const config = parse(sharding, where, "the sharding_indexed codec of zarr.json", shard.configuration);
	if (config.codecs.some(({ name }) => name === "sharding_indexed")) {
		throw volumeError(where, "has shards within shards, which cannot be read; rewrite it with one level");
	}
	const chunks = config.chunk_shape;
	if (chunks.length !== rank || !chunks.every((extent, axis) => (unit[axis] ?? 0) % extent === 0)) {
		throw volumeError(where, `its shards of ${unit.join("x")} do not divide into chunks of ${chunks.join("x")}`);
	}
	const index = { coding: codingOf(where, config.index_codecs, 2), atEnd: config.index_location !== "start" };
	return { ...base, chunks, coding: codingOf(where, config.codecs, rank), index };
}

function keysOf({ name, configuration }: Meta["chunk_key_encoding"]): Storage["keys"] {
	return name === "default"
		? { prefix: "c", separator: configuration?.separator ?? "/" }
		: { prefix: "", separator: configuration?.separator ?? "." };
}

/** Transpositions, then the order of bytes, then packings: as the format has them. */
function codingOf(where: string, codecs: readonly Codec[], rank: number): Coding {
	const cut = codecs.findIndex(({ name }) => name === "bytes");
	const before = cut < 0 ? [] : codecs.slice(0, cut);
	const after = cut < 0 ? codecs : codecs.slice(cut + 1);
	const packings = after.map(({ name, configuration }) => ({ id: name, config: configuration ?? {} }));
	checkPackings(where, [
		...before.filter(({ name }) => name !== "transpose").map(({ name }) => ({ id: name, config: {} })),
		...packings,
	]);
	if (cut < 0) throw volumeError(where, 'its codecs lack "bytes", which turns numbers into bytes');
	let order: readonly number[] | undefined;
	for (const { name, configuration } of before) {
		if (name !== "transpose") throw volumeError(where, `has "${name}" before "bytes", which cannot be read`);
		const step = axesOf(where, configuration?.["order"], rank);
		const sofar = order ?? step.map((_, axis) => axis);
		order = step.map((axis) => sofar[axis] ?? 0);
	}
	const bigEndian = codecs[cut]?.configuration?.["endian"] === "big";
	return { ...(order === undefined ? {} : { order }), bigEndian, packings };
}

function axesOf(where: string, order: unknown, rank: number): readonly number[] {
	const axes = Array.from({ length: rank }, (_, axis) => axis);
	if (order === "C") return axes;
	if (order === "F") return axes.reverse();
	const found = z.array(z.int()).safeParse(order);
	const ok = found.success && found.data.length === rank && axes.every((axis) => found.data.includes(axis));
	if (!ok) throw volumeError(where, `the order ${JSON.stringify(order)} of its transpose codec names no ${rank} axes`);
	return found.data;
}
