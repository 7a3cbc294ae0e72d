/**
 * The directories (IFDs) of a TIFF file: one a page, each a table of tags.
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

/** Every directory of the chain. @throws VOLUME where one lies outside the file or the chain runs in a circle */
export async function readDirectories(source: TiffSource): Promise<Directory[]> {
	const directories: Directory[] = [];
	const seen = new Set<number>();
	for (let at = await readHeader(source); at !== 0; ) {
		if (seen.has(at)) throw volumeError(source.path, "damaged TIFF: its list of pages runs in a circle");
		seen.add(at);
		const { directory, next } = await readDirectory(source, at);
		directories.push(directory);
		at = next;
	}
	if (directories.length === 0) throw volumeError(source.path, "damaged TIFF: it has no page; copy or make it again");
	return directories;
}

async function readDirectory(source: TiffSource, at: number): Promise<{ directory: Directory; next: number }> {
	const { wide, big } = source;
	const head = wide ? u64 : u16;
	const pointer = wide ? u64 : u32;
	const entryBytes = wide ? 20 : 12;
	const count = head.read(big)(await source.peek(at, head.width), 0);
	const table = await source.peek(at + head.width, count * entryBytes + pointer.width);
	const entries = Buffer.from(table);
	const numbers = new Map<number, number[]>();
	let description = "";
	for (let i = 0; i < count; i++) {
		const entry = entries.subarray(i * entryBytes, (i + 1) * entryBytes);
		const tag = u16.read(big)(entry, 0);
		if (!KNOWN.has(tag)) continue;
		const values = await readValues(source, entry);
		if (tag === TAG.description)
			description ||= Buffer.from(values)
				.toString("utf8")
				.replace(/\0[\s\S]*$/, "");
		else if (values.length > 0) numbers.set(tag, values);
	}
	return { directory: { numbers, description }, next: pointer.read(big)(entries, count * entryBytes) };
}

async function readValues(source: TiffSource, entry: Buffer): Promise<number[]> {
	const { wide, big } = source;
	const pointer = wide ? u64 : u32;
	const kind = TYPES[u16.read(big)(entry, 2)];
	if (kind === undefined) return [];
	const count = pointer.read(big)(entry, 4);
	const bytes = count * kind.width;
	const inline = 4 + pointer.width;
	const place = pointer.read(big)(entry, inline);
	const values = bytes <= pointer.width ? entry.subarray(inline) : await source.peek(place, bytes);
	const read = kind.read(big);
	return Array.from({ length: count }, (_, i) => read(values, i * kind.width));
}
