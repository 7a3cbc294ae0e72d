/**
 * The lines of an NRRD header as fields by name.
 *
 * From teem's "Definition of NRRD File Format" (versions 1 to 5).
 *
 * @module
 */

/** What the header says, and where it ends. */
export type NrrdFields = {
	/** Values by field name in lower case, blanks around them cut off. */
	readonly fields: ReadonlyMap<string, string>;
	/** Names that follow `data file: LIST`. */
	readonly list: readonly string[];
	/** Bytes of the header with the empty line that ends it; undefined where the file ends without one. */
	readonly end: number | undefined;
};

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

/** Reads the lines of a header that begins at the first of `bytes`; a string says what is wrong with them. */
export function parseFields(bytes: Uint8Array): NrrdFields | string {
	const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
	const fields = new Map<string, string>();
	const first = /^NRRD000[1-9]\r?\n/.exec(text);
	if (first === null) return "its first line is none of NRRD";
	for (let at = first[0].length; at < text.length; ) {
		const stop = text.indexOf("\n", at);
		const line = text.slice(at, stop < 0 ? undefined : stop).replace(/\r$/, "");
		at = stop < 0 ? text.length : stop + 1;
		if (line === "") return { fields, list: [], end: at };
		if (line.startsWith("#")) continue;
		const field = /^([^:]+): (.*)$/.exec(line);
		// `key:=value` pairs tell nothing about the array
		if (field === null && /^[^:]+:=/.test(line)) continue;
		if (field === null) return `it has the line ${JSON.stringify(line.slice(0, 60))}`;
		const name = (field[1] ?? "").trim().toLowerCase();
		const value = (field[2] ?? "").trim();
		if (fields.has(SAME[name] ?? name)) return `it tells "${name}" twice`;
		fields.set(SAME[name] ?? name, value);
		if ((SAME[name] ?? name) === "data file" && /^LIST(\s|$)/.test(value)) {
			return { fields, list: namesIn(text.slice(at)), end: undefined };
		}
	}
	return { fields, list: [], end: undefined };
}

function namesIn(text: string): string[] {
	return text
		.split("\n")
		.map((line) => line.replace(/\r$/, ""))
		.filter((line) => line !== "");
}
