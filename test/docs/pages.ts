/**
 * What the project's pages hold: commands, programs, links, quoted errors.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The repository's folder. */
export const ROOT = join(import.meta.dirname, "..", "..");

/** A block of code: `info` is what stands behind the opening marks. */
export type Block = { readonly info: string; readonly text: string };

/** Text of a page, by its path from the root. */
export function pageText(page: string): string {
	return readFileSync(join(ROOT, page), "utf8");
}

/** The project's pages, relative to its root. */
export function allPages(): string[] {
	const inFolder = (folder: string) =>
		readdirSync(join(ROOT, folder))
			.filter((name) => name.endsWith(".md"))
			.map((name) => join(folder, name));
	const examples = readdirSync(join(ROOT, "examples")).flatMap((name) => inFolder(join("examples", name)));
	return [...inFolder("."), ...inFolder("docs"), ...examples];
}

/** The fenced blocks of a page. */
export function blocksOf(text: string): Block[] {
	return [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(([, info = "", inner = ""]) => ({
		info: info.trim(),
		text: inner,
	}));
}

/** The commands of a block: continued lines joined, loops kept whole, lines of comment left out. */
export function commandsOf(text: string): string[] {
	const joined = text.replace(/\\\n\s*/g, "").split("\n");
	return joined.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
}

/** The commands in the comment that a configuration begins with. */
export function commandsOfHeader(text: string): string[] {
	const [header = ""] = /^(#.*\n)+/.exec(text) ?? [];
	return commandsOf(header.replace(/^# ?/gm, "")).filter((line) => line.startsWith("nnvol "));
}

/** The code that a command is said to end with. */
export function saidCode(command: string): number {
	return Number(/# exits (\d+)$/.exec(command)?.[1] ?? 0);
}

/** The anchors that a page's headings make, as GitHub names them. */
export function anchorsOf(text: string): string[] {
	const seen = new Map<string, number>();
	return [...withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => {
		const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
		const name = plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
		const count = seen.get(name) ?? 0;
		seen.set(name, count + 1);
		return count === 0 ? name : `${name}-${count}`;
	});
}

/** Links to places within the project. */
export function linksOf(text: string): string[] {
	return [...withoutBlocks(text).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, link = ""]) => link);
}

function withoutBlocks(text: string): string {
	return text.replace(/^```[\s\S]*?^```$/gm, "");
}

/** The errors that the tables of a page quote: the code in the first column of tables headed `error`. */
export function quotedErrors(text: string): string[] {
	return [...text.matchAll(/^\| error \|.*\n\|.*\n((?:\|.*\n)+)/gm)].flatMap(([, rows = ""]) =>
		[...rows.matchAll(/^\| `([^`]+)` \|/gm)].map(([, quote = ""]) => quote),
	);
}
