/**
 * The lines `Key = Value` of a MetaImage header, up to ElementDataFile, which ends it.
 *
 * From MetaIO's documentation and its reader: `:` may stand for `=`, the last of two equal keys counts.
 *
 * @module
 */

/** What the header says, and the byte after it. */
export type MetaFields = {
	readonly fields: ReadonlyMap<string, string>;
	/** Lines that follow the header, read only where they are names of files. */
	readonly list: readonly string[];
	readonly end: number;
};

/** Keys that a MetaImage begins with. */
const FIRST = /^\s*(ObjectType|NDims|Comment|ObjectSubType|Name|ID|FileFormatVersion|BinaryData|DimSize)\s*[=:]/;

/** True where `head` begins as a MetaImage does. */
export function beginsAsMeta(head: Uint8Array): boolean {
	return FIRST.test(textOf(head.subarray(0, 64)));
}

/** Reads the header at the first of `bytes`; a string says what is wrong with it. */
export function parseFields(bytes: Uint8Array): MetaFields | string {
	const text = textOf(bytes);
	const fields = new Map<string, string>();
	for (let at = 0; at < text.length; ) {
		const stop = text.indexOf("\n", at);
		const line = text.slice(at, stop < 0 ? undefined : stop).trim();
		at = stop < 0 ? text.length : stop + 1;
		if (line === "") continue;
		const [, key, value] = /^([^=:]+)[=:](.*)$/.exec(line) ?? [];
		if (key === undefined || value === undefined) return `it has the line ${JSON.stringify(line.slice(0, 60))}`;
		fields.set(key.trim(), value.trim());
		if (key.trim() !== "ElementDataFile") continue;
		return { fields, list: /^LIST(\s|$)/.test(value.trim()) ? namesIn(text.slice(at)) : [], end: at };
	}
	return "it ends before the line ElementDataFile";
}

function namesIn(text: string): string[] {
	return text
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "");
}

function textOf(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
