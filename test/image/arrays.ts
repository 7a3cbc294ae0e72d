/**
 * Arrays of `test/fixtures/morphology`: base64 of little-endian numbers.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { z } from "zod";

/** The contents of one of its files. */
export function casesOf<T>(name: string, schema: z.ZodType<T>): readonly T[] {
	const text = readFileSync(new URL(`../fixtures/morphology/${name}`, import.meta.url), "utf8");
	return z.array(schema).parse(JSON.parse(text));
}

/** Bytes. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
	return Uint8Array.from(Buffer.from(text, "base64"));
}

/** float32 values. */
export function floatsOf(text: string): Float32Array<ArrayBuffer> {
	return new Float32Array(bytesOf(text).buffer);
}

/** uint32 values. */
export function integersOf(text: string): Uint32Array<ArrayBuffer> {
	return new Uint32Array(bytesOf(text).buffer);
}

/** uint16 values as uint32. */
export function shortsOf(text: string): Uint32Array<ArrayBuffer> {
	return Uint32Array.from(new Uint16Array(bytesOf(text).buffer));
}

/** The first `count` bits of numpy's `packbits`, the highest of a byte first. */
export function unpacked(text: string, count: number): Uint8Array<ArrayBuffer> {
	const bytes = bytesOf(text);
	return Uint8Array.from({ length: count }, (_, i) => ((bytes[i >> 3] ?? 0) >> (7 - (i & 7))) & 1);
}
