/**
 * The door: files and arguments to a checked configuration that knows where each value comes from.
 *
 * Order: compose the files, lay the parameters over them, apply the overrides, interpolate, validate.
 *
 * @module
 */

import { isNnvolError } from "../core/errors.ts";
import { hashOf } from "../core/hash.ts";
import { applyOverrides } from "./apply.ts";
import { type Composed, composeFile } from "./compose.ts";
import { type Environment, interpolate } from "./interpolate.ts";
import { CONFIG_KEYS, fieldsOf, type KeyTree } from "./key-tree.ts";
import { emptyMap, type MapNode, mergeMaps, type Node, nodeAt, nodeOf, originsWithin } from "./node.ts";
import { DEFAULT_ORIGIN, originText } from "./origin.ts";
import { type Override, parseOverride } from "./override.ts";
import { type Problem, problemsError } from "./problem.ts";
import { configEntries, renderConfig } from "./render.ts";
import type { Config } from "./schema.ts";
import { validate } from "./validate.ts";

/** What a configuration is loaded from. */
export type ConfigSource = {
	/** A YAML file; without one every value is a default or an override. */
	readonly file?: string;
	/** A YAML file that is laid over it, such as the best parameters that `nnvol tune` found. */
	readonly params?: string;
	/** `a.b=1`, `+a.b=1`, `++a.b=1`, `~a.b`, in the order of the command line. */
	readonly overrides?: readonly string[];
	/** Environment variables for `${env:X}`; the process's own by default. */
	readonly env?: Environment;
};

/** A checked configuration. */
export type ResolvedConfig = {
	readonly config: Config;
	/** By dotted key: `file:line`, `argument 'a.b=1'` or `default`, several joined by commas. */
	readonly origins: ReadonlyMap<string, string>;
	/** The values as YAML; loading this text gives the same values. */
	readonly text: string;
	/** SHA-256 of the canonical JSON of the values (`vars` left out: what they fill in is there). */
	readonly hash: string;
	/** SHA-256 of only those values that can change the voxels of an output, paths of model and data left out. */
	readonly resultHash: string;
	/** The files it was composed from, in the order of merging. */
	readonly files: readonly string[];
	/** Environment variables that were asked for, set or not. */
	readonly env: readonly string[];
};

/** Loads and checks a configuration. @throws CONFIG with every problem at once, sorted by place */
export async function loadConfig(source: ConfigSource): Promise<ResolvedConfig> {
	const composed = await composeSource(source);
	const { overrides, problems } = await parseOverrides(source.overrides ?? []);
	const applied = applyOverrides(mergeMaps(defaultsNode(CONFIG_KEYS), composed.root), overrides, CONFIG_KEYS);
	const filled = mergeMaps(defaultsNode(CONFIG_KEYS), applied.root);
	const resolved = interpolate(filled, source.env ?? process.env);
	const root = resolved.root.kind === "map" ? resolved.root : emptyMap(DEFAULT_ORIGIN);
	const checked = validate(root);
	const all = [...problems, ...applied.problems, ...resolved.problems, ...checked.problems];
	if (all.length > 0) throw problemsError(all);
	return resolvedConfig(checked.config, originsOf(root), composed.files, resolved.env);
}

async function composeSource({ file, params }: ConfigSource): Promise<Composed> {
	let composed: Composed = { root: emptyMap(DEFAULT_ORIGIN), files: [] };
	for (const each of [file, params]) {
		if (each === undefined) continue;
		const { root, files } = await composeFile(each);
		composed = { root: mergeMaps(composed.root, root), files: [...composed.files, ...files] };
	}
	return composed;
}

async function parseOverrides(
	texts: readonly string[],
): Promise<{ readonly overrides: readonly Override[]; readonly problems: readonly Problem[] }> {
	const overrides: Override[] = [];
	const problems: Problem[] = [];
	for (const [index, text] of texts.entries()) {
		try {
			overrides.push(await parseOverride(text, index));
		} catch (error) {
			if (!isNnvolError(error, "CONFIG")) throw error;
			problems.push({
				origin: { kind: "argument", text, index },
				text: error.message.replace(`argument '${text}': `, ""),
			});
		}
	}
	return { overrides, problems };
}

/** Every default as a tree, so that references reach them and overrides know the keys. */
function defaultsNode(tree: KeyTree): MapNode {
	const entries = [...tree.children].map(
		([name, child]) => [name, child.kind === "section" ? defaultsNode(child) : nodeOf(child.fallback)] as const,
	);
	return { kind: "map", entries: new Map<string, Node>(entries), origin: DEFAULT_ORIGIN };
}

function originsOf(root: Node): ReadonlyMap<string, string> {
	return new Map(
		fieldsOf(CONFIG_KEYS).map(({ key }) => {
			const node = nodeAt(root, key.split("."));
			const texts = node === undefined ? ["default"] : originsWithin(node).map(originText);
			return [key, [...new Set(texts)].join(", ")] as const;
		}),
	);
}

function resolvedConfig(
	config: Config,
	origins: ReadonlyMap<string, string>,
	files: readonly string[],
	env: readonly string[],
): ResolvedConfig {
	const changing = new Set(
		fieldsOf(CONFIG_KEYS).flatMap(({ key, meta }) => (meta.changesResult === true ? [key] : [])),
	);
	const entries = configEntries(config).filter(([key]) => key !== "vars");
	return {
		config,
		origins,
		text: renderConfig({ config, origins }),
		hash: hashOf(Object.fromEntries(entries)),
		resultHash: hashOf(Object.fromEntries(entries.filter(([key]) => changing.has(key)))),
		files,
		env,
	};
}
