/**
 * Strips that lie uncompressed one behind the other: their rows can be read from any on.
 *
 * @module
 */
import { DTYPES } from "../../core/dtype.ts";
import type { TiffPage } from "./page.ts";

/** Bytes of a strip that is read at once where strips can be chosen. */
const STRIP_BYTES = 1 << 18;

/** True where each strip (of a planar page: each plane) begins where the one before ends. */
export function isContiguous({ offsets, counts, planar, samples }: TiffPage): boolean {
	if (planar && offsets.length !== samples) return false;
	return offsets.every((offset, i) => i === 0 || offset === (offsets[i - 1] ?? 0) + (counts[i - 1] ?? 0));
}

/** True where the page's rows lie one behind the other as they are. */
export function hasPlainRows(page: TiffPage): boolean {
	const stored = page.counts.reduce((sum, count) => sum + count, 0);
	const plain = page.compression === 1 && page.predictor === 1 && page.bits >= 8 && !page.tiled && !page.planar;
	return plain && stored === page.height * rowBytesOf(page) && isContiguous(page);
}

/** Bytes of a row of pixels. */
export function rowBytesOf(page: TiffPage): number {
	return page.width * page.samples * DTYPES[page.dtype].bytes;
}

/** Long plain strips (ImageJ puts a page into one) are seen as short ones, so that a box reads only its rows. */
export function splitStrips(page: TiffPage): TiffPage {
	const rowBytes = rowBytesOf(page);
	const rows = Math.max(1, Math.floor(STRIP_BYTES / rowBytes));
	if (rows >= page.chunkHeight || !hasPlainRows(page)) return page;
	const start = page.offsets[0] ?? 0;
	const tops = Array.from({ length: Math.ceil(page.height / rows) }, (_, i) => i * rows);
	return {
		...page,
		chunkHeight: rows,
		offsets: tops.map((top) => start + top * rowBytes),
		counts: tops.map((top) => Math.min(rows, page.height - top) * rowBytes),
	};
}
