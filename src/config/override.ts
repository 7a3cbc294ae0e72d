/**
 * The grammar of `key=value` arguments: `a.b=1`, `+a.b=1`, `++a.b=1`, `~a.b`, `~a.b=1`.
 *
 * A value in `[ ]`, `{name: ...}` or quotes is YAML; any other is one unquoted value, so that globs, `cuda:0`,
 * `{stem}_{suffix}` and text with `#` or `: ` in it need no quotes. Nothing after `=` is null.
 *
 * @module
 */
import { type KeyPath, keyText, parseKey } from "./key.ts";
import { type Node, plainOf } from "./node.ts";
import type { Origin } from "./origin.ts";
import { problemError } from "./problem.ts";
import { isPlainText, plainScalarNode } from "./scalar.ts";
import { escapeTemplate } from "./template.ts";
import { parseYamlValue } from "./yaml.ts";

/** `set` changes a key that is known, `add` adds one, `force` does either, `delete` takes one away. */
export type Override =
	| { readonly kind: "set" | "add" | "force"; readonly path: KeyPath; readonly value: Node; readonly origin: Origin }
	| { readonly kind: "delete"; readonly path: KeyPath; readonly value?: Node; readonly origin: Origin };

const KINDS = { "": "set", "+": "add", "++": "force", "~": "delete" } as const;
const SIGNS = { set: "", add: "+", force: "++", delete: "~" } as const;

/** One argument, the `index`-th of the command line. @throws CONFIG for what is no override */
export async function parseOverride(text: string, index = 0): Promise<Override> {
	const origin: Origin = { kind: "argument", text, index };
	const match = /^(\+\+|\+|~)?([^=]*)(?:=([\s\S]*))?$/.exec(text);
	const sign = match?.[1];
	const kind = KINDS[sign === "+" || sign === "++" || sign === "~" ? sign : ""];
	const path = parseKey(match?.[2] ?? "");
	if (path === undefined) throw problemError(origin, wrongKeyText(match?.[2] ?? text));
	if (path.includes("__proto__")) throw problemError(origin, "'__proto__' cannot be a key");
	const written = match?.[3];
	if (kind === "delete") {
		return written === undefined
			? { kind, path, origin }
			: { kind, path, value: await parseValue(written, origin), origin };
	}
	if (written === undefined) {
		throw problemError(
			origin,
			`expected ${SIGNS[kind]}${keyText(path)}=VALUE; without spaces around '=', and '~${keyText(path)}' takes a key away`,
		);
	}
	return { kind, path, value: await parseValue(written, origin), origin };
}

/** The value after `=`. @throws CONFIG for brackets or quotes that are not valid YAML */
export async function parseValue(text: string, origin: Origin): Promise<Node> {
	const trimmed = text.trim();
	return isYaml(trimmed) ? parseYamlValue(trimmed, origin) : plainScalarNode(trimmed, origin);
}

/** The argument that is parsed back to the same override (as one word; a shell may ask for quotes around it). */
export function printOverride(override: Override): string {
	const key = `${SIGNS[override.kind]}${keyText(override.path)}`;
	return override.value === undefined ? key : `${key}=${printValue(override.value)}`;
}

/** The argument that sets `key` to exactly this text, whatever is in it: for command-line options that stand for keys. */
export function overrideOf(key: string, text: string): string {
	const value = escapeTemplate(text);
	return `${key}=${JSON.stringify(value)}`;
}

function printValue(node: Node): string {
	if (node.kind !== "scalar") return JSON.stringify(plainOf(node));
	const { value } = node;
	if (value === null) return "null";
	if (typeof value !== "string") return String(value);
	const bare = isPlainText(value) && value === value.trim() && !isYaml(value);
	return bare ? value : JSON.stringify(value);
}

/** A list, quoted text, or a map: braces with nothing or a colon in them, which a template of names does not have. */
function isYaml(text: string): boolean {
	return /^["'[]|^\{\s*\}$|^\{.*:/s.test(text);
}

function wrongKeyText(key: string): string {
	if (key.trim() === "") return "expected key=value, found no key; leave no spaces around '='";
	return `'${key.trim()}' is no key: expected names with dots between them, such as system.seed`;
}
