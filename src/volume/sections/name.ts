/**
 * Names of stacks: `stack:` and where the files lie, accepted wherever one volume is named.
 *
 * `stack:FOLDER`, `stack:raw/*.png`, `stack:raw/s{z:04d}_{y}_{x}.jpg`, `stack:volume.json`. The prefix tells them from a
 * folder of single images, which is many cases.
 *
 * @module
 */
import { basename, dirname, extname, join, resolve, sep } from "node:path";

const PREFIX = "stack:";

/** Letters that make a part of a path a pattern. */
const PATTERN = /[*?[\]{}#]|%\d*d/;

/** True for the name of a stack of files. */
export function isStackName(path: string): boolean {
	return path.startsWith(PREFIX);
}

/** What stands behind the prefix, with slashes. */
export function stackPattern(path: string): string {
	const pattern = path.slice(PREFIX.length);
	return sep === "\\" ? pattern.replaceAll("\\", "/") : pattern;
}

/** The name of the stack of `pattern`. */
export function stackName(pattern: string): string {
	return `${PREFIX}${pattern}`;
}

/** The same stack, seen from `folder` where its pattern is relative. */
export function resolveStack(folder: string, path: string): string {
	return stackName(resolve(folder, stackPattern(path)));
}

/** The innermost folder of a pattern that is none itself, "." where there is none, and the parts behind it. */
export function splitPattern(pattern: string): { readonly base: string; readonly parts: readonly string[] } {
	const all = pattern.split("/");
	const first = all.findIndex((part) => PATTERN.test(part));
	const parts = first < 0 ? [] : all.slice(first);
	const base = all.slice(0, all.length - parts.length).join("/");
	return { base: base === "" && pattern.startsWith("/") ? "/" : base === "" ? "." : base, parts };
}

/** The folder that a stack lies in: beside it, or in it, lie its records. */
export function stackFolder(path: string): string {
	const { base, parts } = splitPattern(stackPattern(path));
	return parts.length === 0 && isList(base) ? dirname(base) : base;
}

/** What files beside a stack begin with, and what its case is called: its folder, or its list without the ending. */
export function stackStem(path: string): string {
	const { base } = splitPattern(stackPattern(path));
	if (isList(base)) return base.slice(0, base.length - extname(base).length);
	const folder = resolve(base);
	return join(dirname(base === "." ? folder : base), basename(folder) || "stack");
}

/** True for a list of tiles in JSON. */
export function isList(path: string): boolean {
	return path.toLowerCase().endsWith(".json");
}
