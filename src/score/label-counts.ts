/**
 * How often each pair of labels meets, true and predicted: all that overlap scores need, in one pass over the voxels.
 *
 * Values that nobody asks for count as one, "other". Counts are exact up to 2^53 voxels.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { fromHalf } from "../core/float16.ts";
import { sameShape, shapeText } from "../core/shape.ts";

/** Class of the values that nobody asks for; the n-th value asked for has class n + 1. */
const OTHER = 0;

/** Integer types whose classes are looked up in a table, and what is added to a value to find its place there. */
const TABLE_OFFSETS = { uint8: 0, int8: 128, uint16: 0, int16: 32768 } as const;

/** Voxels that are looked at in one go. */
const PIECE = 1 << 18;

/** Counts pairs of labels over any number of arrays. */
export class LabelCounts {
	readonly #classes: ReadonlyMap<number, number>;
	readonly #values: readonly number[];
	readonly #pairs = new Map<number, number>();
	readonly #tables = new Map<string, Uint32Array>();

	/** @param values the labels that matter, each once */
	constructor(values: readonly number[]) {
		this.#values = values;
		this.#classes = new Map(values.map((value, n) => [value, n + 1]));
	}

	/** Adds the voxels of two arrays of one shape, of any element type. @throws RangeError for different shapes */
	add(reference: NdArray, prediction: NdArray): void {
		if (!sameShape(reference.shape, prediction.shape)) {
			throw new RangeError(
				`LabelCounts: shapes ${shapeText(reference.shape)} and ${shapeText(prediction.shape)} differ`,
			);
		}
		const size = Math.min(PIECE, reference.data.length);
		const [truth, found] = [new Uint32Array(size), new Uint32Array(size)];
		for (let start = 0; start < reference.data.length; start += PIECE) {
			const count = Math.min(PIECE, reference.data.length - start);
			this.#classify(reference, start, count, truth);
			this.#classify(prediction, start, count, found);
			this.#countPairs(truth, found, count);
		}
	}

	/** Every pair that was met, with its count; undefined is any value that was not asked for. */
	*pairs(): Generator<readonly [reference: number | undefined, prediction: number | undefined, count: number]> {
		const width = this.#values.length + 1;
		for (const [key, count] of this.#pairs) {
			yield [this.#values[Math.floor(key / width) - 1], this.#values[(key % width) - 1], count];
		}
	}

	/** Labels lie in patches, so that most voxels are the pair of the one before. */
	#countPairs(truth: Uint32Array, found: Uint32Array, count: number): void {
		const width = this.#values.length + 1;
		let [key, run] = [0, 0];
		for (let i = 0; i < count; i++) {
			const next = (truth[i] ?? 0) * width + (found[i] ?? 0);
			if (next === key) {
				run++;
				continue;
			}
			this.#count(key, run);
			[key, run] = [next, 1];
		}
		this.#count(key, run);
	}

	#count(key: number, run: number): void {
		if (run > 0) this.#pairs.set(key, (this.#pairs.get(key) ?? 0) + run);
	}

	/** The classes of `count` voxels from `start` on. */
	#classify({ dtype, data }: NdArray, start: number, count: number, out: Uint32Array): void {
		if (dtype === "uint8" || dtype === "int8" || dtype === "uint16" || dtype === "int16") {
			const table = this.#table(dtype);
			const offset = TABLE_OFFSETS[dtype];
			for (let i = 0; i < count; i++) out[i] = table[Number(data[start + i]) + offset] ?? OTHER;
			return;
		}
		const half = dtype === "float16";
		for (let i = 0; i < count; i++) {
			const value = Number(data[start + i]);
			out[i] = this.#classes.get(half ? fromHalf(value) : value) ?? OTHER;
		}
	}

	#table(dtype: keyof typeof TABLE_OFFSETS): Uint32Array {
		const known = this.#tables.get(dtype);
		if (known !== undefined) return known;
		const table = new Uint32Array(65536);
		for (const [value, index] of this.#classes) {
			const place = value + TABLE_OFFSETS[dtype];
			if (place >= 0 && place < table.length) table[place] = index;
		}
		this.#tables.set(dtype, table);
		return table;
	}
}
