/**
 * Arrays and groups of a Zarr hierarchy, versions 2 and 3: their metadata documents checked, and brought to one form.
 *
 * @module
 */

import type { DType } from "../../core/dtype.ts";
import type { Shape } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import type { KeyStore } from "../stores/store.ts";
import type { Storage } from "./storage.ts";
import { parseArrayV2 } from "./v2.ts";
import { parseArrayV3 } from "./v3.ts";

/** Plain JSON. */
export type Attributes = Readonly<Record<string, unknown>>;

/** An array. */
export type ArrayNode = {
	readonly kind: "array";
	readonly shape: Shape;
	readonly dtype: DType;
	/** What voxels hold that were never written, as an element of the array of `dtype`. */
	readonly fill: number | bigint;
	/** A name an axis; undefined where there are none. */
	readonly axisNames?: readonly unknown[];
	readonly attributes: Attributes;
	readonly storage: Storage;
	/** The metadata document (`zarr.json` or `.zarray`) as it stands in the file. */
	readonly document: unknown;
};

/** A group. */
export type GroupNode = { readonly kind: "group"; readonly zarrFormat: 2 | 3; readonly attributes: Attributes };

/** The node `name` ("" for the root); undefined where there is none. @throws VOLUME where its metadata is not valid */
export async function readNode(store: KeyStore, name: string): Promise<ArrayNode | GroupNode | undefined> {
	const where = name === "" ? store.root : `${store.root}: "${name}"`;
	const v3 = await readDocument(store, where, keyBelow(name, "zarr.json"));
	if (v3 !== undefined) return parseV3(where, v3);
	const v2 = await readDocument(store, where, keyBelow(name, ".zarray"));
	const group = v2 ?? (await readDocument(store, where, keyBelow(name, ".zgroup")));
	if (group === undefined) return undefined;
	const attributes = attributesOf((await readDocument(store, where, keyBelow(name, ".zattrs")))?.json);
	return v2 === undefined ? { kind: "group", zarrFormat: 2, attributes } : parseArrayV2(where, v2, attributes);
}

/** The key of `name` below the node `node`, "" for the root. */
export function keyBelow(node: string, name: string): string {
	return node === "" ? name : `${node}/${name}`;
}

/** A metadata document as it stands in the file and as JSON. */
export type Document = { readonly text: string; readonly json: unknown };

function parseV3(where: string, document: Document): ArrayNode | GroupNode {
	const { json } = document;
	if (typeof json !== "object" || json === null) throw volumeError(where, "zarr.json holds no object");
	const type: unknown = Reflect.get(json, "node_type");
	const attributes = attributesOf(Reflect.get(json, "attributes"));
	if (type === "group") return { kind: "group", zarrFormat: 3, attributes };
	if (type === "array") return parseArrayV3(where, document, attributes);
	throw volumeError(where, `expected an array or a group, found the node_type ${JSON.stringify(type)} in zarr.json`);
}

async function readDocument(store: KeyStore, where: string, key: string): Promise<Document | undefined> {
	const bytes = await store.get(key);
	if (bytes === undefined) return undefined;
	const text = new TextDecoder().decode(bytes);
	try {
		const json: unknown = JSON.parse(text);
		return { text, json };
	} catch (cause) {
		const found = text === "" ? "it is empty" : "it is damaged";
		throw volumeError(where, `the metadata ${key.split("/").at(-1)} is not JSON (${found}); copy it again`, cause);
	}
}

function attributesOf(value: unknown): Attributes {
	return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
