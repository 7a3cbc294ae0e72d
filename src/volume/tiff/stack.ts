/**
 * The pages of a TIFF as one array: all of one kind, in the order of the file.
 *
 * @module
 */
import { DTYPES } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import type { VolumeInfo } from "../volume.ts";
import { describedPages, leadingAxes, pageAxes, pageShape } from "./description.ts";
import { readDirectories } from "./directory.ts";
import { isSecondary, parsePage, type TiffPage } from "./page.ts";
import type { TiffSource } from "./source.ts";

/** Bytes of a strip that is read at once where strips can be chosen. */
const STRIP_BYTES = 1 << 18;

/** The array of a TIFF and its pages, as many as the axes before the page's own have places. */
export type TiffStack = { readonly info: VolumeInfo; readonly pages: readonly TiffPage[] };

/** Reads every directory. Reduced copies and masks are left out. @throws VOLUME where pages differ or are damaged */
export async function readStack(source: TiffSource): Promise<TiffStack> {
	const directories = (await readDirectories(source)).filter((each) => !isSecondary(each));
	const listed = directories.map((directory, index) => parsePage(source, directory, index));
	const [page] = listed;
	if (page === undefined) throw volumeError(source.path, "the TIFF holds only reduced copies and masks, no image");
	checkAlike(source, listed, page);
	const description = directories[0]?.description ?? "";
	const pages = listed.length === 1 ? repeatPage(source, page, describedPages(description, page) ?? 1) : listed;
	const { shape: leading, axes, spacing } = leadingAxes(description, page, pages.length);
	const letters = axes + pageAxes(page);
	const shape = [...leading, ...pageShape(page)];
	const named =
		letters.length === shape.length && /^[czyx]*$/.test(letters) && new Set(letters).size === letters.length;
	const info: VolumeInfo = {
		format: "tiff",
		path: source.path,
		dtype: page.dtype,
		shape,
		axes: named ? letters : "",
		chunks: [...leading.map(() => 1), ...chunkShape(splitStrips(page))],
		...(spacing === undefined ? {} : { spacing }),
	};
	return { info, pages: pages.map(splitStrips) };
}

function chunkShape(page: TiffPage): number[] {
	const [height, width] = [Math.min(page.chunkHeight, page.height), Math.min(page.chunkWidth, page.width)];
	if (page.samples === 1) return [height, width];
	return page.planar ? [1, height, width] : [height, width, page.samples];
}

/**
 * Rows that lie uncompressed one behind the other can be read from any row on: long strips (ImageJ puts a page into one)
 * are seen as short ones, so that a box reads only its rows.
 */
function splitStrips(page: TiffPage): TiffPage {
	const rowBytes = page.width * page.samples * DTYPES[page.dtype].bytes;
	const rows = Math.max(1, Math.floor(STRIP_BYTES / rowBytes));
	const stored = page.counts.reduce((sum, count) => sum + count, 0);
	const plain = page.compression === 1 && page.bits >= 8 && !page.tiled && !page.planar;
	if (!plain || rows >= page.chunkHeight || stored !== page.height * rowBytes || !isContiguous(page)) return page;
	const start = page.offsets[0] ?? 0;
	const tops = Array.from({ length: Math.ceil(page.height / rows) }, (_, i) => i * rows);
	return {
		...page,
		chunkHeight: rows,
		offsets: tops.map((top) => start + top * rowBytes),
		counts: tops.map((top) => Math.min(rows, page.height - top) * rowBytes),
	};
}

function checkAlike(source: TiffSource, pages: readonly TiffPage[], page: TiffPage): void {
	const kind = ({ dtype, ...rest }: TiffPage) => `${pageShape({ dtype, ...rest }).join("x")} of ${dtype}`;
	for (const [index, other] of pages.entries()) {
		if (kind(other) === kind(page)) continue;
		const found = `page 1 is ${kind(page)}, page ${index + 1} is ${kind(other)}`;
		throw volumeError(
			source.path,
			`expected the pages of the TIFF to be alike, found that ${found}; save them as single files`,
		);
	}
}

/**
 * A file with one directory whose description counts more pages: ImageJ beyond 4 GiB, and tifffile's `truncate`, put the
 * pages one behind the other. Anything else that promises pages which are not there is damaged.
 */
function repeatPage(source: TiffSource, page: TiffPage, count: number): TiffPage[] {
	if (count === 1) return [page];
	const bytes = sizeOf(pageShape(page)) * DTYPES[page.dtype].bytes;
	const start = page.offsets[0] ?? 0;
	const contiguous = page.compression === 1 && page.bits >= 8 && !page.tiled && isContiguous(page);
	if (!contiguous || start + bytes * count > source.size) {
		throw volumeError(source.path, `expected ${count} pages as its description says, found one; copy or make it again`);
	}
	const whole = { ...page, chunkHeight: page.height, counts: page.planar ? page.counts : [bytes] };
	return Array.from({ length: count }, (_, n) => ({
		...whole,
		offsets: page.planar ? page.offsets.map((offset) => offset + n * bytes) : [start + n * bytes],
	}));
}

function isContiguous({ offsets, counts, planar, samples }: TiffPage): boolean {
	if (planar && offsets.length !== samples) return false;
	return offsets.every((offset, i) => i === 0 || offset === (offsets[i - 1] ?? 0) + (counts[i - 1] ?? 0));
}
