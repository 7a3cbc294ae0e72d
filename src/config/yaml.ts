/**
 * YAML text to a tree of values with their lines, and values to text; the only file that imports `yaml`.
 *
 * YAML 1.2, core schema, one document a file, a map at its root. Merge keys (`<<`) and anchors work; tags do not.
 * Bad text is an error with its line; nothing in it can exhaust memory or the stack.
 *
 * @module
 */
import type { Node as YamlNode, Pair as YamlPair } from "yaml";
import { errorText, NnvolError } from "../core/errors.ts";
import { emptyMap, type MapNode, type Node } from "./node.ts";
import { type Origin, originText } from "./origin.ts";
import { type Problem, problemError, problemsError } from "./problem.ts";
import { plainScalarNode } from "./scalar.ts";

type Yaml = typeof import("yaml");

/** Deepest nesting, and most values once aliases are expanded. Real configurations have 5 and some hundreds. */
const DEEPEST = 64;
const MOST_VALUES = 100_000;

/** The one tag that is taken: !!str, for text that looks like a number. */
const TEXT_TAG = "tag:yaml.org,2002:str";

/** Gives the origin of an offset in the text. */
type PlaceOf = (offset: number) => Origin;

/** The map that a YAML file holds; an empty file is an empty map. @throws CONFIG with every problem of the text */
export async function parseYamlFile(text: string, file: string): Promise<MapNode> {
	const starts = lineStarts(text);
	const placeOf: PlaceOf = (offset) => ({ kind: "file", file, line: lineAt(starts, offset) });
	const root = await parseYaml(text, placeOf);
	const start = placeOf(0);
	if (root === undefined || (root.kind === "scalar" && root.value === null)) return emptyMap(start);
	if (root.kind === "map") return root;
	const found = root.kind === "list" ? "a list" : "one plain value";
	throw problemError(root.origin, `expected sections such as 'inference:' with keys below them, found ${found}`);
}

/** One value in YAML, as on the command line: a list, a map or quoted text. @throws CONFIG */
export async function parseYamlValue(text: string, origin: Origin): Promise<Node> {
	return (await parseYaml(text, () => origin)) ?? { kind: "scalar", value: null, origin };
}

/** Values as YAML, a document each. They are plain: maps, lists, texts, numbers. Texts that other readers might take for more are quoted. */
export async function yamlDocuments(values: readonly unknown[]): Promise<string> {
	const { stringify } = await import("yaml");
	// 1.1 as well, which Kubernetes reads: no "on" without quotes, no lines folded, no anchors
	const options = { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false } as const;
	return values.map((value) => `---\n${stringify(value, options)}`).join("");
}

async function parseYaml(text: string, placeOf: PlaceOf): Promise<Node | undefined> {
	refuseDepth(text, placeOf);
	const yaml = await import("yaml");
	try {
		const document = yaml.parseDocument(text, { version: "1.2", schema: "core", prettyErrors: false });
		const faults = [...document.errors, ...document.warnings];
		if (faults.length > 0) throw problemsError(firstPerLine(faults, text, placeOf));
		const reader = new TreeReader(yaml, placeOf);
		return document.contents === null ? undefined : reader.node(document.contents, 0);
	} catch (error) {
		if (error instanceof NnvolError) throw error;
		throw problemError(placeOf(0), `the YAML cannot be read: ${errorText(error)}`, error);
	}
}

/** Refuses nesting that would exhaust the parser's stack before the parser sees it. */
function refuseDepth(text: string, placeOf: PlaceOf): void {
	const steep = /^[ ?:-]{200}/m.exec(text);
	let offset = steep?.index;
	for (let i = 0, depth = 0; i < text.length && offset === undefined; i++) {
		const c = text[i];
		if (c === "[" || c === "{") depth++;
		if (c === "]" || c === "}") depth = Math.max(0, depth - 1);
		if (depth > DEEPEST * 2) offset = i;
	}
	if (offset !== undefined) throw problemError(placeOf(offset), `nested deeper than ${DEEPEST} levels`);
}

type YamlFault = { readonly code: string; readonly message: string; readonly pos: readonly [number, number] };

/** The first problem of each line: the parser's later ones follow from it. */
function firstPerLine(faults: readonly YamlFault[], text: string, placeOf: PlaceOf): readonly Problem[] {
	const sorted = [...faults].sort((a, b) => a.pos[0] - b.pos[0]);
	const byPlace = new Map<string, Problem>();
	for (const fault of sorted) {
		const problem = syntaxProblem(fault, text, placeOf);
		const place = originText(problem.origin);
		if (!byPlace.has(place)) byPlace.set(place, problem);
	}
	return [...byPlace.values()];
}

/** The common mistakes in our words, the others in the parser's. */
function syntaxProblem(fault: YamlFault, text: string, placeOf: PlaceOf): Problem {
	const rest = text.slice(fault.pos[0], fault.pos[1]);
	const texts: Readonly<Record<string, string>> = {
		DUPLICATE_KEY: `the key '${/^[^:\s]+/.exec(text.slice(fault.pos[0]))?.[0] ?? ""}' is there twice in one map; keep one`,
		TAB_AS_INDENT: "a tab is used to indent; YAML takes spaces only",
		MULTIPLE_DOCS: "a second document starts here ('---'); a configuration is one document",
		TAG_RESOLVE_FAILED: `tags such as '${rest}' are not taken; write the plain value`,
	};
	const own = Object.hasOwn(texts, fault.code) ? texts[fault.code] : undefined;
	const line = lineOf(text, fault.pos[0]);
	const quote = /\$\{/.test(line)
		? `; in a list or map in brackets, put quotes around "\${...}"`
		: /:\s*[{*@%`]/.test(line)
			? "; put quotes around text that begins with {, *, @, % or `"
			: "";
	return { origin: placeOf(fault.pos[0]), text: own ?? `not valid YAML: ${fault.message}${quote}` };
}

function lineOf(text: string, offset: number): string {
	const start = text.lastIndexOf("\n", offset - 1) + 1;
	const end = text.indexOf("\n", offset);
	return text.slice(start, end < 0 ? undefined : end);
}

/** Turns the parser's nodes into ours, expanding aliases and merge keys within a budget. */
class TreeReader {
	readonly #yaml: Yaml;
	readonly #placeOf: PlaceOf;
	readonly #anchors = new Map<string, YamlNode>();
	#values = 0;

	constructor(yaml: Yaml, placeOf: PlaceOf) {
		this.#yaml = yaml;
		this.#placeOf = placeOf;
	}

	/** One value at `depth`. @throws CONFIG over the budget, for an unknown alias, for a key that is not text */
	node(node: unknown, depth: number): Node {
		const { isAlias, isMap, isScalar, isSeq, isNode } = this.#yaml;
		const origin = this.#origin(node);
		this.#spend(depth, origin);
		if (isAlias(node)) return this.node(this.#anchored(node.source, origin), depth + 1);
		if (isNode(node)) this.#note(node, origin);
		if (isSeq(node)) return { kind: "list", items: node.items.map((item) => this.node(item, depth + 1)), origin };
		if (isMap(node)) return this.#map(node.items, origin, depth);
		if (!isScalar(node)) return { kind: "scalar", value: null, origin, empty: !isNode(node) };
		const plain = node.type === "PLAIN" && node.tag !== TEXT_TAG;
		return this.#scalar(plain, node.source ?? String(node.value ?? ""), origin);
	}

	/** Remembers a node's anchor. @throws CONFIG for a tag other than !!str */
	#note(node: YamlNode, origin: Origin): void {
		if ("anchor" in node && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
		if (node.tag === undefined || node.tag === TEXT_TAG || node.tag === "!") return;
		throw problemError(origin, `tags such as '${node.tag}' are not taken; write the plain value`);
	}

	#anchored(name: string, origin: Origin): YamlNode {
		const node = this.#anchors.get(name);
		if (node !== undefined) return node;
		throw problemError(
			origin,
			`'*${name}' is an alias of an anchor that is not there; put quotes around text that begins with *`,
		);
	}

	#scalar(plain: boolean, source: string, origin: Origin): Node {
		if (!plain) return { kind: "scalar", value: source, origin };
		return source === "" ? { kind: "scalar", value: null, origin, empty: true } : plainScalarNode(source, origin);
	}

	#map(pairs: readonly YamlPair[], origin: Origin, depth: number): MapNode {
		const own = new Map<string, Node>();
		const merged = new Map<string, Node>();
		for (const pair of pairs) {
			const key = this.#key(pair.key);
			const value = this.node(pair.value, depth + 1);
			if (key === "<<") for (const [name, node] of mergeKeyEntries(value)) addOnce(merged, name, node);
			else own.set(key, value);
		}
		for (const [name, node] of merged) addOnce(own, name, node);
		return { kind: "map", entries: own, origin };
	}

	#key(key: unknown): string {
		const origin = this.#origin(key);
		if (!this.#yaml.isScalar(key))
			throw problemError(origin, "a key must be a plain name, found a list, a map or an alias");
		const name = key.type === "PLAIN" ? (key.source ?? "") : String(key.value);
		if (name === "__proto__") throw problemError(origin, "'__proto__' cannot be a key");
		if (name === "") throw problemError(origin, "a key without a name");
		return name;
	}

	#origin(node: unknown): Origin {
		return this.#placeOf(this.#yaml.isNode(node) ? (node.range?.[0] ?? 0) : 0);
	}

	#spend(depth: number, origin: Origin): void {
		if (depth > DEEPEST) {
			throw problemError(origin, `nested deeper than ${DEEPEST} levels, or an alias that holds itself`);
		}
		if (++this.#values > MOST_VALUES) {
			throw problemError(origin, `more than ${MOST_VALUES} values once its aliases are expanded`);
		}
	}
}

/** The entries that `<<` brings in: of a map, or of a list of maps, the earlier winning. @throws CONFIG otherwise */
function mergeKeyEntries(value: Node): readonly (readonly [string, Node])[] {
	if (value.kind === "map") return [...value.entries];
	if (value.kind === "list") return value.items.flatMap(mergeKeyEntries);
	throw problemError(
		value.origin,
		"'<<' merges maps: expected an alias of a map or a list of such, found a plain value",
	);
}

function addOnce(map: Map<string, Node>, name: string, node: Node): void {
	if (!map.has(name)) map.set(name, node);
}

function lineStarts(text: string): readonly number[] {
	return [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map((match) => match.index + match[0].length)];
}

/** The line (from 1) of an offset: the number of line starts at or before it, by bisection. */
function lineAt(starts: readonly number[], offset: number): number {
	let low = 0;
	let high = starts.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((starts[middle] ?? 0) <= offset) low = middle + 1;
		else high = middle;
	}
	return low;
}
