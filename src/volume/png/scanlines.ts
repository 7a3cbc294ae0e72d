/**
 * The rows of a PNG within its inflated bytes: how many and how long they are, filters undone, passes put together.
 *
 * From "Portable Network Graphics (PNG) Specification", third edition, sections 8 (interlacing) and 9 (filtering).
 *
 * @module
 */
import type { DataOf } from "../../core/dtype.ts";
import { unfilter } from "./filters.ts";
import type { PngHeader } from "./header.ts";

/** One pass: pixels x + i dx, y + j dy. A PNG that is not interlaced has one pass of everything. */
type Pass = { readonly x: number; readonly y: number; readonly dx: number; readonly dy: number };

const WHOLE: readonly Pass[] = [{ x: 0, y: 0, dx: 1, dy: 1 }];

const ADAM7: readonly Pass[] = [
	{ x: 0, y: 0, dx: 8, dy: 8 },
	{ x: 4, y: 0, dx: 8, dy: 8 },
	{ x: 0, y: 4, dx: 4, dy: 8 },
	{ x: 2, y: 0, dx: 4, dy: 4 },
	{ x: 0, y: 2, dx: 2, dy: 4 },
	{ x: 1, y: 0, dx: 2, dy: 2 },
	{ x: 0, y: 1, dx: 1, dy: 2 },
];

type Layout = Pass & { readonly columns: number; readonly rows: number; readonly rowBytes: number };

function layouts({ width, height, depth, samples, interlaced }: PngHeader): Layout[] {
	return (interlaced ? ADAM7 : WHOLE)
		.map((pass) => {
			const columns = Math.ceil((width - pass.x) / pass.dx);
			const rows = Math.ceil((height - pass.y) / pass.dy);
			return { ...pass, columns, rows, rowBytes: Math.ceil((columns * samples * depth) / 8) };
		})
		.filter(({ columns, rows }) => columns > 0 && rows > 0);
}

/** Samples in C order: 16 bits each where the file's are, else 8. */
export type Samples = DataOf<"uint8"> | DataOf<"uint16">;

/** Bytes of the inflated image: each row with its filter byte. */
export function inflatedBytes(header: PngHeader): number {
	return layouts(header).reduce((bytes, { rows, rowBytes }) => bytes + rows * (rowBytes + 1), 0);
}

/** Bytes of a row without its filter byte, and of a pixel (1 where pixels share a byte), of a PNG that is not interlaced. */
export function rowOf({ width, depth, samples }: PngHeader): { readonly rowBytes: number; readonly step: number } {
	return { rowBytes: Math.ceil((width * samples * depth) / 8), step: Math.max(1, (depth * samples) >> 3) };
}

/**
 * Samples of the image, pixel by pixel in C order, as they are stored (0 to 2^depth - 1).
 *
 * @param inflated at least `inflatedBytes(header)` bytes; changed in place: filters are undone
 * @param before the row above the first, without its filter byte, where the image is a band of a larger one
 * @returns the samples; a string names a filter that does not exist
 */
export function unpackSamples(header: PngHeader, inflated: Uint8Array, before?: Uint8Array): Samples | string {
	const { width, height, depth, samples } = header;
	const target = new (depth === 16 ? Uint16Array : Uint8Array)(width * height * samples);
	const { step } = rowOf(header);
	let at = 0;
	for (const layout of layouts(header)) {
		let above = before ?? new Uint8Array(layout.rowBytes);
		for (let j = 0; j < layout.rows; j++) {
			const filter = inflated[at] ?? 0;
			const row = inflated.subarray(at + 1, at + 1 + layout.rowBytes);
			if (!unfilter(filter, row, above, step)) return `a row of filter ${filter}, which PNG does not have`;
			placeRow(header, layout, j, row, target);
			above = row;
			at += layout.rowBytes + 1;
		}
	}
	return target;
}

/** Puts row `j` of a pass at its pixels. */
function placeRow(header: PngHeader, pass: Layout, j: number, row: Uint8Array, target: Samples): void {
	const { width, depth, samples } = header;
	const first = (pass.y + j * pass.dy) * width + pass.x;
	if (depth >= 8 && pass.dx === 1) {
		// whole rows of big-endian samples: the machine is little-endian
		const from = first * samples * (depth >> 3);
		const place = Buffer.from(target.buffer, from, row.length);
		place.set(row);
		if (depth === 16) place.swap16();
		return;
	}
	const read = sampleReader(depth, row);
	for (let i = 0; i < pass.columns; i++) {
		const pixel = (first + i * pass.dx) * samples;
		for (let s = 0; s < samples; s++) target[pixel + s] = read(i * samples + s);
	}
}

function sampleReader(depth: number, row: Uint8Array): (n: number) => number {
	if (depth === 8) return (n) => row[n] ?? 0;
	if (depth === 16) return (n) => ((row[2 * n] ?? 0) << 8) | (row[2 * n + 1] ?? 0);
	const perByte = 8 / depth;
	const mask = (1 << depth) - 1;
	return (n) => ((row[Math.floor(n / perByte)] ?? 0) >> (8 - depth * ((n % perByte) + 1))) & mask;
}
