/**
 * A tree of values to a `Config`: every unknown key and every wrong value, each with its place, at once.
 *
 * @module
 */
import { z } from "zod";
import { CONFIG_KEYS, type KeyField, type KeyTree, unknownKeyText } from "./key-tree.ts";
import { childOf, type MapNode, type Node, plainOf } from "./node.ts";
import type { Problem } from "./problem.ts";
import { type Config, configSchema } from "./schema.ts";

/** The configuration, and the problems; with problems the values in question are the defaults. */
export type Validated = { readonly config: Config; readonly problems: readonly Problem[] };

/** Checks `root` against the schema. Broken values were reported before and are passed over. */
export function validate(root: MapNode): Validated {
	const problems: Problem[] = [];
	const plain = section(root, CONFIG_KEYS, problems);
	const config = configSchema.parse(plain);
	return { config, problems: [...problems, ...crossProblems(root, config)] };
}

function section(node: Node | undefined, tree: KeyTree, problems: Problem[]): Record<string, unknown> {
	if (node === undefined || node.kind === "broken" || (node.kind === "scalar" && node.value === null)) return {};
	if (node.kind !== "map") {
		const keys = [...tree.children.keys()].slice(0, 3).join(", ");
		problems.push({
			origin: node.origin,
			text: `${tree.key}: expected keys below it (${keys}, ...), found ${foundText(node)}`,
		});
		return {};
	}
	const plain: Record<string, unknown> = {};
	for (const [name, child] of node.entries) {
		const key = tree.children.get(name);
		if (key === undefined) {
			const path = tree.key === "" ? [name] : [...tree.key.split("."), name];
			problems.push({ origin: child.origin, text: unknownKeyText(CONFIG_KEYS, path) });
		} else {
			plain[name] = key.kind === "section" ? section(child, key, problems) : fieldValue(child, key, problems);
		}
	}
	return plain;
}

/** The plain value where it is good; undefined, for the default, where it is not. */
function fieldValue(node: Node, field: KeyField, problems: Problem[]): unknown {
	if (holdsBroken(node)) return undefined;
	const value = field.meta.isText === true ? asWritten(node) : plainOf(node);
	const result = z.safeParse(field.schema, value);
	if (result.success) return value;
	const seen = new Set<string>();
	for (const issue of deepestIssues(result.error.issues)) {
		const place = nodeOfIssue(node, issue.path);
		const text = `${field.key}: ${issueText(issue, field, node)}`;
		if (!seen.has(text)) problems.push({ origin: place.origin, text });
		seen.add(text);
	}
	return undefined;
}

/** Issues of one field say the same thing but where they have a text of their own: the first of each will do. */
function deepestIssues(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
	const own = issues.filter(isOwn);
	return own.length > 0 ? own : issues.slice(0, 1);
}

function isOwn(issue: z.core.$ZodIssue): boolean {
	return issue.code === "custom" && Object.hasOwn(issue.params ?? {}, "own");
}

/** True where the issue's text says already what was found. */
function isWhole(issue: z.core.$ZodIssue): boolean {
	return issue.code === "custom" && issue.params?.["own"] === "whole";
}

function issueText(issue: z.core.$ZodIssue, field: KeyField, node: Node): string {
	if (isOwn(issue)) return isWhole(issue) ? issue.message : `${issue.message}, found ${foundText(node)}`;
	return `expected ${field.meta.expects}, found ${foundText(node)}${hintText(field, node)}`;
}

/** The deepest node on an issue's way. */
function nodeOfIssue(node: Node, path: readonly PropertyKey[]): Node {
	let here = node;
	for (const part of path) here = childOf(here, String(part)) ?? here;
	return here;
}

/** What a value is, in words, cut to a readable length. */
function foundText(node: Node): string {
	if (node.kind === "broken") return "a broken value";
	const json = JSON.stringify(plainOf(node));
	const short = json.length > 80 ? `${json.slice(0, 77)}...` : json;
	if (node.kind !== "scalar") return `the ${node.kind} ${short}`;
	if (node.value === null) return "nothing (null)";
	const kind = typeof node.value === "string" ? "text" : typeof node.value === "number" ? "number" : "truth value";
	return `the ${kind} ${short}`;
}

/** The usual slip behind a wrong value. */
function hintText(field: KeyField, node: Node): string {
	if (node.kind === "map" && field.meta.isText === true) return "; put quotes around text that begins with a brace";
	if (node.kind !== "scalar") return "";
	const { value, origin } = node;
	if (value === null)
		return origin.kind === "argument" && /=\s*$/.test(origin.text)
			? " (nothing stands after '='; an unset shell variable?)"
			: "";
	if (typeof value !== "string")
		return field.key.endsWith("select_channel") && typeof value === "number" && value < 0
			? "; channels are not counted from the end"
			: "";
	if (/^(yes|no|on|off|y|n)$/i.test(value)) return "; in YAML 1.2 only true and false are truth values";
	if (/^[-+]?\d[\d_]*_[\d_]*$/.test(value)) return "; write the number without underscores";
	if (/^(None|none)$/.test(value)) return "; write null for none";
	if (/^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(value)) return "; write the number without quotes";
	return "";
}

/** As `plainOf`, but numbers and truth values as the text they were written as. */
function asWritten(node: Node): unknown {
	if (node.kind === "scalar") return node.source ?? node.value;
	return node.kind === "list" ? node.items.map(asWritten) : plainOf(node);
}

function holdsBroken(node: Node): boolean {
	if (node.kind === "broken") return true;
	const children = node.kind === "map" ? [...node.entries.values()] : node.kind === "list" ? node.items : [];
	return children.some(holdsBroken);
}

/** Values that are good alone but not together. */
function crossProblems(root: MapNode, config: Config): readonly Problem[] {
	const { volume_mode: mode } = config.inference;
	if (mode.file_list === null || mode.file_pattern === null) return [];
	const place = ["inference", "volume_mode", "file_list"].reduce<Node>(
		(node, part) => childOf(node, part) ?? node,
		root,
	);
	const text =
		"inference.volume_mode.file_list and file_pattern are both set; keep one (inference.volume_mode.file_pattern=null takes the other away)";
	return [{ origin: place.origin, text }];
}
