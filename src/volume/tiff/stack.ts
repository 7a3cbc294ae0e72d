/**
 * The pages of a TIFF as one array: all of one kind, in the order of the file or the one that its description gives.
 *
 * Only the first page and the last are read when the file is opened; the others when a box needs them.
 *
 * @module
 */
import { DTYPES } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import { BoundedCache } from "../bounded-cache.ts";
import { volumeError } from "../fault.ts";
import type { Scale, VolumeInfo } from "../volume.ts";
import { COMPRESSIONS } from "./codec.ts";
import { type Described, leadingAxes, pageAxes, pageShape, readDescription } from "./description.ts";
import { type Directory, type PageEntry, readDirectory, scanPages, TAG } from "./directory.ts";
import { parsePage, type TiffPage } from "./page.ts";
import type { TiffSource } from "./source.ts";
import { isContiguous, splitStrips } from "./strips.ts";

/** Numbers (places and sizes of strips) of pages that are kept. */
const KEPT_NUMBERS = 1 << 20;

/** The array of a TIFF and its pages, as many as the axes before the page's own have places. */
export type TiffStack = {
	readonly info: VolumeInfo;
	/** Axes of one page: 2, or 3 with samples. */
	readonly pageRank: number;
	/** Page `n` in C order of the axes before the page's own. @throws VOLUME where it is damaged or of another kind */
	page(n: number): Promise<TiffPage>;
};

/** A page and its number in the file, from 1 on, for messages. */
type Numbered = { readonly entry: PageEntry; readonly number: number };

/** Looks at every directory. Reduced copies and masks are left out. @throws VOLUME where pages differ or are damaged */
export async function readStack(source: TiffSource): Promise<TiffStack> {
	const entries = (await scanPages(source)).filter(({ secondary }) => !secondary);
	const [first] = entries;
	if (first === undefined) throw volumeError(source.path, "the TIFF holds only reduced copies and masks, no image");
	const directory = await readDirectory(source, first.at, true);
	const page = parsePage(source, directory, 0);
	checkExtents(source, entries, page);
	const described = readDescription(source.path, directory.description, page);
	const isRepeated = entries.length === 1 && (described?.pages ?? 1) > 1;
	const count = isRepeated ? (described?.pages ?? 1) : entries.length;
	const info = await infoOf(source, directory, page, leadingAxes(described, count));
	const order = described?.order?.(entries.length);
	const listed = entries.map((entry, n): Numbered => ({ entry, number: n + 1 }));
	const numbered = order === undefined ? listed : order.map((n) => listed[n] ?? { entry: first, number: 1 });
	const pageRank = pageShape(page).length;
	if (isRepeated) return { info, pageRank, page: repeatedPages(source, page, count) };
	const pages = listedPages(source, numbered, page);
	await pages(numbered.length - 1); // what is cut off is mostly missed at the end
	return { info, pageRank, page: pages };
}

async function infoOf(
	source: TiffSource,
	directory: Directory,
	page: TiffPage,
	leading: Omit<Described, "pages">,
): Promise<VolumeInfo> {
	const letters = leading.axes + pageAxes(page);
	const shape = [...leading.shape, ...pageShape(page)];
	const named =
		letters.length === shape.length && /^[czyx]*$/.test(letters) && new Set(letters).size === letters.length;
	const { spacing, unit } = leading;
	const scales = await scalesOf(source, directory, shape, page);
	return {
		format: "tiff",
		path: source.path,
		dtype: page.dtype,
		shape,
		axes: named ? letters : "",
		chunks: [...leading.shape.map(() => 1), ...chunkShape(splitStrips(page))],
		compression: COMPRESSIONS[page.compression]?.name ?? "none",
		...(spacing === undefined ? {} : { spacing }),
		...(spacing === undefined || unit === undefined ? {} : { unit }),
		...(scales.length === 0 ? {} : { scales }),
	};
}

/** The resolutions of a pyramid whose smaller ones hang below the first page (OME, since version 6). */
async function scalesOf(
	source: TiffSource,
	directory: Directory,
	shape: readonly number[],
	page: TiffPage,
): Promise<Scale[]> {
	const places = directory.numbers.get(TAG.subImages) ?? [];
	if (places.length === 0) return [];
	const own = pageShape(page);
	const scales: Scale[] = [{ name: "0", shape }];
	for (const [i, at] of places.slice(0, MOST_SCALES).entries()) {
		const sub = parsePage(source, await readDirectory(source, at, false), 0);
		scales.push({ name: String(i + 1), shape: [...shape.slice(0, shape.length - own.length), ...pageShape(sub)] });
	}
	return scales;
}

/** Resolutions of a pyramid that are listed. */
const MOST_SCALES = 32;

function chunkShape(page: TiffPage): number[] {
	const [height, width] = [Math.min(page.chunkHeight, page.height), Math.min(page.chunkWidth, page.width)];
	if (page.samples === 1) return [height, width];
	return page.planar ? [1, height, width] : [height, width, page.samples];
}

/** Extents of every page as they stand in the tables; the rest is compared when a page is read. */
function checkExtents(source: TiffSource, entries: readonly PageEntry[], page: TiffPage): void {
	for (const [index, { width, height }] of entries.entries()) {
		if (width === page.width && height === page.height) continue;
		const other = { ...page, width, height };
		throw unlike(source, page, other, index + 1);
	}
}

function unlike(source: TiffSource, page: TiffPage, other: TiffPage, number: number): Error {
	const found = `page 1 is ${kindOf(page)}, page ${number} is ${kindOf(other)}`;
	return volumeError(
		source.path,
		`expected the pages of the TIFF to be alike, found that ${found}; save them as single files`,
	);
}

function kindOf(page: TiffPage): string {
	return `${pageShape(page).join("x")} of ${page.dtype}`;
}

function listedPages(
	source: TiffSource,
	pages: readonly Numbered[],
	first: TiffPage,
): (n: number) => Promise<TiffPage> {
	const kept = new BoundedCache<number, TiffPage>(KEPT_NUMBERS, ({ offsets }) => 2 * offsets.length + 64);
	const read = async (n: number): Promise<TiffPage> => {
		const found = pages[n];
		if (found === undefined) throw new RangeError(`page ${n} of ${pages.length}`);
		const { entry, number } = found;
		const page = parsePage(source, await readDirectory(source, entry.at, false), number - 1);
		if (kindOf(page) !== kindOf(first)) throw unlike(source, first, page, number);
		return splitStrips(page);
	};
	return (n) => kept.get(n, () => read(n));
}

/**
 * A file with one directory whose description counts more pages: ImageJ beyond 4 GiB, and tifffile's `truncate`, put the
 * pages one behind the other. Anything else that promises pages which are not there is damaged.
 */
function repeatedPages(source: TiffSource, page: TiffPage, count: number): (n: number) => Promise<TiffPage> {
	const bytes = sizeOf(pageShape(page)) * DTYPES[page.dtype].bytes;
	const start = page.offsets[0] ?? 0;
	const contiguous = page.compression === 1 && page.bits >= 8 && !page.tiled && isContiguous(page);
	if (!contiguous || start + bytes * count > source.size) {
		throw volumeError(source.path, `expected ${count} pages as its description says, found one; copy or make it again`);
	}
	const whole = page.planar
		? page
		: splitStrips({ ...page, chunkHeight: page.height, offsets: [start], counts: [bytes] });
	return async (n) => ({ ...whole, offsets: whole.offsets.map((offset) => offset + n * bytes) });
}
