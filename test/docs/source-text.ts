/**
 * The texts in the sources, with what is put into them at run time taken out.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./pages.ts";

/** Stands where a template has `${...}`. */
const HOLE = "\u0001";

/** All sources as one text: `${...}` replaced by a hole, pieces of text that are added together joined. */
export function sourceText(): string {
	const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
		name.endsWith(".ts"),
	);
	return files.map((name) => normalised(readFileSync(join(ROOT, "src", name), "utf8"))).join("\n");
}

/** True where the sources hold `quote`, in which `...` stands for anything. */
export function isInSources(quote: string, sources: string): boolean {
	const parts = quote.split("...").map((part) => part.trim());
	const wanted = parts.filter((part) => part !== "").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
	return wanted.length > 0 && new RegExp(wanted.join("[^\\n]*?")).test(sources);
}

function normalised(source: string): string {
	return withoutHoles(withoutComments(source)).replace(/[`"]\s*\+\s*[`"]/g, "");
}

/** Errors are promised by code, not by comments. */
function withoutComments(source: string): string {
	return source.replace(/\/\*\*[\s\S]*?\*\//g, "");
}

function withoutHoles(source: string): string {
	let text = "";
	let depth = 0;
	for (let i = 0; i < source.length; i++) {
		if (depth === 0 && source.startsWith("${", i) && source[i - 1] !== "\\") {
			text += HOLE;
			depth = 1;
			i++;
		} else if (depth === 0) text += source[i];
		else if (source[i] === "{") depth++;
		else if (source[i] === "}") depth--;
	}
	return text;
}
