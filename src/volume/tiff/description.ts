/**
 * The axes before the page's own, from what programs put into the description of the first page.
 *
 * tifffile writes JSON with `shape` (and `axes`), ImageJ lines of `key=value`, OME an XML element `Pixels`. What does not
 * fit the pages is left aside: then the pages are sections in z.
 *
 * @module
 */
import { sizeOf } from "../../core/shape.ts";
import { fromImageJ } from "./imagej.ts";
import { fromOme, isOme } from "./ome.ts";
import type { TiffPage } from "./page.ts";

/** Extents and letters of the axes before the page's own; "?" for an axis without a letter here. */
export type Leading = {
	readonly shape: readonly number[];
	readonly axes: string;
	readonly spacing?: readonly number[];
	/** Of `spacing`. */
	readonly unit?: string;
};

/** What a description says: `pages` is the product of `shape`. */
export type Described = Leading & {
	readonly pages: number;
	/** Numbers of the file's pages in C order of `shape`, where they lie otherwise; undefined where `count` do not suffice. */
	readonly order?: (count: number) => readonly number[] | undefined;
};

/** Axes of one page: "yx", "yxc", or "cyx" where it is planar. */
export function pageAxes(page: TiffPage): string {
	if (page.samples === 1) return "yx";
	return page.planar ? "cyx" : "yxc";
}

/** Shape of one page, in the order of `pageAxes`. */
export function pageShape({ width, height, samples, planar }: TiffPage): number[] {
	if (samples === 1) return [height, width];
	return planar ? [samples, height, width] : [height, width, samples];
}

/** What `description` says of a file whose pages are like `page`. @throws UNBUILT where its voxels lie in several files */
export function readDescription(path: string, description: string, page: TiffPage): Described | undefined {
	const leading = described(path, description, page);
	return leading === undefined ? undefined : { ...leading, pages: sizeOf(leading.shape) };
}

/** The axes before those of `count` pages. */
export function leadingAxes(described: Described | undefined, count: number): Leading {
	if (described?.pages === count) return described;
	return count === 1 ? { shape: [], axes: "" } : { shape: [count], axes: "z" };
}

function described(path: string, description: string, page: TiffPage): Leading | undefined {
	if (description.startsWith("{")) return fromJson(description, page);
	if (description.startsWith("ImageJ=")) return fromImageJ(description, page);
	return isOme(description) ? fromOme(path, description, page) : undefined;
}

function fromJson(description: string, page: TiffPage): Leading | undefined {
	const data = parseJson(description);
	const shape = isExtents(data.shape) ? data.shape : [];
	const own = pageShape(page);
	if (shape.length < own.length || own.some((extent, i) => shape[shape.length - own.length + i] !== extent))
		return undefined;
	const leading = shape.slice(0, shape.length - own.length);
	const spacing = isSpacing(data.spacing) ? { spacing: data.spacing } : {};
	return { shape: leading, axes: lettersOf(data.axes, shape.length, leading.length), ...spacing };
}

/** The first `count` letters of tifffile's axes as they are here; a single unnamed axis before the page is z. */
function lettersOf(axes: unknown, rank: number, count: number): string {
	if (typeof axes !== "string" || axes.length !== rank) return count === 1 ? "z" : "?".repeat(count);
	const letters = axes.toLowerCase().replace(/[iq](?=yx)/g, "z");
	return letters.replace(/[^czyx]/g, "?").slice(0, count);
}

function parseJson(text: string): { readonly shape?: unknown; readonly axes?: unknown; readonly spacing?: unknown } {
	try {
		const data: unknown = JSON.parse(text);
		return typeof data === "object" && data !== null ? { ...data } : {};
	} catch {
		return {};
	}
}

function isExtents(value: unknown): value is readonly number[] {
	return Array.isArray(value) && value.length <= 8 && value.every((v) => Number.isSafeInteger(v) && v > 0);
}

function isSpacing(value: unknown): value is readonly number[] {
	return Array.isArray(value) && value.every((v) => typeof v === "number" && v > 0 && Number.isFinite(v));
}
