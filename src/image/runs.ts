/**
 * Objects of an array as runs along x: what components, holes and filters are made from, before any voxel is written.
 *
 * Rows are those of all sections, first to last. The runs lie in the kernels' memory, so they are lent for as long as a
 * function works on them. Objects are numbered in the order of their first voxel.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf, type Zyx } from "../core/shape.ts";
import { bytesAt, kernels, letGo, room, wordsAt } from "./wasm.ts";

/** How many coordinates may differ by one between neighbours: 1 (faces), 2 (and edges), 3 (and corners). */
export type Connectivity = 1 | 2 | 3;

/** Which voxels make runs: all but 0, all that are 0, or those of one value but 0. */
export type RunsOf = "foreground" | "background" | "labels";

/** Voxels that runs are found in. */
export type RunVoxels = Uint8Array | Uint16Array | Uint32Array;

/** Runs of an array; void when the function that they were lent to has ended. */
export type Runs = {
	/** Voxels of a row. */
	readonly width: number;
	readonly rows: number;
	/** The runs of row `r` are those from `offsets[r]` up to `offsets[r + 1]`. */
	readonly offsets: Uint32Array;
	/** Four numbers a run: first voxel of its row, the voxel after its last, its object (from 1 on), its value ("labels" only). */
	readonly runs: Uint32Array;
	/** Objects. */
	readonly count: number;
	/** Voxels of each object; entry 0 is all the rest. */
	readonly sizes: Uint32Array<ArrayBuffer>;
};

/** Voxels that are copied to the kernels together, about: a part of the processor's cache. */
const PIECE_BYTES = 1 << 17;

/** The memory grows by so many bytes at least. */
const GROWTH = 1 << 22;

const RUN_BYTES = 16;

/** Vectors are read beyond the last voxel. */
const SLACK = 64;

/** Where things lie in the kernels' memory. */
type Layout = {
	readonly offsets: number;
	/** A bit a voxel, whole words a row; 0 where rows are joined by their runs. */
	readonly bits: number;
	readonly voxels: number;
	readonly runs: number;
	readonly rowsAtOnce: number;
};

/**
 * What `work` makes of the runs of `voxels` (C-ordered over `shape`, up to three axes), joined to objects where they touch.
 *
 * @throws RangeError where length or connectivity do not fit the shape, or there are too many runs for the kernels' memory
 */
export function withRuns<T>(
	name: string,
	voxels: RunVoxels,
	shape: Shape,
	connectivity: Connectivity,
	runsOf: RunsOf,
	work: (runs: Runs) => T,
): T {
	try {
		return work(holdRuns(name, voxels, shape, connectivity, runsOf));
	} finally {
		letGo();
	}
}

/**
 * The same runs, for a caller who has this thread's kernels for himself: they stay until anything else is asked of the
 * kernels. He calls `letGo` at the end.
 */
export function holdRuns(
	name: string,
	voxels: RunVoxels,
	shape: Shape,
	connectivity: Connectivity,
	runsOf: RunsOf,
): Runs {
	if (voxels.length !== sizeOf(shape) || connectivity > shape.length) {
		throw new RangeError(
			`${name}: expected a mask of ${shapeText(shape)} and a connectivity up to ${shape.length}, found ${voxels.length} voxels and ${connectivity}`,
		);
	}
	return found(voxels, rowsFirst(asZyx(shape)), connectivity, runsOf);
}

/** The same voxels with an axis along rows that is longer than one, where there is one: runs of one voxel are slow. */
function rowsFirst([depth, height, width]: Zyx): Zyx {
	if (width !== 1 || depth * height === 1) return [depth, height, width];
	return rowsFirst([1, depth, height]);
}

function found(voxels: RunVoxels, [depth, height, width]: Zyx, connectivity: Connectivity, runsOf: RunsOf): Runs {
	const rows = depth * height;
	const isFull = runsOf !== "labels" && connectivity >= (depth === 1 ? 2 : 3);
	const layout = layOut(rows, width, voxels.BYTES_PER_ELEMENT, isFull ? bitWords(width) : 0);
	const { offsets, runs } = layout;
	scan(voxels, rows, width, height, connectivity, runsOf, layout);
	const ends = wordsAt(offsets, rows + 1);
	const length = ends[rows] ?? 0;
	const count = isFull ? joinedAsQuads(layout, [depth, height, width], length) : kernels().numberRuns(runs, length);
	const sizes = sizesOf(layout, length, count, voxels.length);
	return {
		width,
		rows,
		offsets: wordsAt(offsets, rows + 1),
		runs: wordsAt(runs, 4 * length),
		count,
		sizes,
	};
}

/** Words of uint64 that hold a bit for each voxel of a row. */
function bitWords(width: number): number {
	return Math.ceil(width / 64);
}

/** Joins all runs where neighbours may differ in all coordinates, and numbers them; gives the number of objects. */
function joinedAsQuads(layout: Layout, [depth, height, width]: Zyx, length: number): number {
	const words = bitWords(width);
	const quads = Math.ceil(depth / 2) * Math.ceil(height / 2);
	const { bits, offsets, runs } = layout;
	const starts = runs + RUN_BYTES * length;
	const before = starts + 8 * quads * words;
	const parents = before + 4 * quads * words;
	reach(layout, starts, parents - starts);
	const count = kernels().startQuads(bits, depth, height, words, starts, before);
	const labels = parents + 4 * count;
	reach(layout, parents, 8 * count);
	const own = wordsAt(parents, count);
	for (let run = 0; run < count; run++) own[run] = run;
	wordsAt(labels, count).fill(0);
	kernels().joinQuads(bits, depth, height, words, starts, before, parents);
	return kernels().numberQuads(offsets, runs, depth, height, words, starts, before, parents, labels, count);
}

function layOut(rows: number, width: number, bytesPerVoxel: number, wordsPerRow: number): Layout {
	const rowsAtOnce = Math.min(rows, Math.max(1, Math.floor(PIECE_BYTES / (width * bytesPerVoxel))));
	const ofOffsets = SLACK + 16 * Math.ceil((4 * (rows + 1)) / 16);
	const ofVoxels = 16 * Math.ceil((rowsAtOnce * width * bytesPerVoxel + SLACK) / 16);
	const ofBits = 16 * Math.ceil((8 * wordsPerRow * rows) / 16);
	const offsets = room(ofOffsets + ofVoxels + ofBits + GROWTH);
	wordsAt(offsets, 1)[0] = 0;
	const bits = offsets + ofOffsets;
	const voxels = bits + ofBits;
	return { offsets, bits: wordsPerRow === 0 ? 0 : bits, voxels, runs: voxels + ofVoxels, rowsAtOnce };
}

/** Makes the memory reach `bytes` beyond address `from`. */
function reach({ offsets }: Layout, from: number, bytes: number): void {
	room(GROWTH * Math.ceil((from + bytes - offsets) / GROWTH));
}

/** Finds the runs, piece by piece, and joins each piece's with those before. */
function scan(
	voxels: RunVoxels,
	rows: number,
	width: number,
	height: number,
	connectivity: Connectivity,
	runsOf: RunsOf,
	layout: Layout,
): void {
	const { offsets, runs, rowsAtOnce } = layout;
	const bytes = new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
	const bytesPerRow = width * voxels.BYTES_PER_ELEMENT;
	const scanRows = scannerOf(voxels, runsOf, layout.bits);
	const mostPerRow = runsOf === "labels" ? width : Math.ceil(width / 2);
	const { joinRows } = kernels();
	for (let row = 0; row < rows; row += rowsAtOnce) {
		const many = Math.min(rowsAtOnce, rows - row);
		const before = wordsAt(offsets, row + 1)[row] ?? 0;
		reach(layout, runs, RUN_BYTES * (before + mostPerRow * many));
		bytesAt(layout.voxels, many * bytesPerRow).set(bytes.subarray(row * bytesPerRow, (row + many) * bytesPerRow));
		scanRows(layout.voxels, row, many, width, offsets, runs);
		if (layout.bits === 0) joinRows(row, many, height, offsets, runs, connectivity, runsOf === "labels" ? 1 : 0);
	}
}

type ScanRows = (voxels: number, row: number, rows: number, width: number, offsets: number, runs: number) => void;

function scannerOf(voxels: RunVoxels, runsOf: RunsOf, bits: number): ScanRows {
	const { scanMask, scanLabels8, scanLabels16, scanLabels32 } = kernels();
	if (runsOf === "labels")
		return [scanLabels8, scanLabels16, scanLabels32][voxels.BYTES_PER_ELEMENT >> 1] ?? scanLabels8;
	const wantZero = runsOf === "background" ? 1 : 0;
	return (at, row, rows, width, offsets, runs) => scanMask(at, row, rows, width, offsets, runs, wantZero, bits);
}

function sizesOf(layout: Layout, length: number, count: number, voxels: number): Uint32Array<ArrayBuffer> {
	const at = layout.runs + RUN_BYTES * length;
	reach(layout, at, 4 * (count + 1));
	wordsAt(at, count + 1).fill(0);
	kernels().measureRuns(layout.runs, length, at);
	const sizes = wordsAt(at, count + 1).slice();
	let inObjects = 0;
	for (const size of sizes) inObjects += size;
	sizes[0] = voxels - inObjects;
	return sizes;
}

/** Sets, in `out` (one element a voxel), the voxels of the objects whose entry in `isWanted` is not 0 to `value`. */
export function paintRuns(out: Uint8Array | Uint16Array, runs: Runs, isWanted: Uint8Array, value: number): void {
	const { width, rows, offsets, runs: entries } = runs;
	let run = 0;
	for (let row = 0, line = 0; row < rows; row++, line += width) {
		const end = 4 * (offsets[row + 1] ?? 0);
		for (; run < end; run += 4) {
			if (isWanted[entries[run + 2] ?? 0] === 0) continue;
			const stop = line + (entries[run + 1] ?? 0);
			for (let at = line + (entries[run] ?? 0); at < stop; at++) out[at] = value;
		}
	}
}

/** Sets, in `out` (one element a voxel), the voxels of each run to its object. */
export function paintObjects(out: Uint32Array, { width, rows, offsets, runs }: Runs): void {
	let run = 0;
	for (let row = 0, line = 0; row < rows; row++, line += width) {
		const end = 4 * (offsets[row + 1] ?? 0);
		for (; run < end; run += 4) {
			const object = runs[run + 2] ?? 0;
			const stop = line + (runs[run + 1] ?? 0);
			for (let at = line + (runs[run] ?? 0); at < stop; at++) out[at] = object;
		}
	}
}

/** Gives the objects of the runs other numbers: `map[object]`. */
export function renumberRuns({ runs }: Runs, map: Uint32Array): void {
	for (let at = 2; at < runs.length; at += 4) runs[at] = map[runs[at] ?? 0] ?? 0;
}

/** The objects of the voxels `from` up to `to`; 0 where there is no run. */
export function objectsBetween({ width, offsets, runs }: Runs, from: number, to: number): Uint32Array<ArrayBuffer> {
	const objects = new Uint32Array(to - from);
	const firstRow = Math.floor(from / width);
	const endRow = Math.ceil(to / width);
	for (let row = firstRow; row < endRow; row++) {
		const line = row * width - from;
		for (let run = 4 * (offsets[row] ?? 0); run < 4 * (offsets[row + 1] ?? 0); run += 4) {
			const start = Math.max(0, line + (runs[run] ?? 0)); // rows at the ends may reach beyond
			const stop = Math.max(0, line + (runs[run + 1] ?? 0));
			objects.fill(runs[run + 2] ?? 0, start, stop);
		}
	}
	return objects;
}
