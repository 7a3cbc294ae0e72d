/**
 * Named columns of numbers as one piece of bytes, checked when they are read: what is recorded of a block.
 *
 * The bytes are a line of JSON (names, types and lengths of the columns, CRC-32 of the rest, plain facts) and the columns
 * behind it, little-endian, deflated.
 *
 * @module
 */
import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";

/** A column. */
export type Column =
	| Uint8Array<ArrayBuffer>
	| Uint16Array<ArrayBuffer>
	| Uint32Array<ArrayBuffer>
	| Float64Array<ArrayBuffer>;

/** Columns by name. */
export type Columns = Readonly<Record<string, Column>>;

/** Speed counts more than size: records are read once or twice. */
const LEVEL = 1;

const header = z.object({
	nnvol: z.literal("columns"),
	columns: z.array(
		z.object({ name: z.string(), type: z.enum(["uint8", "uint16", "uint32", "float64"]), length: z.int().min(0) }),
	),
	crc: z.int(),
});

/** The columns as bytes. */
export function packColumns(columns: Columns): Uint8Array {
	const entries = Object.entries(columns);
	const body = deflateRawSync(Buffer.concat(entries.map(([, column]) => bytesUnder(column))), { level: LEVEL });
	const head = {
		nnvol: "columns",
		columns: entries.map(([name, column]) => ({ name, type: typeOf(column), length: column.length })),
		crc: crc32(body),
	};
	return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

/** The columns in `bytes`; undefined where they are damaged or something else. */
export function unpackColumns(bytes: Uint8Array): Columns | undefined {
	const end = bytes.indexOf(10);
	if (end < 0) return undefined;
	try {
		const head = header.safeParse(JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))));
		const body = bytes.subarray(end + 1);
		if (!head.success || crc32(body) !== head.data.crc) return undefined;
		return columnsOf(head.data.columns, inflateRawSync(body));
	} catch {
		return undefined;
	}
}

/** The column of `name` as whole numbers below 2^32. @throws RangeError where there is none */
export function uint32Column(columns: Columns, name: string): Uint32Array<ArrayBuffer> {
	const column = columns[name];
	if (column instanceof Uint32Array) return column;
	throw new RangeError(`expected a column ${name} of uint32, found ${Object.keys(columns).join(", ")}`);
}

/** The column of `name` as numbers. @throws RangeError where there is none */
export function float64Column(columns: Columns, name: string): Float64Array<ArrayBuffer> {
	const column = columns[name];
	if (column instanceof Float64Array) return column;
	throw new RangeError(`expected a column ${name} of float64, found ${Object.keys(columns).join(", ")}`);
}

function columnsOf(entries: z.infer<typeof header>["columns"], body: Uint8Array): Columns | undefined {
	const columns: Record<string, Column> = {};
	let at = 0;
	for (const { name, type, length } of entries) {
		const column = emptyColumn(type, length);
		const bytes = body.subarray(at, at + column.byteLength);
		if (bytes.length !== column.byteLength) return undefined;
		bytesUnder(column).set(bytes);
		columns[name] = column;
		at += column.byteLength;
	}
	return columns;
}

function emptyColumn(type: z.infer<typeof header>["columns"][number]["type"], length: number): Column {
	if (type === "uint8") return new Uint8Array(length);
	if (type === "uint16") return new Uint16Array(length);
	return type === "uint32" ? new Uint32Array(length) : new Float64Array(length);
}

function typeOf(column: Column): "uint8" | "uint16" | "uint32" | "float64" {
	if (column instanceof Uint8Array) return "uint8";
	if (column instanceof Uint16Array) return "uint16";
	return column instanceof Uint32Array ? "uint32" : "float64";
}

function bytesUnder(column: Column): Uint8Array {
	return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}
