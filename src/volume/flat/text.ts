/**
 * Voxels that stand in a file as text: numbers between blanks, or bytes in hexadecimal digits.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { allocate, DTYPES, type DType } from "../../core/dtype.ts";
import { fileError, volumeError } from "../fault.ts";
import type { FlatLayout } from "./layout.ts";
import { MOST_LETTERS, parseNumber } from "./numbers.ts";

const BLANKS = " \t\r\n\v\f,";

/** The voxels' bytes, in the order that `bigEndian` tells, a piece at a time. @throws VOLUME for text that is no number */
export async function* parsedText(
	path: string,
	at: number,
	{ info, encoding, bigEndian }: FlatLayout,
): AsyncGenerator<Uint8Array, void, undefined> {
	let rest = "";
	const parse = (text: string): Uint8Array =>
		encoding === "hex" ? parseHex(path, text) : parseNumbers(path, text, info.dtype, bigEndian);
	for await (const text of letters(path, at)) {
		const all = rest + text;
		// what may go on in the next piece waits for it
		const cut = encoding === "hex" ? all.length - (blankless(all).length % 2) : lastBlank(all) + 1;
		rest = all.slice(cut);
		if (rest.length > MOST_LETTERS) throw notNumbers(path, rest);
		if (cut > 0) yield parse(all.slice(0, cut));
	}
	if (rest.trim() !== "") yield parse(rest);
}

async function* letters(path: string, at: number): AsyncGenerator<string, void, undefined> {
	try {
		for await (const piece of createReadStream(path, { start: at, encoding: "latin1" })) yield String(piece);
	} catch (cause) {
		throw fileError(path, "read", cause);
	}
}

function parseNumbers(path: string, text: string, dtype: DType, bigEndian: boolean): Uint8Array {
	const words = text.split(/[\s,]+/).filter((word) => word !== "");
	const values = allocate(dtype, words.length);
	for (const [i, word] of words.entries()) {
		if (values instanceof BigUint64Array || values instanceof BigInt64Array) {
			if (word.length > MOST_LETTERS || !/^[+-]?\d+$/.test(word)) throw notNumbers(path, word);
			values[i] = BigInt(word.replace(/^\+/, ""));
		} else values[i] = parseVoxel(path, word);
	}
	const bytes = Buffer.from(values.buffer, 0, values.byteLength);
	return bigEndian ? swapped(bytes, DTYPES[dtype].bytes) : bytes;
}

function parseVoxel(path: string, word: string): number {
	const value = parseNumber(word);
	if (Number.isNaN(value) && !/^[+-]?nan$/i.test(word)) throw notNumbers(path, word);
	return value;
}

function parseHex(path: string, text: string): Uint8Array {
	const digits = blankless(text);
	if (!/^([0-9a-f]{2})*$/i.test(digits)) throw notNumbers(path, digits);
	return Buffer.from(digits, "hex");
}

/** Where the last blank or comma stands; -1 where there is none. */
function lastBlank(text: string): number {
	let at = text.length - 1;
	while (at >= 0 && !BLANKS.includes(text.charAt(at))) at--;
	return at;
}

function blankless(text: string): string {
	return text.replace(/\s+/g, "");
}

/** `bytes` with the order within each element of `width` bytes turned round, in place. */
export function swapped(bytes: Buffer, width: number): Buffer {
	if (width === 2) bytes.swap16();
	else if (width === 4) bytes.swap32();
	else if (width === 8) bytes.swap64();
	return bytes;
}

function notNumbers(path: string, word: string): Error {
	const found = JSON.stringify(word.slice(0, 20));
	return volumeError(path, `damaged: expected voxels as text, found ${found}; copy or make it again`);
}
