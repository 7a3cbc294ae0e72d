/**
 * The ids of an array of any element type as 32-bit words, so that one loop compares them.
 *
 * An id is a whole number from 0 to 2^64 - 1. A negative number of a signed type keeps its 64-bit pattern: -1 is
 * 2^64 - 1, so that it can be named as an ignored label.
 *
 * @module
 */
import { endianness } from "node:os";
import { hasDType, type NdArray } from "../core/array.ts";
import { fromHalf } from "../core/float16.ts";
import { volumeError } from "../volume/fault.ts";

/** Words of ids: voxel i has its low word at `i * stride + low` of `words`, its high word beside it where there is one. */
export type LabelWords = {
	readonly words: Uint32Array;
	/** 1: all high words are 0. 2: both words are there. */
	readonly stride: 1 | 2;
	/** Place of the low word among the two of a voxel. */
	readonly low: 0 | 1;
};

const WORD = 2 ** 32;
const LOW = endianness() === "LE" ? 0 : 1;

/** The ids of `array`; nothing is copied where its elements are words already. @throws VOLUME naming a value that is no id */
export function labelWords(array: NdArray, path: string): LabelWords {
	if (hasDType(array, "uint32")) return { words: array.data, stride: 1, low: 0 };
	if (hasDType(array, "uint64") || hasDType(array, "int64")) {
		const { buffer, byteOffset, length } = array.data;
		return narrowed({ words: new Uint32Array(buffer, byteOffset, 2 * length), stride: 2, low: LOW });
	}
	if (hasDType(array, "uint8") || hasDType(array, "uint16")) {
		return { words: new Uint32Array(array.data), stride: 1, low: 0 };
	}
	return splitWords(array, path);
}

/** Signed and floating values, which may be negative or no whole numbers. */
function splitWords({ dtype, data }: NdArray, path: string): LabelWords {
	const words = new Uint32Array(2 * data.length);
	const isHalf = dtype === "float16";
	for (let i = 0; i < data.length; i++) {
		const value = isHalf ? fromHalf(Number(data[i])) : Number(data[i]);
		if (!Number.isSafeInteger(value)) {
			throw volumeError(
				path,
				`expected labels, whole numbers, found ${value} (${dtype}) at voxel ${i}; probabilities are made into labels first (threshold, decoding)`,
			);
		}
		words[2 * i + LOW] = value;
		words[2 * i + 1 - LOW] = Math.floor(value / WORD);
	}
	return narrowed({ words, stride: 2, low: LOW });
}

/** The low words alone where all high words are 0, as they mostly are: half as much to compare. */
function narrowed(wide: LabelWords): LabelWords {
	const { words, low } = wide;
	for (let i = 1 - low; i < words.length; i += 2) if (words[i] !== 0) return wide;
	const narrow = new Uint32Array(words.length / 2);
	for (let i = 0; i < narrow.length; i++) narrow[i] = words[2 * i + low] ?? 0;
	return { words: narrow, stride: 1, low: 0 };
}

/** The id of two words. */
export function idOf(high: number, low: number): bigint {
	return high === 0 ? BigInt(low) : BigInt(high) * BigInt(WORD) + BigInt(low);
}
