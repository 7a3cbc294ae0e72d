/**
 * Boxes that come in thinner than chunks are held until a row of chunks is whole, so that each chunk is packed once.
 *
 * A row is one chunk deep along every axis but the last two, and whole along these. What is whole chunks passes straight on.
 * Rows are held up to `ROW_BYTES` in all: the oldest gives way and is passed on in the parts that are there, which is right in
 * any order of boxes and only slower, as is a single row that is larger.
 *
 * @module
 */
import { copyBox, cut, type NdArray, zeros } from "../../core/array.ts";
import { type Box, boxShape, intersect, shift, wholeBox } from "../../core/box.ts";
import { DTYPES, type DType } from "../../core/dtype.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";

/** A row in the making: its voxels, and the boxes of it that are there. */
type Row = { readonly box: Box; readonly array: NdArray; readonly filled: Box[]; missing: number };

/** Takes boxes in any order, gives rows and whole chunks to `put`. Boxes must not overlap. */
export class ChunkRows {
	readonly #shape: Shape;
	readonly #dtype: DType;
	readonly #chunks: Shape;
	readonly #most: number;
	readonly #put: (box: Box, array: NdArray) => void;
	readonly #rows = new Map<string, Row>();
	#spare: NdArray | undefined;

	/** @param most bytes held in all */
	constructor(shape: Shape, dtype: DType, chunks: Shape, most: number, put: (box: Box, array: NdArray) => void) {
		this.#shape = shape;
		this.#dtype = dtype;
		this.#chunks = chunks;
		this.#most = most;
		this.#put = put;
	}

	/** Takes `array`, whose first voxel lies at `start`; nothing of it is kept. */
	add(start: readonly number[], array: NdArray): void {
		const box = shift(wholeBox(array.shape), start);
		for (const row of this.#rowsOf(box)) {
			const part = intersect(row, box);
			const within = shift(
				part,
				start.map((offset) => -offset),
			);
			if (this.#isWhole(part) || this.#bytes(row) > this.#most) this.#put(part, cutWhere(array, within));
			else this.#hold(row, part, array, within);
		}
	}

	/** Passes on what is still held. */
	flush(): void {
		for (const key of [...this.#rows.keys()]) this.#release(key);
	}

	#hold(box: Box, part: Box, array: NdArray, within: Box): void {
		const key = box.start.join();
		const row = this.#rows.get(key) ?? this.#begin(key, box);
		const at = part.start.map((start, axis) => start - (box.start[axis] ?? 0));
		copyBox(array, within, row.array, at);
		const last = row.filled.pop();
		row.filled.push(...(last === undefined ? [part] : joined(last, part)));
		row.missing -= sizeOf(boxShape(part));
		if (row.missing === 0) this.#release(key);
	}

	#begin(key: string, box: Box): Row {
		const shape = boxShape(box);
		const held = () => [...this.#rows.values()].reduce((sum, row) => sum + this.#bytes(row.box), 0);
		while (this.#rows.size > 0 && held() + this.#bytes(box) > this.#most)
			this.#release([...this.#rows.keys()][0] ?? "");
		const spare = this.#spare;
		this.#spare = undefined;
		const reused = spare !== undefined && String(spare.shape) === String(shape);
		const row = { box, array: reused ? spare : zeros(this.#dtype, shape), filled: [], missing: sizeOf(shape) };
		this.#rows.set(key, row);
		return row;
	}

	#release(key: string): void {
		const row = this.#rows.get(key);
		if (row === undefined) return;
		this.#rows.delete(key);
		const back = row.box.start.map((offset) => -offset);
		if (row.missing === 0) this.#put(row.box, row.array);
		else for (const part of row.filled) this.#put(part, cutWhere(row.array, shift(part, back)));
		this.#spare = row.array;
	}

	/** The rows that `box` touches. */
	*#rowsOf(box: Box): Generator<Box> {
		const grid = this.#shape.map((extent, axis) => {
			const isWide = axis >= this.#shape.length - 2 && this.#shape.length > 2;
			return isWide ? extent : (this.#chunks[axis] ?? 1);
		});
		const first = box.start.map((start, axis) => Math.floor(start / (grid[axis] ?? 1)));
		const count = box.stop.map((stop, axis) => Math.ceil(stop / (grid[axis] ?? 1)) - (first[axis] ?? 0));
		for (let n = 0; n < sizeOf(count); n++) {
			let rest = n;
			const start = first.toReversed().map((from, i) => {
				const axis = first.length - 1 - i;
				const extent = count[axis] ?? 1;
				const index = from + (rest % extent);
				rest = Math.floor(rest / extent);
				return index * (grid[axis] ?? 1);
			});
			start.reverse();
			yield { start, stop: start.map((v, axis) => Math.min(v + (grid[axis] ?? 1), this.#shape[axis] ?? 1)) };
		}
	}

	#isWhole({ start, stop }: Box): boolean {
		const onBorder = (at: number, axis: number) => at % (this.#chunks[axis] ?? 1) === 0 || at === this.#shape[axis];
		return start.every(onBorder) && stop.every(onBorder);
	}

	#bytes(box: Box): number {
		return sizeOf(boxShape(box)) * DTYPES[this.#dtype].bytes;
	}
}

/** `a` and `b` as one box where they make one, else both. */
function joined(a: Box, b: Box): readonly Box[] {
	const apart = a.start.flatMap((start, axis) =>
		start === b.start[axis] && a.stop[axis] === b.stop[axis] ? [] : [axis],
	);
	const [axis = 0] = apart;
	if (apart.length !== 1 || a.stop[axis] !== b.start[axis]) return [a, b];
	return [{ start: a.start, stop: a.stop.with(axis, b.stop[axis] ?? 0) }];
}

/** The voxels of `box`; `array` itself where that is all of it. */
function cutWhere(array: NdArray, box: Box): NdArray {
	return boxShape(box).every((extent, axis) => extent === array.shape[axis]) ? array : cut(array, box);
}
