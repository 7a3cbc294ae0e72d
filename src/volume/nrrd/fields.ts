/**
 * The lines of an NRRD header as fields by name.
 *
 * From teem's "Definition of NRRD File Format" (versions 1 to 5).
 *
 * @module
 */
import { demand } from "../flat/flaw.ts";

/** What the header says, and where it ends. */
export type NrrdFields = {
	/** Values by field name in lower case, blanks around them cut off. */
	readonly fields: ReadonlyMap<string, string>;
	/** Names that follow `data file: LIST`. */
	readonly list: readonly string[];
	/** Bytes of the header with the empty line that ends it; undefined where the file ends without one. */
	readonly end: number | undefined;
};

/** Longer lines are refused. */
const MOST_LETTERS = 1 << 16;

/** Second names of fields. */
const SAME: Readonly<Record<string, string>> = {
	datafile: "data file",
	lineskip: "line skip",
	byteskip: "byte skip",
	blocksize: "block size",
	axismins: "axis mins",
	axismaxs: "axis maxs",
	centerings: "centers",
};

/** Reads the lines of a header that begins at the first of `bytes`. @throws a flaw */
export function parseFields(bytes: Uint8Array): NrrdFields {
	const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
	const first = /^NRRD000[1-9]\r?\n/.exec(text)?.[0];
	demand(first !== undefined, "another first line than NRRD");
	const fields = new Map<string, string>();
	for (let at = first.length; at < text.length; ) {
		const stop = text.indexOf("\n", at);
		const line = text.slice(at, stop < 0 ? undefined : stop).replace(/\r$/, "");
		at = stop < 0 ? text.length : stop + 1;
		if (line === "") return { fields, list: [], end: at };
		demand(line.length <= MOST_LETTERS, `a line of ${line.length} letters`);
		const field = parseLine(line);
		if (field === undefined) continue;
		demand(!fields.has(field.name), `the field "${field.name}" twice`);
		fields.set(field.name, field.value);
		// the names of files end the header
		if (isList(field.name, field.value)) return { fields, list: namesIn(text.slice(at)), end: undefined };
	}
	return { fields, list: [], end: undefined };
}

/** The field of a line; undefined for comments and for `key:=value`, which tells nothing about the array. */
function parseLine(line: string): { readonly name: string; readonly value: string } | undefined {
	if (line.startsWith("#")) return undefined;
	const [, field, value] = /^([^:]+): (.*)$/.exec(line) ?? [];
	if (field === undefined || value === undefined) {
		demand(/^[^:]+:(=|$)/.test(line), `the line ${JSON.stringify(line.slice(0, 60))}`);
		return undefined;
	}
	const name = field.trim().toLowerCase();
	return { name: Object.hasOwn(SAME, name) ? (SAME[name] ?? name) : name, value: value.trim() };
}

function isList(name: string, value: string): boolean {
	return name === "data file" && /^LIST(\s|$)/.test(value);
}

function namesIn(text: string): string[] {
	return text
		.split("\n")
		.map((line) => line.replace(/\r$/, ""))
		.filter((line) => line !== "");
}
