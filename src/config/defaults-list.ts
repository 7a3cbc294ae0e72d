/**
 * What a file is built on: its `_base_` files and its `defaults:` list, as entries that name files.
 *
 * Hydra's grammar for the part that is built: `name`, `group: name`, `group: [a, b]`, `optional group: name`,
 * `group: null` and `_self_`; without `_self_` the file itself comes last, as in Hydra since 1.2.
 *
 * @module
 */
import { dirname, extname, join } from "node:path";
import type { KeyPath } from "./key.ts";
import { type MapNode, type Node, withoutEntry } from "./node.ts";
import { type Origin, originText } from "./origin.ts";
import { problemError } from "./problem.ts";

/** A file to be merged, or the file itself. */
export type Entry =
	| { readonly kind: "self" }
	| {
			readonly kind: "file";
			/** Without an ending where the entry has none: `.yaml` or `.yml` is then looked for. */
			readonly path: string;
			readonly optional: boolean;
			/** Where its content goes, below the place of the file that names it. */
			readonly at: KeyPath;
			readonly origin: Origin;
			/** The entry as it was written, for errors. */
			readonly text: string;
	  };

/** The entries of `file` in the order of merging, and its content without `_base_` and `defaults`. @throws CONFIG */
export function readEntries(
	file: string,
	content: MapNode,
): { readonly entries: readonly Entry[]; readonly own: MapNode } {
	const base = content.entries.get("_base_");
	const defaults = content.entries.get("defaults");
	const listed = defaults === undefined ? [] : defaultsEntries(file, defaults);
	const self: readonly Entry[] = listed.some((entry) => entry.kind === "self") ? [] : [{ kind: "self" }];
	return {
		entries: [...(base === undefined ? [] : baseEntries(file, base)), ...listed, ...self],
		own: withoutEntry(withoutEntry(content, "_base_"), "defaults"),
	};
}

function baseEntries(file: string, node: Node): readonly Entry[] {
	const items = node.kind === "list" ? node.items : [node];
	return items.map((item) => {
		const { origin } = item;
		if (item.kind !== "scalar" || typeof item.value !== "string" || item.value === "") {
			throw problemError(origin, "_base_: expected a path, or a list of paths, of YAML files relative to this one");
		}
		return { kind: "file", path: join(dirname(file), item.value), optional: false, at: [], origin, text: item.value };
	});
}

function defaultsEntries(file: string, node: Node): readonly Entry[] {
	if (node.kind !== "list")
		throw problemError(node.origin, "defaults: expected a list ('- name', '- group: name', '- _self_')");
	const entries = node.items.flatMap((item) => defaultsEntry(file, item));
	const selves = node.items.filter((item) => item.kind === "scalar" && item.value === "_self_");
	const second = selves[1];
	if (second !== undefined) throw problemError(second.origin, "defaults: '_self_' is there twice; keep one");
	return entries;
}

function defaultsEntry(file: string, item: Node): readonly Entry[] {
	if (item.kind === "scalar" && item.value === "_self_") return [{ kind: "self" }];
	if (item.kind === "scalar" && typeof item.value === "string" && item.value !== "") {
		return [fileEntry(file, "", item.value, false, item.origin)];
	}
	const pair = item.kind === "map" && item.entries.size === 1 ? [...item.entries][0] : undefined;
	if (pair === undefined) {
		throw problemError(item.origin, "defaults: expected a name, 'group: name' or '_self_', found something else");
	}
	return groupEntries(file, pair[0], pair[1]);
}

function groupEntries(file: string, key: string, value: Node): readonly Entry[] {
	const words = key.trim().split(/\s+/);
	const group = words.at(-1) ?? "";
	refuseUnbuilt(key, words, group, value.origin);
	const names = value.kind === "list" ? value.items : [value];
	return names.flatMap((name) => {
		if (name.kind === "scalar" && name.value === null) return [];
		if (name.kind !== "scalar" || typeof name.value !== "string") {
			throw problemError(name.origin, `defaults: expected the name of a file for the group '${group}'`);
		}
		return [fileEntry(file, group, name.value, words[0] === "optional" && words.length > 1, name.origin)];
	});
}

function refuseUnbuilt(key: string, words: readonly string[], group: string, origin: Origin): void {
	const refuse = (text: string): never => {
		throw problemError(origin, `defaults: '${key}': ${text}`);
	};
	if (group.includes("@"))
		refuse("'group@package' is not supported; put the file into a folder named after the section it belongs to");
	if (words[0] === "override")
		refuse("'override' is not supported; name the file you want in place of the other entry");
	if (group.startsWith("/")) refuse("groups are relative to the file; write it without the leading '/'");
	if (words.length > 2 || (words.length === 2 && words[0] !== "optional"))
		refuse("expected 'group: name' or 'optional group: name'");
}

function fileEntry(file: string, group: string, name: string, optional: boolean, origin: Origin): Entry {
	if (/\$\{/.test(group + name)) {
		throw problemError(
			origin,
			"defaults: names of files take no interpolation; write the name, or use two configurations",
		);
	}
	const path = join(dirname(file), group, name);
	const at = group.split("/").filter((part) => part !== "" && part !== ".");
	return { kind: "file", path, optional, at, origin, text: group === "" ? name : `${group}: ${name}` };
}

/** The files that an entry may mean, in the order they are looked for. */
export function candidatesOf(path: string): readonly string[] {
	return /^\.ya?ml$/.test(extname(path)) ? [path] : [`${path}.yaml`, `${path}.yml`];
}

/** Problem texts begin with who names the file: `a.yaml:3: 'x' names `. */
export function askedText(entry: Extract<Entry, { kind: "file" }>): string {
	return `${originText(entry.origin)}: '${entry.text}': `;
}
