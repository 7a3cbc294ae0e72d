/**
 * Overrides applied to a tree: what is not known is a problem, with the likely name.
 *
 * @module
 */

import { canonicalJson } from "../core/hash.ts";
import { type KeyPath, keyText, listIndex } from "./key.ts";
import { type KeyTree, unknownKeyText } from "./key-tree.ts";
import {
	childOf,
	emptyMap,
	type ListNode,
	type MapNode,
	merge,
	type Node,
	nodeAt,
	plainOf,
	withEntry,
	withoutEntry,
} from "./node.ts";
import type { Override } from "./override.ts";
import type { Problem } from "./problem.ts";

/** The tree with all overrides applied in order, and what was wrong with some of them (these change nothing). */
export function applyOverrides(
	root: MapNode,
	overrides: readonly Override[],
	keys: KeyTree,
): { readonly root: MapNode; readonly problems: readonly Problem[] } {
	const problems: Problem[] = [];
	let tree = root;
	for (const override of overrides) {
		const result = applyOverride(tree, override, keys);
		if (typeof result === "string") problems.push({ origin: override.origin, text: result });
		else tree = result;
	}
	return { root: tree, problems };
}

/** The changed tree, or the text of the problem. */
function applyOverride(root: MapNode, override: Override, keys: KeyTree): MapNode | string {
	const { path } = override;
	const old = nodeAt(root, path);
	if (override.kind === "delete") return deleteAt(root, override, old);
	if (override.kind === "add" && old !== undefined && old.origin.kind !== "default" && old.kind !== "map") {
		return `${keyText(path)} has a value already; write ${keyText(path)}=..., or ++ to set it in any case`;
	}
	if (override.kind === "set" && old === undefined) return unknownTarget(root, path, keys);
	const changed = setAt(root, path, override.value);
	return typeof changed === "string" || changed.kind === "map" ? changed : root;
}

function unknownTarget(root: MapNode, path: KeyPath, keys: KeyTree): string {
	const depth = path.findIndex((_, i) => nodeAt(root, path.slice(0, i + 1)) === undefined);
	const parent = nodeAt(root, path.slice(0, depth));
	const parentKey = keyText(path.slice(0, depth));
	if (parent?.kind === "list")
		return `${parentKey} has ${parent.items.length} entries, counted from 0; there is no '${path[depth]}'`;
	if (parent?.kind === "scalar" && parent.value !== null)
		return `${parentKey} is one value, not a map: it has no '${path[depth]}'`;
	if (parent?.kind === "scalar")
		return `${parentKey} is null: give it whole, as ${parentKey}={${path.slice(depth).join(": {")}: ...}${"}".repeat(path.length - depth - 1)}, or write +${keyText(path)}=...`;
	return unknownKeyText(keys, path.slice(0, depth + 1));
}

function deleteAt(root: MapNode, override: Override, old: Node | undefined): MapNode | string {
	const key = keyText(override.path);
	if (old === undefined) return `there is no ${key} to take away`;
	if (override.value !== undefined && canonicalJson(plainOf(override.value)) !== canonicalJson(plainOf(old))) {
		return `${key} is ${canonicalJson(plainOf(old))}, not ${canonicalJson(plainOf(override.value))}: nothing was taken away`;
	}
	const changed = removeAt(root, override.path);
	return changed.kind === "map" ? changed : root;
}

/** `node` with the value at `path` set: maps merge into maps, all else is replaced; missing maps are made. */
function setAt(node: Node, path: KeyPath, value: Node): Node | string {
	const [part, ...rest] = path;
	if (part === undefined) return merge(node, value);
	if (node.kind === "list") return setInList(node, part, rest, value);
	const map =
		node.kind === "map" ? node : node.kind === "scalar" && node.value === null ? emptyMap(value.origin) : undefined;
	if (map === undefined) return `expected a map above '${part}', found one value`;
	const child = setAt(map.entries.get(part) ?? emptyMap(value.origin), rest, value);
	return typeof child === "string" ? child : withEntry(map, part, child);
}

function setInList(list: ListNode, part: string, rest: KeyPath, value: Node): Node | string {
	const index = listIndex(part);
	if (index === undefined || index > list.items.length) {
		return `expected a position from 0 to ${list.items.length} in the list, found '${part}'`;
	}
	const child = setAt(childOf(list, part) ?? emptyMap(value.origin), rest, value);
	if (typeof child === "string") return child;
	return { ...list, items: [...list.items.slice(0, index), child, ...list.items.slice(index + 1)] };
}

function removeAt(node: Node, path: KeyPath): Node {
	const [part, ...rest] = path;
	const child = part === undefined ? undefined : childOf(node, part);
	if (part === undefined || child === undefined) return node;
	if (node.kind === "list") {
		const index = listIndex(part) ?? 0;
		const kept = rest.length === 0 ? [] : [removeAt(child, rest)];
		return { ...node, items: [...node.items.slice(0, index), ...kept, ...node.items.slice(index + 1)] };
	}
	if (node.kind !== "map") return node;
	return rest.length === 0 ? withoutEntry(node, part) : withEntry(node, part, removeAt(child, rest));
}
