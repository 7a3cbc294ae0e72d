/**
 * The kernel that turns voxels of a file into what the network sees: converted to float32 and scaled in one go, row by row.
 *
 * Law: the bits of `toFloat32` followed by `applyScale`. Types of 8 and 16 bits have few values: a table holds what each becomes,
 * made when the first voxel comes. Nothing is allocated for a row, and each kind of array has a loop of its own, so that none is slow
 * because another type came before.
 *
 * @module
 */
import { endianness } from "node:os";
import type { DataOf, DType } from "../core/dtype.ts";
import { fromHalf } from "../core/float16.ts";
import { nearestFloat } from "../image/cast.ts";
import { type ChannelScale, scaled } from "./scale.ts";

/** Writes `count` voxels of `source` from `from` on, scaled, to `target` from `at` on. @throws TypeError for an array of another type */
export type Scaler = (source: DataOf<DType>, from: number, target: Float32Array, at: number, count: number) => void;

/** The scaler of arrays of `dtype`. Keep it: one a channel. */
export function scalerOf(dtype: DType, scale: ChannelScale): Scaler {
	switch (dtype) {
		case "uint8":
			return scaleUint8(tableOf(256, scale, (bits) => bits));
		case "int8":
			return scaleInt8(tableOf(256, scale, (bits) => (bits << 24) >> 24));
		case "uint16":
			return scaleUint16(tableOf(65536, scale, (bits) => bits));
		case "int16":
			return scaleInt16(tableOf(65536, scale, (bits) => (bits << 16) >> 16));
		case "float16":
			return scaleUint16(tableOf(65536, scale, fromHalf));
		case "float32":
			return scaleFloat32(scale);
		case "uint32":
		case "int32":
		case "float64":
			return scaleNumbers(scale);
		default:
			return scaleBigInts(scale);
	}
}

/** What each of `length` bit patterns becomes; made at the first call. */
function tableOf(length: number, scale: ChannelScale, meaningOf: (bits: number) => number): () => Float32Array {
	let table: Float32Array | undefined;
	return () => {
		table ??= Float32Array.from({ length }, (_, bits) => scaled(meaningOf(bits), scale));
		return table;
	};
}

/** Four voxels at a time, read as one word: twice as fast as one by one. */
function scaleUint8(tableFor: () => Float32Array): Scaler {
	let last: { readonly source: Uint8Array; readonly words: Int32Array } | undefined;
	return (source, from, target, at, count) => {
		if (!(source instanceof Uint8Array)) throw wrongArray("Uint8Array", source);
		const table = tableFor();
		if (last?.source !== source) last = { source, words: wordsOf(source) };
		const { words } = last;
		const head = words.length === 0 ? count : Math.min(count, -from & 3);
		const whole = (count - head) >> 2;
		for (let i = 0; i < head; i++) target[at + i] = table[source[from + i] ?? 0] ?? 0;
		spread(words, (from + head) >> 2, whole, target, at + head, table);
		for (let i = head + 4 * whole; i < count; i++) target[at + i] = table[source[from + i] ?? 0] ?? 0;
	};
}

/** The bytes as words, the first in the lowest bits; none where the machine has them otherwise. */
function wordsOf({ buffer, byteOffset, length }: Uint8Array): Int32Array {
	const canRead = byteOffset % 4 === 0 && endianness() === "LE";
	return canRead ? new Int32Array(buffer, byteOffset, length >> 2) : new Int32Array(0);
}

function spread(
	words: Int32Array,
	from: number,
	count: number,
	target: Float32Array,
	at: number,
	table: Float32Array,
): void {
	for (let i = from, to = at; i < from + count; i++, to += 4) {
		const word = words[i] ?? 0;
		target[to] = table[word & 255] ?? 0;
		target[to + 1] = table[(word >>> 8) & 255] ?? 0;
		target[to + 2] = table[(word >>> 16) & 255] ?? 0;
		target[to + 3] = table[word >>> 24] ?? 0;
	}
}

function scaleInt8(tableFor: () => Float32Array): Scaler {
	return (source, from, target, at, count) => {
		if (!(source instanceof Int8Array)) throw wrongArray("Int8Array", source);
		const table = tableFor();
		for (let i = 0; i < count; i++) target[at + i] = table[(source[from + i] ?? 0) & 0xff] ?? 0;
	};
}

function scaleUint16(tableFor: () => Float32Array): Scaler {
	return (source, from, target, at, count) => {
		if (!(source instanceof Uint16Array)) throw wrongArray("Uint16Array", source);
		const table = tableFor();
		for (let i = 0; i < count; i++) target[at + i] = table[source[from + i] ?? 0] ?? 0;
	};
}

function scaleInt16(tableFor: () => Float32Array): Scaler {
	return (source, from, target, at, count) => {
		if (!(source instanceof Int16Array)) throw wrongArray("Int16Array", source);
		const table = tableFor();
		for (let i = 0; i < count; i++) target[at + i] = table[(source[from + i] ?? 0) & 0xffff] ?? 0;
	};
}

function scaleFloat32(scale: ChannelScale): Scaler {
	const { lower, upper, subtract, divide } = boundsOf(scale);
	return (source, from, target, at, count) => {
		if (!(source instanceof Float32Array)) throw wrongArray("Float32Array", source);
		if (scale.kind === "none") copyRow(source, from, target, at, count);
		else if (scale.clip === undefined) {
			for (let i = 0; i < count; i++) target[at + i] = ((source[from + i] ?? 0) - subtract) / divide;
		} else {
			for (let i = 0; i < count; i++) {
				target[at + i] = (Math.min(Math.max(source[from + i] ?? 0, lower), upper) - subtract) / divide;
			}
		}
	};
}

/** NaN keeps its bits: a plain copy of memory. */
function copyRow(source: Float32Array, from: number, target: Float32Array, at: number, count: number): void {
	target.set(source.subarray(from, from + count), at);
}

function scaleNumbers(scale: ChannelScale): Scaler {
	const { lower, upper, subtract, divide } = boundsOf(scale);
	return (source, from, target, at, count) => {
		if (source instanceof BigUint64Array || source instanceof BigInt64Array) throw wrongArray("numbers", source);
		for (let i = 0; i < count; i++) {
			const value = Math.fround(source[from + i] ?? 0);
			target[at + i] = (Math.min(Math.max(value, lower), upper) - subtract) / divide;
		}
	};
}

function scaleBigInts(scale: ChannelScale): Scaler {
	return (source, from, target, at, count) => {
		if (!(source instanceof BigUint64Array || source instanceof BigInt64Array))
			throw wrongArray("big integers", source);
		for (let i = 0; i < count; i++) {
			target[at + i] = scaled(Math.fround(nearestFloat(source[from + i] ?? 0n)), scale);
		}
	};
}

/**
 * Bounds rounded to float32, infinite where nothing is clipped: clipping a float32 to them gives what clipping to the exact ones and
 * rounding gives, since rounding is monotone. Subtracting 0 and dividing by 1 changes nothing.
 */
function boundsOf(scale: ChannelScale) {
	if (scale.kind === "none") return { lower: -Infinity, upper: Infinity, subtract: 0, divide: 1 };
	const { clip = { lower: -Infinity, upper: Infinity }, subtract, divide } = scale;
	return { lower: Math.fround(clip.lower), upper: Math.fround(clip.upper), subtract, divide };
}

function wrongArray(expected: string, found: DataOf<DType>): TypeError {
	return new TypeError(`scaling: expected ${expected}, found ${found.constructor.name}`);
}
