/**
 * Where a value of the configuration was written.
 *
 * @module
 */

/** A place in a file (line from 1), a command-line argument (counted from 0), or the schema's default. */
export type Origin =
	| { readonly kind: "file"; readonly file: string; readonly line: number }
	| { readonly kind: "argument"; readonly text: string; readonly index: number }
	| { readonly kind: "default" };

/** The origin of values nobody wrote. */
export const DEFAULT_ORIGIN: Origin = { kind: "default" };

/** `tutorial.yaml:12`, `argument 'a.b=1'` or `default`. */
export function originText(origin: Origin): string {
	switch (origin.kind) {
		case "file":
			return `${origin.file}:${origin.line}`;
		case "argument":
			return `argument '${origin.text}'`;
		case "default":
			return "default";
	}
}

/** Order of reading: files by name and line, then arguments as they were given, then defaults. */
export function compareOrigins(a: Origin, b: Origin): number {
	const ranks = { file: 0, argument: 1, default: 2 } as const;
	if (a.kind === "file" && b.kind === "file") {
		return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
	}
	if (a.kind === "argument" && b.kind === "argument") return a.index - b.index;
	return ranks[a.kind] - ranks[b.kind];
}
