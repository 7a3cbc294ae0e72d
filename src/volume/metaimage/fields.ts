/**
 * The lines `Key = Value` of a MetaImage header, up to ElementDataFile, which ends it.
 *
 * From MetaIO's documentation and its reader: `:` may stand for `=`, the last of two equal keys counts.
 *
 * @module
 */

import { demand } from "../flat/flaw.ts";

/** What the header says, and the byte after it. */
export type MetaFields = {
	readonly fields: ReadonlyMap<string, string>;
	/** Lines that follow the header, read only where they are names of files. */
	readonly list: readonly string[];
	readonly end: number;
};

/** Longer lines are refused. */
const MOST_LETTERS = 1 << 16;

/** Keys that a MetaImage begins with. */
const FIRST = /^\s*(ObjectType|NDims|Comment|ObjectSubType|FileFormatVersion|BinaryData|DimSize)\s*[=:]/;

/** True where `head` begins with a key of MetaImage, or tells NDims soon after another. */
export function beginsAsMeta(head: Uint8Array): boolean {
	const text = textOf(head.subarray(0, 512));
	return FIRST.test(text) || /\n\s*NDims\s*[=:]/.test(text);
}

/** Reads the header at the first of `bytes`. @throws a flaw */
export function parseFields(bytes: Uint8Array): MetaFields {
	const text = textOf(bytes);
	demand(beginsAsMeta(bytes), "another first line than MetaImage");
	const fields = new Map<string, string>();
	for (let at = 0; at < text.length; ) {
		const stop = text.indexOf("\n", at);
		const line = text.slice(at, stop < 0 ? undefined : stop).trim();
		at = stop < 0 ? text.length : stop + 1;
		if (line === "") continue;
		demand(line.length <= MOST_LETTERS, `a line of ${line.length} letters`);
		const [, key = "", value] = /^([^=:]+)[=:](.*)$/.exec(line) ?? [];
		demand(value !== undefined, `the line ${JSON.stringify(line.slice(0, 60))}`);
		fields.set(key.trim(), value.trim());
		if (key.trim() === "ElementDataFile") return { fields, list: namesIn(value, text.slice(at)), end: at };
	}
	demand(false, "an end before the line ElementDataFile");
}

/** The names of files that follow LIST. */
function namesIn(value: string, text: string): string[] {
	if (!/^LIST(\s|$)/.test(value.trim())) return [];
	return text
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "");
}

function textOf(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
