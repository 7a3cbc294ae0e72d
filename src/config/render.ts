/**
 * A configuration as YAML, one key a line, on request with the origin of each value behind it.
 *
 * Law: the text, read as a configuration, gives the same values.
 *
 * @module
 */
import { CONFIG_KEYS, fieldsOf, type KeyTree } from "./key-tree.ts";
import { isPlainText } from "./scalar.ts";
import type { Config } from "./schema.ts";
import { escapeTemplate } from "./template.ts";

/** What is rendered: the values and, by dotted key, where they come from. */
export type Renderable = { readonly config: Config; readonly origins: ReadonlyMap<string, string> };

/** YAML of every key; with `origins` each value's line ends in `# file:line`, `# argument '...'` or `# default`. */
export function renderConfig({ config, origins }: Renderable, options: { readonly origins?: boolean } = {}): string {
	const lines = sectionLines(CONFIG_KEYS, config, 0, (key) =>
		options.origins === true ? origins.get(key) : undefined,
	);
	return `${lines.join("\n")}\n`;
}

/** The value of a dotted key in a configuration. */
function valueAt(config: Config, key: string): unknown {
	return key.split(".").reduce<unknown>(entryOf, config);
}

/** Every key with its value, in the schema's order. */
export function configEntries(config: Config): readonly (readonly [string, unknown])[] {
	return fieldsOf(CONFIG_KEYS).map((field) => [field.key, valueAt(config, field.key)] as const);
}

function entryOf(value: unknown, name: string): unknown {
	return typeof value === "object" && value !== null && Object.hasOwn(value, name)
		? Reflect.get(value, name)
		: undefined;
}

function sectionLines(
	tree: KeyTree,
	value: unknown,
	depth: number,
	originOf: (key: string) => string | undefined,
): readonly string[] {
	return [...tree.children].flatMap(([name, child]) => {
		const indent = "  ".repeat(depth);
		const inner = entryOf(value, name);
		if (child.kind === "section") return [`${indent}${name}:`, ...sectionLines(child, inner, depth + 1, originOf)];
		const origin = originOf(child.key);
		const comment = origin === undefined ? "" : `  # ${origin.replace(/[\p{Cc}\u2028\u2029]+/gu, " ")}`;
		return [`${indent}${name}: ${flow(inner)}${comment}`];
	});
}

/** A value on one line: lists and maps in brackets, text without quotes where it is read back as itself. */
function flow(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
	if (typeof value === "object" && value !== null) {
		return `{${Object.entries(value)
			.map(([key, item]) => `${quotable(key)}: ${flow(item)}`)
			.join(", ")}}`;
	}
	return typeof value === "string" ? quotable(escapeTemplate(value)) : JSON.stringify(value ?? null);
}

function quotable(text: string): string {
	const bare = /^[\w./][\w./-]*$/.test(text) && isPlainText(text);
	return bare ? text : quoted(text);
}

/** JSON is YAML, but for characters that YAML does not print. */
function quoted(text: string): string {
	return JSON.stringify(text).replace(
		/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
		(c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
}
