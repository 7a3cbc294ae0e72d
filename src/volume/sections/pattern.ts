/**
 * Patterns of file names with numbers in them, to expressions that read the numbers and to names made of them.
 *
 * `{z}` `{y}` `{x}` (also `{row}`, `{column}`) are numbers of any length, `{z:04d}` and `{zzzz}` of at least four digits,
 * as in Python's format strings and in WEBKNOSSOS; `%04d` and `####` stand for z, `%d_%d` for row and column, `%d_%d_%d` for
 * all three. `*`, `?`, `[0-9]` and `{a,b}` are those of the shell.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";

/** What a number in a name counts. */
export type Field = "z" | "y" | "x";

/** A piece of a pattern: text, a number, or something that stands for more than one text. */
type Token =
	| { readonly kind: "text"; readonly text: string }
	| { readonly kind: "number"; readonly field: Field; readonly width: number }
	| { readonly kind: "any"; readonly source: string };

/** One part of a path. */
export type Part = {
	readonly tokens: readonly Token[];
	/** What the captures of `expression` count. */
	readonly fields: readonly Field[];
	readonly expression: RegExp;
};

const TOKENS =
	/\{(?<name>z+|y+|x+|row|column|col)(?::0?(?<digits>\d*)d?)?\}|%0?(?<printf>\d*)d|(?<hashes>#+)|(?<star>\*+)|(?<question>\?)|\[(?<class>[^\]]+)\]|\{(?<choice>[^{}]*,[^{}]*)\}/g;

const FIELDS: Readonly<Record<string, Field>> = { row: "y", column: "x", col: "x" };

/** What `%d` counts, by how many there are. */
const PRINTF: Readonly<Record<number, readonly Field[]>> = { 1: ["z"], 2: ["y", "x"], 3: ["z", "y", "x"] };

/** The parts of a path as expressions. @throws CONFIG where `%d` stands in it more than three times */
export function compileParts(parts: readonly string[]): Part[] {
	const count = parts.join("/").match(/%\d*d/g)?.length ?? 0;
	const order = [...(PRINTF[count] ?? [])];
	if (count > 3) throw new NnvolError("CONFIG", `${parts.join("/")}: expected %d at most three times (z, y, x)`);
	return parts.map((part) => compilePart(part, () => order.shift() ?? "z"));
}

function compilePart(part: string, nextField: () => Field): Part {
	const tokens: Token[] = [];
	let end = 0;
	for (const match of part.matchAll(TOKENS)) {
		tokens.push({ kind: "text", text: part.slice(end, match.index) });
		tokens.push(tokenOf(match.groups ?? {}, nextField));
		end = match.index + match[0].length;
	}
	tokens.push({ kind: "text", text: part.slice(end) });
	const fields = tokens.flatMap((token) => (token.kind === "number" ? [token.field] : []));
	return { tokens, fields, expression: new RegExp(`^${tokens.map(sourceOf).join("")}$`) };
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>, nextField: () => Field): Token {
	const { name, digits, printf, hashes } = groups;
	if (name !== undefined) {
		const named = FIELDS[name];
		const field = named ?? (name.startsWith("z") ? "z" : name.startsWith("y") ? "y" : "x");
		return { kind: "number", field, width: widthOf(digits) ?? (named === undefined ? name.length : 1) };
	}
	if (printf !== undefined) return { kind: "number", field: nextField(), width: widthOf(printf) ?? 1 };
	if (hashes !== undefined) return { kind: "number", field: "z", width: hashes.length };
	return { kind: "any", source: wildcard(groups) };
}

function wildcard(groups: Readonly<Record<string, string | undefined>>): string {
	const { star, question, choice } = groups;
	if (star !== undefined) return ".*";
	if (question !== undefined) return ".";
	if (choice !== undefined) return `(?:${choice.split(",").map(quoted).join("|")})`;
	return classOf(groups["class"] ?? "");
}

/** Digits of a number at least; file systems have no longer names than 255 letters. */
function widthOf(digits: string | undefined): number | undefined {
	return digits === undefined || digits === "" ? undefined : Math.max(1, Math.min(200, Number(digits)));
}

function sourceOf(token: Token): string {
	if (token.kind === "text") return quoted(token.text);
	return token.kind === "any" ? token.source : token.width > 1 ? `(\\d{${token.width},})` : "(\\d+)";
}

function classOf(letters: string): string {
	const negated = /^[!^]/.test(letters);
	return `[${negated ? "^" : ""}${letters.slice(negated ? 1 : 0).replace(/[\\^[\]]/g, "\\$&")}]`;
}

function quoted(text: string): string {
	return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** True where `part` is one text alone. */
export function isPlain(part: Part): boolean {
	return part.tokens.every(({ kind }) => kind === "text");
}

/** The name that `part` gives for these numbers; undefined where it stands for more than one text, or lacks a number. */
export function fillPart(part: Part, numbers: Readonly<Partial<Record<Field, number>>>): string | undefined {
	let name = "";
	for (const token of part.tokens) {
		const number = token.kind === "number" ? numbers[token.field] : undefined;
		if (token.kind === "any" || (token.kind === "number" && number === undefined)) return undefined;
		name += token.kind === "number" ? String(number).padStart(token.width, "0") : token.text;
	}
	return name;
}
