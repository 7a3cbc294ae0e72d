/**
 * One page of a TIFF: its pixels' type, and where its strips or tiles lie. Checked against the file's size.
 *
 * @module
 */
import { DTYPES, type DType, isDType } from "../../core/dtype.ts";
import { volumeError } from "../fault.ts";
import { COMPRESSIONS } from "./codec.ts";
import { type Directory, TAG } from "./directory.ts";
import type { TiffSource } from "./source.ts";

/** A page. A chunk is a strip or a tile; `offsets` and `counts` are theirs in bytes, row by row, sample by sample where planar. */
export type TiffPage = {
	readonly width: number;
	readonly height: number;
	readonly samples: number;
	/** Each sample in a plane of its own, instead of side by side. */
	readonly planar: boolean;
	readonly dtype: DType;
	/** Bits of a stored sample; 1, 2 and 4 are unpacked to bytes. */
	readonly bits: number;
	readonly compression: number;
	readonly predictor: number;
	readonly tiled: boolean;
	readonly chunkWidth: number;
	readonly chunkHeight: number;
	readonly offsets: readonly number[];
	readonly counts: readonly number[];
	/** Pixels a unit in y and x; undefined where the file has none. */
	readonly resolution?: readonly [number, number];
};

const KINDS: Readonly<Record<number, string>> = { 1: "uint", 2: "int", 3: "float", 4: "uint" };

/** Checks and gathers what the tags of page `index` say. @throws VOLUME */
export function parsePage(source: TiffSource, directory: Directory, index: number): TiffPage {
	const fail = (what: string) => volumeError(source.path, `page ${index + 1} of the TIFF ${what}`);
	const value = (tag: number, fallback: number) => first(directory, tag, fallback);
	const [width, height] = [value(TAG.width, 0), value(TAG.height, 0)];
	if (width < 1 || height < 1) throw fail(`has no pixels (${width}x${height}): damaged`);
	const samples = value(TAG.samples, 1);
	const bits = sameForAll(directory, TAG.bits, 1);
	const kind = KINDS[sameForAll(directory, TAG.sampleFormat, 1)];
	const dtype = dtypeOf(kind, bits, samples);
	if (dtype === undefined || samples < 1) {
		throw fail(
			`has ${samples} samples of ${bits} bits (${kind ?? "complex"}) a pixel, which are not read; convert it to 8, 16 or 32 bits`,
		);
	}
	if (value(TAG.fillOrder, 1) !== 1) throw fail("has its bits in reverse order, which is not read");
	const compression = value(TAG.compression, 1);
	const codec = COMPRESSIONS[compression];
	if (codec === undefined) {
		throw fail(`has compression ${compression}, which is not read; save it without, or with deflate, LZW or zstd`);
	}
	const predictor = value(TAG.predictor, 1);
	const floating = DTYPES[dtype].kind === "float";
	if (predictor < 1 || predictor > 3 || (predictor === 3 && !floating) || (predictor !== 1 && bits < 8)) {
		throw fail(`has predictor ${predictor} for ${dtype} of ${bits} bits, which is not read`);
	}
	const planar = samples > 1 && value(TAG.planar, 1) === 2;
	const chunks = chunksOf(directory, { width, height, bits, samples, planar }, codec.name === "none", fail);
	const page = {
		width,
		height,
		samples,
		planar,
		dtype,
		bits,
		compression,
		predictor,
		...chunks,
		...resolutionOf(directory),
	};
	checkChunks(source, page, codec.ratio, fail);
	return page;
}

type Extent = Pick<TiffPage, "width" | "height" | "bits" | "samples" | "planar">;
type Chunks = Pick<TiffPage, "tiled" | "chunkWidth" | "chunkHeight" | "offsets" | "counts">;
type Fail = (what: string) => Error;

function chunksOf(directory: Directory, extent: Extent, raw: boolean, fail: Fail): Chunks {
	const tiled = directory.numbers.has(TAG.tileOffsets);
	const rows = first(directory, TAG.rowsPerStrip, extent.height);
	const chunkWidth = tiled ? first(directory, TAG.tileWidth, 0) : extent.width;
	const chunkHeight = tiled ? first(directory, TAG.tileHeight, 0) : Math.min(rows, extent.height);
	if (chunkWidth < 1 || chunkHeight < 1) throw fail(`has strips or tiles of ${chunkWidth}x${chunkHeight}: damaged`);
	const offsets = directory.numbers.get(tiled ? TAG.tileOffsets : TAG.stripOffsets) ?? [];
	const given = directory.numbers.get(tiled ? TAG.tileCounts : TAG.stripCounts);
	// Old writers leave the byte counts out where nothing is compressed and there is one strip.
	const whole = extent.height * Math.ceil((extent.width * extent.samples * extent.bits) / 8);
	const counts = given ?? (raw && offsets.length === 1 ? [whole] : []);
	return { tiled, chunkWidth, chunkHeight, offsets, counts };
}

function checkChunks(source: TiffSource, page: TiffPage, ratio: number, fail: Fail): void {
	const wanted = chunksAcross(page) * Math.ceil(page.height / page.chunkHeight) * (page.planar ? page.samples : 1);
	const { offsets, counts } = page;
	if (offsets.length !== wanted || counts.length !== wanted) {
		throw fail(`needs ${wanted} strips or tiles, found ${offsets.length} offsets and ${counts.length} sizes: damaged`);
	}
	for (const [i, offset] of offsets.entries()) {
		if (offset + (counts[i] ?? 0) > source.size) {
			throw fail(`has data beyond the end of the file (${source.size} bytes): truncated; copy or make it again`);
		}
	}
	const stored = counts.reduce((sum, count) => sum + count, 0);
	const bytes = (page.width * page.height * page.samples * page.bits) / 8;
	const sparse = counts.includes(0);
	if (!sparse && bytes > (stored + 64) * ratio) {
		throw fail(`of ${page.width}x${page.height} pixels cannot come from ${stored} bytes of data: damaged`);
	}
}

/** Tiles side by side in a row of tiles; 1 for strips. */
export function chunksAcross(page: Pick<TiffPage, "width" | "chunkWidth">): number {
	return Math.ceil(page.width / page.chunkWidth);
}

function dtypeOf(kind: string | undefined, bits: number, samples: number): DType | undefined {
	if (kind === "uint" && bits < 8 && samples === 1) return [1, 2, 4].includes(bits) ? "uint8" : undefined;
	const name = `${kind}${bits}`;
	return isDType(name) ? name : undefined;
}

function resolutionOf(directory: Directory): Pick<TiffPage, "resolution"> {
	const [y, x] = [first(directory, TAG.yResolution, 0), first(directory, TAG.xResolution, 0)];
	return y > 0 && x > 0 && Number.isFinite(y) && Number.isFinite(x) ? { resolution: [y, x] } : {};
}

function first(directory: Directory, tag: number, fallback: number): number {
	return directory.numbers.get(tag)?.[0] ?? fallback;
}

/** A tag with one value a sample; 0 where they differ. */
function sameForAll(directory: Directory, tag: number, fallback: number): number {
	const values = directory.numbers.get(tag) ?? [fallback];
	return values.every((value) => value === values[0]) ? (values[0] ?? fallback) : 0;
}
