/**
 * A value, or a part of it, out of HTTP answers: the length is that which was promised, or the read is tried again.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { volumeError } from "../fault.ts";
import { MOST_BYTES, readAll, readPart, readTail } from "./body.ts";
import { isPacked } from "./content-encoding.ts";
import { damaged } from "./keys.ts";
import type { ByteRange } from "./store.ts";
import type { HttpAnswer } from "./transport.ts";

/** Reads an answer as the whole value. */
export function wholeValue(place: string): (answer: HttpAnswer) => Promise<Uint8Array> {
	return async (answer) => {
		if (answer.status === 416)
			throw volumeError(place, "the server refuses to read it from its begin; check the address");
		const bytes = await readAll(answer.body, answer.length, MOST_BYTES);
		if (answer.length !== undefined && bytes.length !== answer.length) throw short(place, bytes.length, answer.length);
		return bytes;
	};
}

/** One GET with these headers, whose answer goes to `use`. */
type Send = (
	headers: Readonly<Record<string, string>>,
	use: (answer: HttpAnswer) => Promise<Uint8Array>,
) => Promise<Uint8Array | undefined>;

/** Reads `range` of a value by one request. @throws VOLUME where the value ends before it */
export async function valuePart(place: string, range: ByteRange, send: Send): Promise<Uint8Array | undefined> {
	const length = lengthOf(place, range);
	if (length === 0) return emptyPart(place, range, send);
	return send({ range: rangeHeader(range) }, async (answer) => {
		switch (answer.status) {
			case 416:
				throw damaged(place, range, sizeIn(answer.header("content-range")));
			case 206:
				refusePacked(place, answer.header("content-encoding"));
				checkPart(place, range, answer.header("content-range"));
				return exactly(place, length, await readPart(answer.body, 0, length));
			default:
				return partOfWhole(place, range, answer);
		}
	});
}

/** The range as a header: "bytes=0-9", "bytes=-10". */
export function rangeHeader(range: ByteRange): string {
	return "suffixLength" in range
		? `bytes=-${range.suffixLength}`
		: `bytes=${range.offset}-${range.offset + range.length - 1}`;
}

/** Length of a range that can be asked for. @throws VOLUME */
export function lengthOf(place: string, range: ByteRange): number {
	const length = "suffixLength" in range ? range.suffixLength : range.length;
	const offset = "suffixLength" in range ? 0 : range.offset;
	if (!(Number.isSafeInteger(offset + length) && offset >= 0 && length >= 0 && length <= MOST_BYTES)) {
		throw volumeError(place, `${length} bytes at ${offset} cannot be read; the volume's metadata is damaged`);
	}
	return length;
}

/** No header asks for no bytes: the byte before them is read, which tells whether the value reaches so far. */
async function emptyPart(place: string, range: ByteRange, send: Send): Promise<Uint8Array | undefined> {
	const nothing = new Uint8Array(0);
	const offset = "suffixLength" in range ? 0 : range.offset;
	if (offset === 0) return send({ range: "bytes=0-0" }, async () => nothing);
	const before = await valuePart(place, { offset: offset - 1, length: 1 }, send);
	return before === undefined ? undefined : nothing;
}

/** A part of packed bytes cannot be unpacked, and its place is another. */
function refusePacked(place: string, encoding: string | null): void {
	if (!isPacked(encoding)) return;
	throw volumeError(
		place,
		`is stored packed (${encoding}), of which no part can be read; store it without Content-Encoding`,
	);
}

/** @throws VOLUME where the server sends another part than was asked for, or the value ends before its end */
function checkPart(place: string, range: ByteRange, header: string | null): void {
	const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header ?? "") ?? [];
	if (first === undefined) return;
	const size = total === "*" ? undefined : Number(total);
	const length = "suffixLength" in range ? range.suffixLength : range.length;
	if (size !== undefined && size < length) throw damaged(place, range, size);
	const offset = "suffixLength" in range ? Number(last) + 1 - length : range.offset;
	if (Number(first) !== offset) {
		throw volumeError(
			place,
			`expected bytes from ${offset}, the server sent those from ${first}; the server is at fault`,
		);
	}
	if (Number(last) + 1 < offset + length) throw damaged(place, range, size);
}

/** The server knows no ranges and sends all: what lies before is passed over, what lies after is not read. */
async function partOfWhole(place: string, range: ByteRange, answer: HttpAnswer): Promise<Uint8Array> {
	if (!("suffixLength" in range)) {
		const bytes = await readPart(answer.body, range.offset, range.length);
		if (bytes.length === range.length) return bytes;
		if (answer.length !== undefined && answer.length >= range.offset + range.length)
			throw short(place, bytes.length, range.length);
		throw damaged(place, range, answer.length);
	}
	const { length, body } = answer;
	if (length !== undefined && length < range.suffixLength) throw damaged(place, range, length);
	if (length !== undefined) {
		return exactly(place, range.suffixLength, await readPart(body, length - range.suffixLength, range.suffixLength));
	}
	const tail = await readTail(body, range.suffixLength);
	if (tail.length < range.suffixLength) throw damaged(place, range, tail.length);
	return tail;
}

function exactly(place: string, length: number, bytes: Uint8Array): Uint8Array {
	if (bytes.length !== length) throw short(place, bytes.length, length);
	return bytes;
}

/** A body that was cut off: a fault of the way, which may pass. */
export function short(place: string, found: number, expected: number): NnvolError {
	return new NnvolError("VOLUME", `${place}: the answer ends after ${found} of ${expected} bytes; run again`, {
		fields: { path: place, found, expected },
		transient: true,
	});
}

/** The size of a value as "bytes 0-9/123" or a 416 answer tells it. */
function sizeIn(header: string | null): number | undefined {
	const [, total] = /^bytes (?:\*|\d+-\d+)\/(\d+)$/.exec(header ?? "") ?? [];
	return total === undefined ? undefined : Number(total);
}
