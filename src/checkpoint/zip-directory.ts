/**
 * The table of contents of a ZIP file (PKWARE APPNOTE 6.3, with zip64), read from the file's end and checked as a
 * whole: members lie in the file, before the table, without overlap, each name once. Nothing is unpacked here.
 *
 * @module
 */

import { viewOf } from "../core/bytes.ts";
import type { Fault } from "./fault.ts";
import type { FileSource } from "./file-source.ts";
import { type DirectoryPlace, findDirectory } from "./zip-end.ts";
import { wide } from "./zip-fields.ts";

/** One member as the table of contents tells it; its own header is checked when it is read. */
export type ZipEntry = {
	readonly name: string;
	/** 0 stored, 8 deflated; others are listed, not read. */
	readonly method: number;
	readonly encrypted: boolean;
	readonly crc32: number;
	/** Bytes in the file. */
	readonly compressedSize: number;
	/** Bytes when unpacked. */
	readonly size: number;
	/** Where the member's own header begins. */
	readonly offset: number;
	/** Type and permissions as Unix keeps them (`st_mode`); 0 where the archive does not say. */
	readonly mode: number;
};

/** Largest table of contents that is read: a million members. */
const LARGEST_TABLE = 256 << 20;
const HEADER = 46;
const LOCAL_HEADER = 30;
const SIGNATURE = 0x02014b50;
const SATURATED = 0xffffffff;
const ZIP64_EXTRA = 1;

/** Members by name, in the order of the table. @throws what `fault` makes where the table is damaged or lies */
export async function readDirectory(file: FileSource, fault: Fault): Promise<ReadonlyMap<string, ZipEntry>> {
	const place = await findDirectory(file, fault);
	checkPlace(place, fault);
	const bytes = await file.read(place.offset, place.size);
	const entries = new Map<string, ZipEntry>();
	let at = 0;
	for (let n = 0; n < place.count; n++) {
		const { entry, next } = readEntry(bytes, at, fault);
		if (entries.has(entry.name)) throw fault(`holds two members named "${entry.name}"`);
		entries.set(entry.name, entry);
		at = next;
	}
	if (at !== bytes.length) throw fault(`its table of contents has ${bytes.length - at} bytes too many`);
	checkPlaces([...entries.values()], place.offset, fault);
	return entries;
}

function checkPlace(place: DirectoryPlace, fault: Fault): void {
	if (place.offset + place.size !== place.end) {
		throw fault(
			`its table of contents should be ${place.size} bytes from ${place.offset} on, but ends at ${place.end}`,
		);
	}
	if (place.size > LARGEST_TABLE) throw fault(`its table of contents claims ${place.size} bytes`);
	if (place.count * HEADER > place.size) {
		throw fault(`${place.count} members cannot be listed in a table of contents of ${place.size} bytes`);
	}
}

function readEntry(bytes: Uint8Array, at: number, fault: Fault): { entry: ZipEntry; next: number } {
	const view = viewOf(bytes);
	if (at + HEADER > bytes.length || view.getUint32(at, true) !== SIGNATURE) {
		throw fault("its table of contents is damaged");
	}
	const nameEnd = at + HEADER + view.getUint16(at + 28, true);
	const extraEnd = nameEnd + view.getUint16(at + 30, true);
	const next = extraEnd + view.getUint16(at + 32, true);
	if (next > bytes.length) throw fault("its table of contents is damaged: an entry runs over the end");
	const name = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(at + HEADER, nameEnd));
	const sizes = wideFields(
		[view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)],
		bytes.subarray(nameEnd, extraEnd),
		() => fault(`the zip64 sizes of member "${name}" are missing or too large`),
	);
	const [size = 0, compressedSize = 0, offset = 0] = sizes;
	const encrypted = (view.getUint16(at + 8, true) & 1) === 1;
	const method = view.getUint16(at + 10, true);
	const crc32 = view.getUint32(at + 16, true);
	const mode = view.getUint16(at + 40, true);
	return { entry: { name, method, encrypted, crc32, compressedSize, size, offset, mode }, next };
}

/** Replaces the saturated ones of `fields` by the 64-bit numbers of the zip64 extra field, which holds only those. */
function wideFields(fields: readonly number[], extra: Uint8Array, missing: () => Error): readonly number[] {
	if (!fields.includes(SATURATED)) return fields;
	const values = zip64Extra(extra);
	let at = 0;
	return fields.map((field) => {
		if (field !== SATURATED) return field;
		const value = at + 8 <= values.length ? wide(viewOf(values), at) : undefined;
		if (value === undefined) throw missing();
		at += 8;
		return value;
	});
}

function zip64Extra(extra: Uint8Array): Uint8Array {
	const view = viewOf(extra);
	for (let at = 0; at + 4 <= extra.length; ) {
		const end = at + 4 + view.getUint16(at + 2, true);
		if (view.getUint16(at, true) === ZIP64_EXTRA) return extra.subarray(at + 4, end);
		at = end;
	}
	return new Uint8Array(0);
}

/** Overlapping members are how a small file claims to hold a huge content. */
function checkPlaces(entries: readonly ZipEntry[], limit: number, fault: Fault): void {
	let end = 0;
	let before = "";
	for (const entry of entries.toSorted((a, b) => a.offset - b.offset)) {
		if (entry.offset < end) throw fault(`its members "${before}" and "${entry.name}" overlap`);
		end = entry.offset + LOCAL_HEADER + entry.compressedSize;
		before = entry.name;
		if (end > limit) throw fault(`its member "${entry.name}" runs over the end of the members`);
	}
}
