/**
 * The directories (IFDs) of a TIFF file: one a page, each a table of tags that points to the next.
 *
 * From "TIFF Revision 6.0" (Adobe, 1992), section 2, and the BigTIFF design (offsets and counts of 8 bytes).
 *
 * @module
 */
import { volumeError } from "../fault.ts";
import type { TiffSource } from "./source.ts";

/** Numbers of the tags that are read or written. */
export const TAG = {
	subfile: 254,
	width: 256,
	height: 257,
	bits: 258,
	compression: 259,
	photometric: 262,
	fillOrder: 266,
	description: 270,
	stripOffsets: 273,
	samples: 277,
	rowsPerStrip: 278,
	stripCounts: 279,
	xResolution: 282,
	yResolution: 283,
	planar: 284,
	resolutionUnit: 296,
	software: 305,
	predictor: 317,
	tileWidth: 322,
	tileHeight: 323,
	tileOffsets: 324,
	tileCounts: 325,
	subImages: 330,
	extraSamples: 338,
	sampleFormat: 339,
} as const;

const KNOWN: ReadonlySet<number> = new Set(Object.values(TAG));

/** Tags of one page. Text is kept as text; rationals are divided. */
export type Directory = { readonly numbers: ReadonlyMap<number, readonly number[]>; readonly description: string };

type Reader = (bytes: Buffer, at: number) => number;
type Type = { readonly width: number; readonly read: (big: boolean) => Reader };

function type(width: number, little: Reader, big: Reader): Type {
	return { width, read: (isBig) => (isBig ? big : little) };
}

const u8 = type(
	1,
	(b, at) => b.readUInt8(at),
	(b, at) => b.readUInt8(at),
);
const u16 = type(
	2,
	(b, at) => b.readUInt16LE(at),
	(b, at) => b.readUInt16BE(at),
);
const u32 = type(
	4,
	(b, at) => b.readUInt32LE(at),
	(b, at) => b.readUInt32BE(at),
);
const u64 = type(
	8,
	(b, at) => Number(b.readBigUInt64LE(at)),
	(b, at) => Number(b.readBigUInt64BE(at)),
);
const ratio = type(
	8,
	(b, at) => b.readUInt32LE(at) / b.readUInt32LE(at + 4),
	(b, at) => b.readUInt32BE(at) / b.readUInt32BE(at + 4),
);

const ASCII = 2;

/** Bytes of a description at most: OME's are a few hundred a page. */
const MOST_TEXT = 1 << 28;

/** Types of tag values that the known tags come in; others are skipped. */
const TYPES: Readonly<Record<number, Type>> = {
	1: u8,
	[ASCII]: u8,
	3: u16,
	4: u32,
	5: ratio,
	13: u32,
	16: u64,
	18: u64,
};

/** Reads byte order and width into `source` and returns where the first directory lies. @throws VOLUME */
async function readHeader(source: TiffSource): Promise<number> {
	const head = await source.peek(0, Math.min(16, source.size));
	const order = head.toString("latin1", 0, 2);
	if (head.length < 8 || (order !== "II" && order !== "MM")) {
		throw volumeError(source.path, "expected a TIFF, found a file that does not begin as one");
	}
	source.big = order === "MM";
	const version = u16.read(source.big)(head, 2);
	source.wide = version === 43;
	if (version === 42) return u32.read(source.big)(head, 4);
	if (version === 43 && head.length === 16) return u64.read(source.big)(head, 8);
	throw volumeError(source.path, `expected TIFF version 42 or 43 (BigTIFF), found ${version}`);
}

/** What is known of a page before its directory is read whole. */
export type PageEntry = {
	/** Where its directory lies. */
	readonly at: number;
	/** True for a smaller copy of another page, or a mask: no page of the volume. */
	readonly secondary: boolean;
	readonly width: number;
	readonly height: number;
};

/** Values a tag has at most: strips of a page of a terabyte. */
const MOST_VALUES = 1 << 24;

/**
 * Every page of the chain, from the first look at its directory alone: a file of many thousand pages opens quickly.
 *
 * @throws VOLUME where one lies outside the file or the chain runs in a circle
 */
export async function scanPages(source: TiffSource): Promise<PageEntry[]> {
	const pages: PageEntry[] = [];
	const seen = new Set<number>();
	for (let at = await readHeader(source); at !== 0; ) {
		if (seen.has(at)) throw volumeError(source.path, "damaged TIFF: its list of pages runs in a circle");
		seen.add(at);
		const { entries, next } = await readTable(source, at);
		pages.push({ at, ...glance(source, entries) });
		at = next;
	}
	if (pages.length === 0) throw volumeError(source.path, "damaged TIFF: it has no page; copy or make it again");
	return pages;
}

type Table = { readonly entries: Buffer; readonly next: number };

/** The entries of the directory at `at`, valid until the next `peek`, and the place of the next directory. */
async function readTable(source: TiffSource, at: number): Promise<Table> {
	const { wide, big } = source;
	const head = wide ? u64 : u16;
	const pointer = wide ? u64 : u32;
	const count = head.read(big)(await source.peek(at, head.width), 0);
	if (count === 0) throw volumeError(source.path, "damaged TIFF: a page has no tags; copy or make it again");
	const bytes = count * (wide ? 20 : 12);
	const table = await source.peek(at + head.width, bytes + pointer.width);
	return { entries: table.subarray(0, bytes), next: pointer.read(big)(table, bytes) };
}

/** Extents and kind of a page: tags of one number, which stand in the table itself. */
function glance({ wide, big }: TiffSource, entries: Buffer): Omit<PageEntry, "at"> {
	const found = { width: 0, height: 0, subfile: 0 };
	for (let at = 0; at < entries.length; at += wide ? 20 : 12) {
		const tag = u16.read(big)(entries, at);
		if (tag > TAG.height) break; // tags are sorted
		const type = TYPES[u16.read(big)(entries, at + 2)];
		if (type === undefined) continue;
		const value = type.read(big)(entries, at + (wide ? 12 : 8));
		if (tag === TAG.subfile) found.subfile = value;
		else if (tag === TAG.width) found.width = value;
		else if (tag === TAG.height) found.height = value;
	}
	const { width, height, subfile } = found;
	return { width, height, secondary: (subfile & 5) !== 0 };
}

/** Reads the directory at `at`. The description is read where it is asked for: it may be long. @throws VOLUME */
export async function readDirectory(source: TiffSource, at: number, described: boolean): Promise<Directory> {
	const entries = Buffer.from((await readTable(source, at)).entries);
	const width = source.wide ? 20 : 12;
	const numbers = new Map<number, number[]>();
	let description = "";
	for (let from = 0; from < entries.length; from += width) {
		const entry = entries.subarray(from, from + width);
		const tag = u16.read(source.big)(entry, 0);
		if (!KNOWN.has(tag)) continue;
		if (tag !== TAG.description) {
			const values = await readValues(source, entry);
			if (values.length > 0) numbers.set(tag, values);
		} else if (described && description === "") description = await readText(source, entry);
	}
	return { numbers, description };
}

async function readText(source: TiffSource, entry: Buffer): Promise<string> {
	const { bytes } = await valueBytes(source, entry);
	return bytes.toString("utf8").replace(/\0[\s\S]*$/, "");
}

async function readValues(source: TiffSource, entry: Buffer): Promise<number[]> {
	const { bytes, type, count } = await valueBytes(source, entry);
	if (type === undefined) return [];
	const read = type.read(source.big);
	return Array.from({ length: count }, (_, i) => read(bytes, i * type.width));
}

type Values = { readonly bytes: Buffer; readonly type: Type | undefined; readonly count: number };

/** The bytes of an entry's values, which stand in the entry or where it points to. */
async function valueBytes(source: TiffSource, entry: Buffer): Promise<Values> {
	const { wide, big } = source;
	const pointer = wide ? u64 : u32;
	const kind = u16.read(big)(entry, 2);
	const type = TYPES[kind];
	if (type === undefined) return { bytes: Buffer.alloc(0), type, count: 0 };
	const count = pointer.read(big)(entry, 4);
	const bytes = count * type.width;
	if (count > (kind === ASCII ? MOST_TEXT : MOST_VALUES)) {
		const tag = u16.read(big)(entry, 0);
		throw volumeError(source.path, `damaged TIFF: its tag ${tag} holds ${count} values; copy or make it again`);
	}
	const inline = 4 + pointer.width;
	if (bytes <= pointer.width) return { bytes: entry.subarray(inline, inline + bytes), type, count };
	return { bytes: await source.peek(pointer.read(big)(entry, inline), bytes), type, count };
}
