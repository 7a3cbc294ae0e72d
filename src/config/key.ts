/**
 * Dotted keys: `inference.data.output_path`, with list positions as `a.0.b` or `a[0].b`.
 *
 * @module
 */

/** The names from the root down; a position in a list is its digits. */
export type KeyPath = readonly string[];

/** `a.b`, `a.0.b` and `a[0].b` as parts; undefined where a part is empty or brackets do not match. */
export function parseKey(text: string): KeyPath | undefined {
	const parts = text
		.trim()
		.replace(/\[(\d+)\]/g, ".$1")
		.split(".");
	return parts.every((part) => /^[^\s[\]=]+$/.test(part)) ? parts : undefined;
}

/** The parts with dots between them. */
export function keyText(path: KeyPath): string {
	return path.join(".");
}

/** `head.tail`, or `tail` alone at the root. */
export function joinKey(head: string, tail: string): string {
	return head === "" ? tail : `${head}.${tail}`;
}

/** The place in a list that `part` names; undefined where it is no such number. */
export function listIndex(part: string): number | undefined {
	return /^(0|[1-9]\d{0,8})$/.test(part) ? Number(part) : undefined;
}
