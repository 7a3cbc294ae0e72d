/**
 * Text with `${...}` in it, as parts. `\${` is a literal `${`; backslashes before it are halved; nesting is allowed.
 *
 * @module
 */

/** Literal text, or a reference whose own text is made of parts. */
export type Part = string | { readonly inner: readonly Part[] };

/** The parts of `text`; an error text where a `${` is never closed. */
export function parseTemplate(text: string): readonly Part[] | { readonly error: string } {
	const { parts, closed } = readParts({ tokens: text.match(TOKEN) ?? [], at: 0 }, 0);
	if (closed) return parts;
	return { error: `'\${' is not closed by '}' in '${text}'; write '\\\${' for the characters themselves` };
}

/** True where `text` has anything that `parseTemplate` would change. */
export function hasTemplate(text: string): boolean {
	return text.includes("${");
}

/** `text` so that it stands for itself: the inverse of a template without references. */
export function escapeTemplate(text: string): string {
	return text.replace(/(\\*)\$\{/g, (_, slashes: string) => `${slashes}${slashes}\\\${`);
}

/** Deepest nesting of references that is read. */
const DEEPEST = 16;

/** An opening with its backslashes, a run of backslashes, a brace, or other text. */
const TOKEN = /\\*\$\{|\\+|[{}$]|[^\\${}]+/g;

/** How a token changes the depth of plain braces. */
const BRACES: Readonly<Record<string, number>> = { "{": 1, "}": -1 };

type Cursor = { readonly tokens: readonly string[]; at: number };
type Level = { readonly parts: readonly Part[]; readonly closed: boolean };

/** Reads up to the brace that closes the level, or at the root to the end; `closed` is false where it is missing. */
function readParts(cursor: Cursor, depth: number): Level {
	const parts: Part[] = [];
	let braces = 0;
	for (let token = cursor.tokens[cursor.at++]; token !== undefined; token = cursor.tokens[cursor.at++]) {
		if (depth > 0 && braces === 0 && token === "}") return { parts, closed: true };
		const read = token.endsWith("${") ? readOpening(token, cursor, depth) : [token];
		if (read === undefined) return { parts, closed: false };
		for (const part of read) append(parts, part);
		braces += BRACES[token] ?? 0;
	}
	return { parts, closed: depth === 0 };
}

/** What `\\${...` stands for; undefined where its end is missing. */
function readOpening(token: string, cursor: Cursor, depth: number): readonly Part[] | undefined {
	const slashes = token.length - 2;
	const literal = "\\".repeat(Math.floor(slashes / 2));
	if (slashes % 2 === 1) return [`${literal}\${`];
	const inner = depth < DEEPEST ? readParts(cursor, depth + 1) : undefined;
	return inner?.closed === true ? [literal, { inner: inner.parts }] : undefined;
}

/** Adds a part; neighbouring text becomes one part, empty text none. */
function append(parts: Part[], part: Part): void {
	const last = parts.at(-1);
	if (part === "") return;
	if (typeof part === "string" && typeof last === "string") parts[parts.length - 1] = last + part;
	else parts.push(part);
}
