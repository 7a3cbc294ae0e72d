/**
 * `${a.b}`, `${.sibling}`, `${..above}` and `${env:X,default}` replaced by what they stand for.
 *
 * A value that is nothing but one reference keeps the type of what it names, maps and lists too; within text it becomes
 * text. References may go to values that hold references; circles are problems that show the chain.
 *
 * @module
 */
import { type KeyPath, keyText, parseKey } from "./key.ts";
import { likelyName, meantText } from "./likely.ts";
import { childOf, type MapNode, type Node, plainOf, type ScalarNode } from "./node.ts";
import type { Problem } from "./problem.ts";
import { plainScalarNode } from "./scalar.ts";
import { hasTemplate, type Part, parseTemplate } from "./template.ts";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The tree without references, what was wrong, and the names of the variables that were asked for. */
export type Interpolated = {
	readonly root: Node;
	readonly problems: readonly Problem[];
	readonly env: readonly string[];
};

/** Longest text, and most values, that references may make. */
const LONGEST = 1 << 16;
const MOST_VALUES = 100_000;

/** Replaces every reference in `root`. Problems leave a broken node, so that each is told once. */
export function interpolate(root: MapNode, env: Environment): Interpolated {
	const walk = new Walk(root, env);
	const result = walk.node(root, [], []);
	return { root: result, problems: walk.problems, env: [...walk.asked].sort() };
}

/** Thrown within a walk to give up one value. */
class Unresolved extends Error {}

class Walk {
	readonly problems: Problem[] = [];
	readonly asked = new Set<string>();
	readonly #root: MapNode;
	readonly #env: Environment;
	readonly #done = new Map<string, Node>();
	#values = 0;

	constructor(root: MapNode, env: Environment) {
		this.#root = root;
		this.#env = env;
	}

	/** `node`, which lies at `path`, without references; `chain` are the keys being made out, outermost first. */
	node(node: Node, path: KeyPath, chain: readonly string[]): Node {
		const key = keyText(path);
		const done = this.#done.get(key);
		if (done !== undefined) return done;
		const result = this.#safely(node, path, chain);
		if (path.length > 0) this.#done.set(key, result);
		return result;
	}

	#safely(node: Node, path: KeyPath, chain: readonly string[]): Node {
		try {
			return this.#made(node, path, chain);
		} catch (error) {
			if (!(error instanceof Unresolved)) throw error;
			if (error.message !== "") {
				this.problems.push({ origin: node.origin, text: `${keyText(path)}: ${error.message}` });
			}
			return { kind: "broken", origin: node.origin };
		}
	}

	#made(node: Node, path: KeyPath, chain: readonly string[]): Node {
		if (++this.#values > MOST_VALUES) throw new Unresolved(`references make more than ${MOST_VALUES} values`);
		if (node.kind === "broken") return node;
		if (node.kind === "scalar") return this.#scalar(node, path, chain);
		const inside = [...chain, keyText(path)];
		if (node.kind === "list") {
			return { ...node, items: node.items.map((item, i) => this.node(item, [...path, String(i)], inside)) };
		}
		const entries = [...node.entries].map(
			([name, child]) => [name, this.node(child, [...path, name], inside)] as const,
		);
		return { ...node, entries: new Map(entries) };
	}

	#scalar(node: ScalarNode, path: KeyPath, chain: readonly string[]): Node {
		if (typeof node.value !== "string" || !hasTemplate(node.value)) return node;
		const parts = parseTemplate(node.value);
		if ("error" in parts) throw new Unresolved(parts.error);
		return this.#joined(parts, node, path, [...chain, keyText(path)]);
	}

	/** One reference alone keeps its type; anything else is joined to text. */
	#joined(parts: readonly Part[], node: ScalarNode, path: KeyPath, chain: readonly string[]): Node {
		const [only] = parts;
		if (parts.length === 1 && typeof only === "object") return this.#reference(only.inner, node, path, chain);
		let text = "";
		for (const part of parts) {
			text += typeof part === "string" ? part : textOf(this.#reference(part.inner, node, path, chain));
			if (text.length > LONGEST) throw new Unresolved(`references make a text of more than ${LONGEST} characters`);
		}
		return { kind: "scalar", value: text, origin: node.origin };
	}

	#reference(inner: readonly Part[], node: ScalarNode, path: KeyPath, chain: readonly string[]): Node {
		const [head] = inner;
		const resolver = typeof head === "string" ? /^\s*([\w.]+):/.exec(head) : null;
		if (typeof head === "string" && resolver !== null) {
			if (resolver[1] === "env" || resolver[1] === "oc.env") {
				return this.#variable([head.slice(resolver[0].length), ...inner.slice(1)], node, path, chain);
			}
			throw new Unresolved(
				`'\${${resolver[1]}:...}' is not known; there are \${env:NAME,default}, \${oc.env:NAME,default} and \${key}`,
			);
		}
		const name = this.#joined([...inner, ""], node, path, chain);
		const text = textOf(name).trim();
		const target = absolute(text, path);
		if (target === undefined)
			throw new Unresolved(
				`'\${${text}}' names no key: expected \${section.key}, \${.sibling} or \${env:NAME,default}`,
			);
		return this.#follow(target, text, node, chain);
	}

	#variable(inner: readonly Part[], node: ScalarNode, path: KeyPath, chain: readonly string[]): Node {
		const comma = inner.findIndex((part) => typeof part === "string" && part.includes(","));
		const at = inner[comma];
		const cut = typeof at === "string" ? at.indexOf(",") : -1;
		const head = typeof at === "string" ? [...inner.slice(0, comma), at.slice(0, cut)] : inner;
		const name = textOf(this.#joined([...head, ""], node, path, chain)).trim();
		if (!/^[A-Za-z_]\w*$/.test(name))
			throw new Unresolved(`'\${env:${name}}': expected the name of an environment variable`);
		this.asked.add(name);
		const value = Object.hasOwn(this.#env, name) ? this.#env[name] : undefined;
		if (value !== undefined) return plainScalarNode(value, node.origin);
		if (typeof at !== "string") {
			throw new Unresolved(
				`the environment variable ${name} is not set; set it, or give a default: \${env:${name},default}`,
			);
		}
		const rest = [at.slice(cut + 1).trimStart(), ...inner.slice(comma + 1)].filter((part) => part !== "");
		return this.#fallback(this.#joined(rest, node, path, chain), rest);
	}

	/** A written default is one unquoted value, or quoted text; a reference alone keeps its type. */
	#fallback(made: Node, parts: readonly Part[]): Node {
		if (parts.length === 1 && typeof parts[0] === "object") return made;
		const text = textOf(made).trim();
		const quoted = /^'([^']*)'$|^"([^"]*)"$/.exec(text);
		if (quoted !== null) return { kind: "scalar", value: quoted[1] ?? quoted[2] ?? "", origin: made.origin };
		return plainScalarNode(text, made.origin);
	}

	/** Goes down to `target` a name at a time, making out what is referred to on the way. */
	#follow(target: KeyPath, text: string, node: ScalarNode, chain: readonly string[]): Node {
		let here: Node = this.#root;
		for (const [depth, part] of target.entries()) {
			if (here.kind === "scalar") here = this.#resolved(here, target.slice(0, depth), chain);
			const next: Node | undefined = childOf(here, part);
			if (next === undefined && here.kind === "broken") throw new Unresolved("");
			if (next === undefined) throw new Unresolved(missingText(text, here, target.slice(0, depth + 1)));
			here = next;
		}
		const made = this.#resolved(here, target, chain);
		if (made.kind === "broken") throw new Unresolved("");
		return made.kind === "scalar" ? { ...made, origin: node.origin } : made;
	}

	#resolved(node: Node, path: KeyPath, chain: readonly string[]): Node {
		const key = keyText(path);
		const first = chain.indexOf(key);
		if (first >= 0) throw new Unresolved(`the references go in a circle: ${[...chain.slice(first), key].join(" -> ")}`);
		return this.node(node, path, chain);
	}
}

/** The key from the root: leading dots count from the map that holds the reference. */
function absolute(text: string, path: KeyPath): KeyPath | undefined {
	const dots = /^\.*/.exec(text)?.[0].length ?? 0;
	const rest = parseKey(text.slice(dots));
	if (rest === undefined || dots > path.length) return undefined;
	return dots === 0 ? rest : [...path.slice(0, path.length - dots), ...rest];
}

function missingText(text: string, parent: Node, path: KeyPath): string {
	const names = parent.kind === "map" ? [...parent.entries.keys()] : [];
	const likely = likelyName(path.at(-1) ?? "", names);
	const meant = likely === undefined ? undefined : keyText([...path.slice(0, -1), likely]);
	return `'\${${text}}' names '${keyText(path)}', which is not there${meantText(meant)}`;
}

function textOf(node: Node): string {
	if (node.kind === "broken") throw new Unresolved("");
	if (node.kind === "scalar") return node.source ?? String(node.value ?? "null");
	throw new Unresolved(`a ${node.kind} cannot be put into text: ${JSON.stringify(plainOf(node)).slice(0, 80)}`);
}
