/**
 * How much surface each object of a label volume has, section by section.
 *
 * The surface is that of marching cubes through the middles of voxel edges (`cell-polygons.ts`), of each object by itself;
 * what lies outside of the volume is background, so every surface is closed. Areas are summed in steps of the largest
 * cell's area over 2^22: sums are exact (below 2^31 such cells) and do not depend on the order of cells.
 *
 * @module
 */
import type { Zyx } from "../core/shape.ts";
import { cellAreas } from "./cell-polygons.ts";

/** Steps of the largest area in a cell. */
const STEPS = 1 << 22;

/** Areas of the 256 cases of a cell, each a multiple of one power of two (so that sums of them are exact). */
export function steppedAreas(spacing: Zyx): Float64Array<ArrayBuffer> {
	const areas = cellAreas(spacing);
	const step = 2 ** Math.ceil(Math.log2(Math.max(...areas))) / STEPS;
	return areas.map((area) => Math.round(area / step) * step);
}

/** A tile of sections: which of its first rows and columns are a neighbour's, and where the volume ends with it. */
export type SectionFrame = {
	/** Extents of the sections that are added, those of neighbours among them. */
	readonly height: number;
	readonly width: number;
	/** True where the first row (column) belongs to the tile before; false where the volume begins here. */
	readonly afterRow: boolean;
	readonly afterColumn: boolean;
	/** True where the volume ends behind the last row (column). */
	readonly endsRows: boolean;
	readonly endsColumns: boolean;
};

/** Adds up the surface of objects while sections of a tile go by, first to last. */
export class SurfaceAreas {
	readonly #areas: Float64Array;
	readonly #frame: SectionFrame;
	readonly #height: number;
	readonly #width: number;
	#before: Uint32Array;
	#here: Uint32Array;

	/** @param areas what a cell adds in each case (`steppedAreas`) */
	constructor(frame: SectionFrame, areas: Float64Array) {
		this.#areas = areas;
		this.#frame = frame;
		this.#height = frame.height + (frame.afterRow ? 0 : 1) + (frame.endsRows ? 1 : 0);
		this.#width = frame.width + (frame.afterColumn ? 0 : 1) + (frame.endsColumns ? 1 : 0);
		this.#before = new Uint32Array(this.#height * this.#width);
		this.#here = new Uint32Array(this.#height * this.#width);
	}

	/** The next section, which lies in `labels` from `at` on; the area between it and the one before is added to `sums[label]`. */
	add(labels: Uint32Array, at: number, sums: Float64Array): void {
		const { height, width, afterRow, afterColumn } = this.#frame;
		const first = (afterRow ? 0 : this.#width) + (afterColumn ? 0 : 1);
		for (let y = 0; y < height; y++) {
			const row = at + y * width;
			this.#here.set(labels.subarray(row, row + width), first + y * this.#width);
		}
		this.#sumLayer(sums);
	}

	/** After the volume's last section: closes the surfaces that reach it. */
	close(sums: Float64Array): void {
		this.#here.fill(0);
		this.#sumLayer(sums);
	}

	#sumLayer(sums: Float64Array): void {
		for (let y = 0; y + 1 < this.#height; y++) {
			sumRow(this.#before, this.#here, y * this.#width, this.#width, this.#areas, sums);
		}
		[this.#before, this.#here] = [this.#here, this.#before];
	}
}

/** The cells between the rows that begin at `row` and `row + width` of two sections. */
function sumRow(
	before: Uint32Array,
	here: Uint32Array,
	row: number,
	width: number,
	areas: Float64Array,
	sums: Float64Array,
): void {
	let last = -1; // the label of the column of four before, where it is one label
	for (let at = row; at < row + width; at++) {
		const a = before[at] ?? 0;
		const isOne = a === before[at + width] && a === here[at] && a === here[at + width];
		if (at > row && !(isOne && a === last)) sumCell(before, here, at - 1, width, areas, sums);
		last = isOne ? a : -1;
	}
}

const corners = new Uint32Array(8);

/** Each object of a cell adds its own surface in it. */
function sumCell(
	before: Uint32Array,
	here: Uint32Array,
	at: number,
	width: number,
	areas: Float64Array,
	sums: Float64Array,
): void {
	for (let i = 0; i < 4; i++) {
		const place = at + (i & 1) + (i > 1 ? width : 0);
		corners[i] = before[place] ?? 0;
		corners[i + 4] = here[place] ?? 0;
	}
	let done = 0; // corners whose object was counted
	for (let i = 0; i < 8; i++) {
		const label = corners[i] ?? 0;
		if (label === 0 || ((done >> i) & 1) === 1) continue;
		const inside = cornersOf(label, i);
		done |= inside;
		sums[label] = (sums[label] ?? 0) + (areas[inside] ?? 0);
	}
}

/** The corners from `first` on that have `label`, as bits. */
function cornersOf(label: number, first: number): number {
	let inside = 0;
	for (let i = first; i < 8; i++) if (corners[i] === label) inside |= 1 << i;
	return inside;
}
