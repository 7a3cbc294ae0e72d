/**
 * The records at the end of a ZIP file that say where its table of contents lies.
 *
 * @module
 */

import { viewOf } from "../core/bytes.ts";
import type { Fault } from "./fault.ts";
import type { FileSource } from "./file-source.ts";
import { wide } from "./zip-fields.ts";

/** Where the table of contents should lie; `end` is where the records after it really begin. */
export type DirectoryPlace = {
	readonly offset: number;
	readonly size: number;
	/** Number of members. */
	readonly count: number;
	readonly end: number;
};

const END = 22;
const END_SIGNATURE = 0x06054b50;
const LONGEST_COMMENT = 0xffff;
const LOCATOR = 20;
const LOCATOR_SIGNATURE = 0x07064b50;
const END64 = 56;
const END64_SIGNATURE = 0x06064b50;

/** Finds the table of contents. @throws what `fault` makes where the end record is missing, cut or contradicts itself */
export async function findDirectory(file: FileSource, fault: Fault): Promise<DirectoryPlace> {
	const tailOffset = Math.max(0, file.size - END - LONGEST_COMMENT);
	const tail = await file.read(tailOffset, file.size - tailOffset);
	const at = findEnd(tail, fault);
	const view = viewOf(tail);
	const place = {
		count: view.getUint16(at + 10, true),
		size: view.getUint32(at + 12, true),
		offset: view.getUint32(at + 16, true),
		end: tailOffset + at,
	};
	if (view.getUint16(at + 4, true) !== 0 && view.getUint16(at + 4, true) !== 0xffff) {
		throw fault("is one part of a ZIP archive of several files", "Join the parts first");
	}
	if (place.end < LOCATOR) return place;
	const locator = await file.read(place.end - LOCATOR, LOCATOR);
	if (viewOf(locator).getUint32(0, true) !== LOCATOR_SIGNATURE) return place;
	const wider = await readEnd64(file, wide(viewOf(locator), 8), place.end - LOCATOR, fault);
	checkAgree(place, wider, fault);
	return wider;
}

/** The last end record whose comment ends with the file. */
function findEnd(tail: Uint8Array, fault: Fault): number {
	const view = viewOf(tail);
	let stray = -1;
	for (let at = tail.length - END; at >= 0; at--) {
		if (view.getUint32(at, true) !== END_SIGNATURE) continue;
		if (at + END + view.getUint16(at + 20, true) === tail.length) return at;
		if (stray < 0) stray = at;
	}
	if (stray >= 0) throw fault("its end record does not end with the file: bytes were cut off or added");
	throw fault("its end is missing (no ZIP end record): it was cut off, as by an interrupted download");
}

async function readEnd64(
	file: FileSource,
	offset: number | undefined,
	limit: number,
	fault: Fault,
): Promise<DirectoryPlace> {
	if (offset === undefined || offset + END64 > limit) throw fault("its zip64 end record lies outside the file");
	const view = viewOf(await file.read(offset, END64));
	const recordSize = wide(view, 4);
	const [count, size, start] = [wide(view, 32), wide(view, 40), wide(view, 48)];
	const whole = view.getUint32(0, true) === END64_SIGNATURE && recordSize !== undefined;
	if (!whole || offset + 12 + recordSize !== limit) throw fault("its zip64 end record is damaged");
	if (count === undefined || size === undefined || start === undefined) {
		throw fault("its zip64 end record gives sizes that no file can have");
	}
	return { count, size, offset: start, end: offset };
}

function checkAgree(narrow: DirectoryPlace, wider: DirectoryPlace, fault: Fault): void {
	const agree =
		(narrow.count === 0xffff || narrow.count === wider.count) &&
		(narrow.size === 0xffffffff || narrow.size === wider.size) &&
		(narrow.offset === 0xffffffff || narrow.offset === wider.offset);
	if (!agree) throw fault("its two end records contradict each other");
}
