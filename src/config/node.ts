/**
 * The tree a configuration is composed in: plain values, each with the place where it was written.
 *
 * Nodes are immutable; every change makes a new tree that shares what did not change.
 *
 * @module
 */
import { type KeyPath, listIndex } from "./key.ts";
import { DEFAULT_ORIGIN, type Origin } from "./origin.ts";

/** A value without parts. */
export type ScalarValue = string | number | boolean | null;

export type ScalarNode = {
	readonly kind: "scalar";
	readonly value: ScalarValue;
	readonly origin: Origin;
	/** How a number or truth value was written, so that a key for text can have it back: `007`. */
	readonly source?: string;
	/** True for a key with nothing behind it: it leaves a map that is there alone. */
	readonly empty?: boolean;
};
export type ListNode = { readonly kind: "list"; readonly items: readonly Node[]; readonly origin: Origin };
export type MapNode = { readonly kind: "map"; readonly entries: ReadonlyMap<string, Node>; readonly origin: Origin };
/** A value that could not be made out; the problem has been noted already. */
export type BrokenNode = { readonly kind: "broken"; readonly origin: Origin };
export type Node = ScalarNode | ListNode | MapNode | BrokenNode;

/** A map without entries. */
export function emptyMap(origin: Origin): MapNode {
	return { kind: "map", entries: new Map(), origin };
}

/** A tree of plain values (JSON and `undefined`, which is left out), all of one origin. */
export function nodeOf(value: unknown, origin: Origin = DEFAULT_ORIGIN): Node {
	if (Array.isArray(value)) return { kind: "list", items: value.map((item) => nodeOf(item, origin)), origin };
	if (typeof value === "object" && value !== null) {
		const entries = Object.entries(value).filter(([, item]) => item !== undefined);
		return { kind: "map", entries: new Map(entries.map(([key, item]) => [key, nodeOf(item, origin)])), origin };
	}
	const known = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
	return { kind: "scalar", value: known ? value : null, origin };
}

/** The plain value of a tree; broken parts are null. Keys are never `__proto__` (refused where they are read). */
export function plainOf(node: Node): unknown {
	switch (node.kind) {
		case "scalar":
			return node.value;
		case "list":
			return node.items.map(plainOf);
		case "map":
			return Object.fromEntries([...node.entries].map(([key, child]) => [key, plainOf(child)]));
		case "broken":
			return null;
	}
}

/** The child called `part`; undefined where there is none. */
export function childOf(node: Node, part: string): Node | undefined {
	if (node.kind === "map") return node.entries.get(part);
	if (node.kind !== "list") return undefined;
	const index = listIndex(part);
	return index === undefined ? undefined : node.items[index];
}

/** The node at `path`; undefined where there is none. */
export function nodeAt(root: Node, path: KeyPath): Node | undefined {
	let node: Node | undefined = root;
	for (const part of path) node = node && childOf(node, part);
	return node;
}

/** `map` with `key` set to `value`. */
export function withEntry(map: MapNode, key: string, value: Node): MapNode {
	return { ...map, entries: new Map(map.entries).set(key, value) };
}

/** `map` without `key`. */
export function withoutEntry(map: MapNode, key: string): MapNode {
	return { ...map, entries: new Map([...map.entries].filter(([name]) => name !== key)) };
}

/** Maps are merged key by key, everything else is replaced, lists whole; a key left empty leaves a map as it is. */
export function merge(below: Node, above: Node): Node {
	if (below.kind === "map" && above.kind === "scalar" && above.empty === true) return below;
	if (below.kind !== "map" || above.kind !== "map") return above;
	return mergeMaps(below, above);
}

/** As `merge`, for two maps. */
export function mergeMaps(below: MapNode, above: MapNode): MapNode {
	const entries = new Map(below.entries);
	for (const [key, node] of above.entries) {
		const old = entries.get(key);
		entries.set(key, old === undefined ? node : merge(old, node));
	}
	return { kind: "map", entries, origin: above.origin };
}

/** Every origin within a tree, in order, each once. */
export function originsWithin(node: Node): readonly Origin[] {
	const children = node.kind === "map" ? [...node.entries.values()] : node.kind === "list" ? node.items : [];
	return [...new Set([node.origin, ...children.flatMap(originsWithin)])];
}
