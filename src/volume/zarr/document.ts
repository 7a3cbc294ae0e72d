/**
 * The metadata documents of new arrays and groups, and where one that is there differs from the one that is wanted.
 *
 * @module
 */
import { DTYPES, type DType } from "../../core/dtype.ts";
import { NnvolError } from "../../core/errors.ts";
import { asZyx, type Shape, shapeText } from "../../core/shape.ts";
import { layoutOf } from "../chunking.ts";
import { volumeError } from "../fault.ts";
import { SPACING_ATTRIBUTES } from "../spacing.ts";
import type { Compression, VolumeSpec } from "../volume.ts";
import { INDEX_CODING } from "./shard.ts";
import type { Packing, Storage } from "./storage.ts";

/** A document and its name in the folder of its node. */
export type NamedDocument = { readonly key: string; readonly json: Readonly<Record<string, unknown>> };

/** Of the codecs that every Zarr reader knows gzip is the smallest on segmentations; fast enough at this level. */
const DEFAULT_COMPRESSION: Compression = "gzip";

const LEVEL = 1;

/** How the array of `spec` is kept. @throws VOLUME where its layout is not possible; UNBUILT for a compression of others */
export function storageFor(path: string, spec: VolumeSpec): Storage {
	const { layout = {}, dtype } = spec;
	const zarrFormat = layout.zarrFormat ?? (layout.ome === "0.4" ? 2 : 3);
	if (layout.ome !== undefined && (layout.ome === "0.4") !== (zarrFormat === 2)) {
		throw volumeError(
			path,
			`OME-Zarr ${layout.ome} is Zarr version ${layout.ome === "0.4" ? 2 : 3}, not ${zarrFormat}`,
		);
	}
	const { chunks, shards } = extentsFor(path, spec, zarrFormat);
	const coding = { bigEndian: false, packings: packingsOf(path, layout.compression ?? DEFAULT_COMPRESSION, dtype) };
	const base = { zarrFormat, chunks, coding, keys: { prefix: zarrFormat === 3 ? "c" : "", separator: "/" } } as const;
	if (shards === undefined) return { ...base, unit: chunks };
	return { ...base, unit: shards, index: { coding: INDEX_CODING, atEnd: true } };
}

function extentsFor(
	path: string,
	{ layout = {}, shape, dtype }: VolumeSpec,
	zarrFormat: 2 | 3,
): { readonly chunks: Shape; readonly shards?: Shape } {
	if (zarrFormat === 2 && layout.shards !== undefined) {
		throw volumeError(path, "Zarr version 2 has no shards; leave them out, or write version 3");
	}
	const automatic = layoutOf(shape, dtype);
	const chunks = layout.chunks ?? automatic.chunks;
	checkExtents(path, "chunks", chunks, shape);
	const shards = layout.shards ?? (layout.chunks === undefined && zarrFormat === 3 ? automatic.shards : undefined);
	if (shards === undefined) return { chunks };
	checkExtents(path, "shards", shards, shape);
	if (!shards.every((extent, axis) => extent % (chunks[axis] ?? 1) === 0)) {
		throw volumeError(path, `shards of ${shapeText(shards)} do not divide into chunks of ${shapeText(chunks)}`);
	}
	return { chunks, shards };
}

function checkExtents(path: string, what: string, extents: Shape, shape: Shape): void {
	const ok = extents.length === shape.length && extents.every((extent) => Number.isSafeInteger(extent) && extent > 0);
	if (!ok) throw volumeError(path, `${what} of ${shapeText(extents)} do not fit the shape ${shapeText(shape)}`);
}

function packingsOf(path: string, compression: Compression, dtype: DType): readonly Packing[] {
	const typesize = DTYPES[dtype].bytes;
	switch (compression) {
		case "none":
			return [];
		case "gzip":
			return [{ id: "gzip", config: { level: LEVEL } }];
		case "zstd":
			return [{ id: "zstd", config: { level: LEVEL, checksum: false } }];
		case "blosc":
			return [
				{
					id: "blosc",
					config: {
						typesize,
						cname: "zstd",
						clevel: LEVEL,
						shuffle: typesize > 1 ? "shuffle" : "noshuffle",
						blocksize: 0,
					},
				},
			];
		case "lz4":
			return [{ id: "lz4", config: { acceleration: 1 } }];
		default: {
			const message = `${path}: Zarr has no "${compression}"; choose none, gzip, zstd, blosc or lz4`;
			throw new NnvolError("CONFIG", message, { fields: { path } });
		}
	}
}

/** The documents of the array: `zarr.json`, or `.zarray` and `.zattrs`. */
export function arrayDocuments(spec: VolumeSpec, storage: Storage): readonly NamedDocument[] {
	const { axes, spacing, attributes } = spec;
	const own = { ...attributes, ...(spacing === undefined ? {} : { [SPACING_ATTRIBUTES[0]]: asZyx(spacing) }) };
	if (storage.zarrFormat === 3) return [{ key: "zarr.json", json: arrayV3(spec, storage, own) }];
	const named = axes === "" ? own : { ...own, _ARRAY_DIMENSIONS: [...axes] };
	return [
		{ key: ".zattrs", json: named },
		{ key: ".zarray", json: arrayV2(spec, storage) },
	];
}

/** The documents of a group. */
export function groupDocuments(
	zarrFormat: 2 | 3,
	attributes: Readonly<Record<string, unknown>>,
): readonly NamedDocument[] {
	if (zarrFormat === 3) return [{ key: "zarr.json", json: { zarr_format: 3, node_type: "group", attributes } }];
	const group = { key: ".zgroup", json: { zarr_format: 2 } };
	return Object.keys(attributes).length === 0 ? [group] : [{ key: ".zattrs", json: attributes }, group];
}

function arrayV3({ shape, dtype, axes }: VolumeSpec, storage: Storage, attributes: object): NamedDocument["json"] {
	const codecs = [{ name: "bytes", configuration: { endian: "little" } }, ...storage.coding.packings.map(codecV3)];
	const sharding = {
		name: "sharding_indexed",
		configuration: {
			chunk_shape: storage.chunks,
			codecs,
			index_codecs: [{ name: "bytes", configuration: { endian: "little" } }, { name: "crc32c" }],
			index_location: "end",
		},
	};
	return {
		zarr_format: 3,
		node_type: "array",
		shape,
		data_type: dtype,
		chunk_grid: { name: "regular", configuration: { chunk_shape: storage.unit } },
		chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
		fill_value: 0,
		codecs: storage.index === undefined ? codecs : [sharding],
		attributes,
		...(axes === "" ? {} : { dimension_names: [...axes] }),
	};
}

/** lz4 is no codec of the core of version 3: zarr-python and tensorstore know it by numcodecs' name. */
function codecV3({ id, config }: Packing): object {
	return { name: id === "lz4" ? "numcodecs.lz4" : id, configuration: config };
}

function arrayV2({ shape, dtype }: VolumeSpec, storage: Storage): NamedDocument["json"] {
	const { bytes, kind } = DTYPES[dtype];
	const letter = kind === "uint" ? "u" : kind === "int" ? "i" : "f";
	const [packing] = storage.coding.packings;
	return {
		zarr_format: 2,
		shape,
		chunks: storage.chunks,
		dtype: `${bytes === 1 ? "|" : "<"}${letter}${bytes}`,
		compressor: packing === undefined ? null : { id: packing.id, ...configV2(packing) },
		fill_value: 0,
		order: "C",
		filters: null,
		dimension_separator: storage.keys.separator,
	};
}

function configV2({ id, config }: Packing): object {
	if (id !== "blosc") return id === "zstd" ? { level: config["level"] } : config;
	const { cname, clevel, shuffle, blocksize } = config;
	return { cname, clevel, shuffle: shuffle === "shuffle" ? 1 : 0, blocksize };
}

/** `document` as it is written. */
export function documentBytes({ json }: NamedDocument): Uint8Array {
	return new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`);
}

/** The first entry in which `found` differs from `wanted`, with both values; attributes are not looked at. */
export function differenceOf(found: unknown, wanted: Readonly<Record<string, unknown>>): string | undefined {
	for (const [name, value] of Object.entries(wanted)) {
		if (name === "attributes") continue;
		const there: unknown = typeof found === "object" && found !== null ? Reflect.get(found, name) : undefined;
		if (canonical(there) !== canonical(value))
			return `its ${name} is ${canonical(there)}, expected ${canonical(value)}`;
	}
	return undefined;
}

/** JSON with sorted names. */
function canonical(value: unknown): string {
	const sorted = (_: string, each: unknown): unknown =>
		typeof each === "object" && each !== null && !Array.isArray(each)
			? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
			: each;
	return JSON.stringify(value, sorted) ?? "missing";
}
