/**
 * `attributes.json` of N5 groups and arrays: checked when read, made when written.
 *
 * Dimensions and all lists that go with them are in the file's order, x first; arrays of ours are C-ordered, so that order
 * is reversed. Format: the README of saalfeldlab/n5.
 *
 * @module
 */
import { z } from "zod";
import { DTYPES, type DType, isDType } from "../../core/dtype.ts";
import { errorText, NnvolError } from "../../core/errors.ts";
import { type Shape, shapeText, sizeOf } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import type { KeyStore, StoreOptions } from "../stores/store.ts";

/** Name of the document in the folder of a group or array. */
export const ATTRIBUTES = "attributes.json";

/** A block is held whole in memory, several at once. */
const MAX_BLOCK_BYTES = 1 << 30;

/** Packings that are read. */
export const READABLE = ["raw", "gzip", "lz4", "blosc", "zstd"] as const;
export type PackingName = (typeof READABLE)[number] | "zlib";

/** How blocks are packed: what `compression` says, gzip with `useZlib` as "zlib". */
export type Packing = { readonly name: PackingName; readonly document: Readonly<Record<string, unknown>> };

/** Plain JSON. */
export type Attributes = Readonly<Record<string, unknown>>;

/** An array's place in the store and its layout, in our order of axes. */
export type N5Array = {
	/** Path below the root, "" for the root itself. */
	readonly name: string;
	readonly shape: Shape;
	readonly chunks: Shape;
	readonly dtype: DType;
	readonly packing: Packing;
	readonly attributes: Attributes;
};

const extents = z.array(z.int().positive()).min(1).max(32);
const compression = z.looseObject({ type: z.string(), useZlib: z.boolean().optional() });
const schema = z.looseObject({
	dimensions: z.array(z.int().nonnegative()).min(1).max(32),
	blockSize: extents,
	dataType: z.string(),
	compression: compression.optional(),
	/** Instead of `compression` before version 2. */
	compressionType: z.string().optional(),
});

/** The attributes of the group or array `name`; undefined where there are none. @throws VOLUME where they are no JSON object */
export async function readAttributes(
	store: KeyStore,
	name: string,
	options: StoreOptions = {},
): Promise<Attributes | undefined> {
	const key = below(name, ATTRIBUTES);
	const bytes = await store.get(key, options);
	if (bytes === undefined) return undefined;
	try {
		const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
		if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("it is no object");
		return Object.fromEntries(Object.entries(value));
	} catch (cause) {
		throw volumeError(store.root, `${key} is not valid (${errorText(cause)}); copy it again`, cause);
	}
}

/** True where `attributes` are those of an array, valid or not. */
export function isArray(attributes: Attributes | undefined): attributes is Attributes {
	return attributes !== undefined && Object.hasOwn(attributes, "dimensions");
}

/** The array that `attributes` describe. @throws VOLUME where they are not valid, UNBUILT for a packing that is not read */
export function parseArray(root: string, name: string, attributes: Attributes): N5Array {
	const where = name === "" ? root : `${root}: "${name}"`;
	const result = schema.safeParse(attributes);
	if (!result.success) {
		const [issue] = result.error.issues;
		throw volumeError(where, `${ATTRIBUTES} is not valid at ${issue?.path.join(".")}: ${issue?.message ?? "unknown"}`);
	}
	const { dimensions, blockSize, dataType } = result.data;
	const dtype = dataType.toLowerCase();
	if (!isDType(dtype) || dtype === "float16") {
		throw volumeError(where, `holds ${JSON.stringify(dataType)}, not plain numbers`);
	}
	if (dimensions.includes(0)) throw volumeError(where, `is empty (dimensions ${shapeText(dimensions)})`);
	if (dimensions.length !== blockSize.length) {
		throw volumeError(where, `its blocks ${shapeText(blockSize)} do not fit its dimensions ${shapeText(dimensions)}`);
	}
	if (sizeOf(blockSize) * DTYPES[dtype].bytes > MAX_BLOCK_BYTES) {
		throw volumeError(where, `its blocks of ${shapeText(blockSize)} are over 1 GiB each; rewrite it with smaller ones`);
	}
	const packing = packingOf(where, root, result.data.compression ?? { type: result.data.compressionType ?? "raw" });
	return { name, shape: dimensions.toReversed(), chunks: blockSize.toReversed(), dtype, packing, attributes };
}

function packingOf(where: string, root: string, document: z.output<typeof compression>): Packing {
	const found = READABLE.find((name) => name === document.type);
	if (found === undefined) {
		const message = `${where}: reading blocks packed by "${document.type}" is not built; ${READABLE.join(", ")} can be read`;
		throw new NnvolError("UNBUILT", message, { fields: { path: root } });
	}
	return { name: found === "gzip" && document.useZlib === true ? "zlib" : found, document };
}

/** The bytes of a document. */
export function attributesBytes(attributes: Attributes): Uint8Array {
	return new TextEncoder().encode(JSON.stringify(attributes, null, 2));
}

/** `name` within the group `group`. */
export function below(group: string, name: string): string {
	return group === "" ? name : `${group}/${name}`;
}
