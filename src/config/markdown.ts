/**
 * The reference page of the configuration, made from the schema.
 *
 * @module
 */
import { GRAMMAR_PAGE } from "./grammar-page.ts";
import { CONFIG_KEYS, type KeyField, type KeyTree } from "./key-tree.ts";

/** The whole page as Markdown. */
export function configMarkdown(): string {
	return `${[GRAMMAR_PAGE.trim(), "## Keys", "null stands for none everywhere.", ...sectionTables(CONFIG_KEYS)].join("\n\n")}\n`;
}

/** A table for the fields a section holds itself, then those of the sections in it. */
function sectionTables(tree: KeyTree): readonly string[] {
	const children = [...tree.children.values()];
	const fields = children.filter((child) => child.kind === "field");
	const sections = children.filter((child) => child.kind === "section");
	const own = fields.length === 0 ? [] : [table(tree, fields)];
	const title = tree.key === "" ? [] : [`### \`${tree.key}\``, tree.text];
	return tree.key === ""
		? [...sections.flatMap(sectionTables), "### `vars`", table(tree, fields)]
		: [...title, ...own, ...sections.flatMap(sectionTables)];
}

function table(tree: KeyTree, fields: readonly KeyField[]): string {
	const prefix = tree.key === "" ? 0 : tree.key.length + 1;
	const rows = fields.map((field) => `| \`${field.key.slice(prefix)}\` | ${shownDefault(field)} | ${meaning(field)} |`);
	return ["| key | default | meaning |", "|---|---|---|", ...rows].join("\n");
}

function shownDefault({ meta, fallback }: KeyField): string {
	return meta.shown ?? `\`${typeof fallback === "string" ? fallback : JSON.stringify(fallback)}\``;
}

function meaning({ meta }: KeyField): string {
	const example = meta.example === undefined ? "" : ` Example: \`${meta.example}\`.`;
	return `${meta.text} Takes ${meta.expects}.${example}`.replaceAll("|", "\\|").replaceAll("\n", " ");
}
