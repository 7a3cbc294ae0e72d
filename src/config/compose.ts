/**
 * Files to one tree: `_base_` files and the `defaults:` list below, the file itself above, merged deeply.
 *
 * Unit: one file with all it is built on. A file may be reached twice, but never through itself.
 *
 * @module
 */
import { access, realpath } from "node:fs/promises";
import { askedText, candidatesOf, type Entry, readEntries } from "./defaults-list.ts";
import { readConfigText } from "./file.ts";
import type { KeyPath } from "./key.ts";
import { emptyMap, type MapNode, mergeMaps } from "./node.ts";
import { problemError } from "./problem.ts";
import { parseYamlFile } from "./yaml.ts";

/** The merged tree and the files it came from, in the order of merging. */
export type Composed = { readonly root: MapNode; readonly files: readonly string[] };

/** Most files one configuration is built from. */
const MOST_FILES = 1000;

type FileEntry = Extract<Entry, { kind: "file" }>;
type Journey = {
	/** Real paths from the first file to the one at hand, and the same as people know them. */
	readonly chain: readonly { readonly real: string; readonly shown: string }[];
	readonly at: KeyPath;
	readonly files: string[];
};

/** Reads `file` and all it is built on. @throws CONFIG: missing or bad files, cycles with their chain */
export async function composeFile(file: string): Promise<Composed> {
	const files: string[] = [];
	const root = await compose(file, "", { chain: [], at: [], files });
	return { root, files };
}

async function compose(file: string, asked: string, journey: Journey): Promise<MapNode> {
	const text = await readConfigText(file, asked);
	const content = await parseYamlFile(text, file);
	const chain = [...journey.chain, { real: await realpath(file), shown: file }];
	const at = packageOf(text, journey.at, file);
	const { entries, own } = readEntries(file, content);
	let tree = emptyMap({ kind: "file", file, line: 1 });
	for (const entry of entries) {
		const part =
			entry.kind === "self"
				? placed(own, at)
				: await composeEntry(entry, { ...journey, chain, at: [...at, ...entry.at] });
		tree = mergeMaps(tree, part);
		if (entry.kind === "self") journey.files.push(file);
	}
	return tree;
}

async function composeEntry(entry: FileEntry, journey: Journey): Promise<MapNode> {
	const found = await firstExisting(candidatesOf(entry.path));
	if (found === undefined && entry.optional) return emptyMap(entry.origin);
	const file = found ?? candidatesOf(entry.path)[0] ?? entry.path;
	if (found !== undefined) await refuseCycle(file, entry, journey);
	if (journey.files.length >= MOST_FILES)
		throw problemError(entry.origin, `more than ${MOST_FILES} files are merged here`);
	return compose(file, askedText(entry), journey);
}

async function refuseCycle(file: string, entry: FileEntry, journey: Journey): Promise<void> {
	const real = await realpath(file);
	const first = journey.chain.findIndex((step) => step.real === real);
	if (first < 0) return;
	const chain = [...journey.chain.slice(first).map((step) => step.shown), file].join(" -> ");
	throw problemError(entry.origin, `'${entry.text}': the files are built on each other in a circle: ${chain}`);
}

async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
	for (const path of paths) {
		const exists = await access(path).then(
			() => true,
			() => false,
		);
		if (exists) return path;
	}
	return undefined;
}

/** Hydra's `# @package` header among the leading comments: `_global_` is the root, a dotted name a place in it. */
function packageOf(text: string, at: KeyPath, file: string): KeyPath {
	const name = /^(?:\ufeff?(?:#.*)?\r?\n)*\ufeff?#\s*@package\s+(\S+)/.exec(text)?.[1];
	if (name === undefined || name === "_group_") return at;
	if (name === "_global_") return [];
	if (/^[A-Za-z]\w*(\.\w+)*$/.test(name)) return name.split(".");
	const origin = { kind: "file", file, line: 1 } as const;
	throw problemError(origin, `'@package ${name}' is not supported; expected _global_ or a dotted name`);
}

/** `content` put below the names of `at`. */
function placed(content: MapNode, at: KeyPath): MapNode {
	return at.reduceRight<MapNode>(
		(inner, name) => ({ kind: "map", entries: new Map([[name, inner]]), origin: inner.origin }),
		content,
	);
}
