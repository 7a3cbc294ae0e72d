/**
 * The keys of the schema as a tree: sections and fields, with defaults and texts.
 *
 * @module
 */
import { z } from "zod";
import { foreignKeyText } from "./foreign.ts";
import { joinKey, type KeyPath, keyText } from "./key.ts";
import { likelyName } from "./likely.ts";
import { type FieldMeta, fieldMeta } from "./schema/field.ts";
import { configSchema } from "./schema.ts";

/** One key that holds a value. */
export type KeyField = {
	readonly kind: "field";
	readonly key: string;
	readonly meta: FieldMeta;
	readonly schema: z.core.$ZodType;
	readonly fallback: unknown;
};

/** A section: keys by name. */
export type KeyTree = {
	readonly kind: "section";
	readonly key: string;
	readonly text: string;
	readonly children: ReadonlyMap<string, KeyTree | KeyField>;
};

/** The tree of the whole configuration. */
export const CONFIG_KEYS: KeyTree = sectionOf("", configSchema, "");

/** All fields below `tree`, in the schema's order. */
export function fieldsOf(tree: KeyTree): readonly KeyField[] {
	return [...tree.children.values()].flatMap((child) => (child.kind === "field" ? [child] : fieldsOf(child)));
}

/** The section or field at `path`; undefined where there is none. */
function keyAt(tree: KeyTree, path: KeyPath): KeyTree | KeyField | undefined {
	let here: KeyTree | KeyField | undefined = tree;
	for (const part of path) here = here?.kind === "section" ? here.children.get(part) : undefined;
	return here;
}

/** What to say of a key that is not in the schema: another program's name for it, or the likely one. */
export function unknownKeyText(tree: KeyTree, path: KeyPath): string {
	const key = keyText(path);
	const foreign = foreignKeyText(key);
	if (foreign !== undefined) return `${key}: ${foreign}`;
	const likely = likelyKey(tree, path);
	return `unknown key '${key}'${likely === undefined ? knownText(tree, path) : `; did you mean '${likely}'?`}`;
}

/** The nearest sibling; else a key of that name elsewhere; else the nearest name elsewhere. */
function likelyKey(tree: KeyTree, path: KeyPath): string | undefined {
	const name = path.at(-1) ?? "";
	const parent = keyAt(tree, path.slice(0, -1));
	const siblings = parent?.kind === "section" ? [...parent.children.keys()] : [];
	const sibling = likelyName(name, siblings);
	if (sibling !== undefined) return keyText([...path.slice(0, -1), sibling]);
	const byName = new Map(allKeys(tree).map((key) => [key.slice(key.lastIndexOf(".") + 1), key]));
	const elsewhere = likelyName(name, [...byName.keys()]);
	return elsewhere === undefined ? undefined : byName.get(elsewhere);
}

function knownText(tree: KeyTree, path: KeyPath): string {
	const parent = keyAt(tree, path.slice(0, -1));
	if (parent?.kind !== "section") return "";
	const place = parent.key === "" ? "sections" : `keys of '${parent.key}'`;
	return `; the ${place} are ${[...parent.children.keys()].join(", ")}`;
}

function allKeys(tree: KeyTree): readonly string[] {
	return [...tree.children.values()].flatMap((child) =>
		child.kind === "field" ? [child.key] : [child.key, ...allKeys(child)],
	);
}

function sectionOf(key: string, schema: z.ZodObject, text: string): KeyTree {
	const children = new Map<string, KeyTree | KeyField>();
	for (const [name, child] of Object.entries(schema.shape)) {
		children.set(name, childKey(joinKey(key, name), child));
	}
	return { kind: "section", key, text, children };
}

function childKey(key: string, schema: z.core.$ZodType): KeyTree | KeyField {
	const meta = fieldMeta(schema);
	if (meta !== undefined) return { kind: "field", key, meta, schema, fallback: z.parse(schema, undefined) };
	const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
	if (inner instanceof z.ZodObject) return sectionOf(key, inner, z.globalRegistry.get(schema)?.description ?? "");
	throw new TypeError(`the key ${key} of the schema is neither a section nor a field`);
}
