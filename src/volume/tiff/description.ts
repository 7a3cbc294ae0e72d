/**
 * The axes before the page's own, from what programs put into the description of the first page.
 *
 * tifffile writes JSON with `shape` (and `axes`), ImageJ lines of `key=value`, OME an XML element `Pixels`. What does not
 * fit the pages is left aside: then the pages are sections in z.
 *
 * @module
 */
import { sizeOf } from "../../core/shape.ts";
import type { TiffPage } from "./page.ts";

/** Extents and letters of the axes before the page's own; "?" for an axis without a letter here. */
export type Leading = {
	readonly shape: readonly number[];
	readonly axes: string;
	readonly spacing?: readonly number[];
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

/** Pages that the description says the file has; undefined where it says nothing. */
export function describedPages(description: string, page: TiffPage): number | undefined {
	const leading = described(description, page);
	return leading === undefined ? undefined : sizeOf(leading.shape);
}

/** What `description` says of `count` pages like `page`. */
export function leadingAxes(description: string, page: TiffPage, count: number): Leading {
	const leading = described(description, page);
	if (leading !== undefined && sizeOf(leading.shape) === count) return leading;
	return count === 1 ? { shape: [], axes: "" } : { shape: [count], axes: "z" };
}

function described(description: string, page: TiffPage): Leading | undefined {
	if (description.startsWith("{")) return fromJson(description, page);
	if (description.startsWith("ImageJ=")) return fromImageJ(description, page);
	return /<OME[\s>]/.test(description.slice(0, 2000)) ? fromOme(description) : undefined;
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

function fromImageJ(description: string, page: TiffPage): Leading {
	const value = (key: string, fallback: number) => {
		const text = new RegExp(`^${key}=([-+.\\deE]+)`, "m").exec(description)?.[1];
		return text === undefined ? fallback : Number(text);
	};
	const [frames, slices, channels] = [value("frames", 1), value("slices", 1), value("channels", 1)];
	const axes = [
		{ letter: slices > 1 ? "?" : "z", extent: frames },
		{ letter: "z", extent: slices },
		{ letter: "c", extent: page.samples > 1 ? 1 : channels },
	].filter(({ extent }) => extent > 1);
	const shape = axes.map(({ extent }) => extent);
	const images = value("images", 1);
	if (sizeOf(shape) !== images) return images > 1 ? { shape: [images], axes: "z" } : { shape: [], axes: "" };
	const [z, [y, x]] = [value("spacing", 0), page.resolution ?? [0, 0]];
	const spacing = z > 0 && y > 0 && x > 0 && slices > 1 ? { spacing: [z, 1 / y, 1 / x] } : {};
	return { shape, axes: axes.map(({ letter }) => letter).join(""), ...spacing };
}

function fromOme(description: string): Leading | undefined {
	const pixels = /<(?:\w+:)?Pixels\s([^>]*)>/.exec(description)?.[1] ?? "";
	const value = (key: string) => new RegExp(`(?:^|\\s)${key}="([^"]*)"`).exec(pixels)?.[1] ?? "";
	const order = value("DimensionOrder");
	if (!/^XY[CZT]{3}$/.test(order)) return undefined;
	const axes = [...order.slice(2)]
		.reverse()
		.map((letter) => ({ letter: letter === "T" ? "?" : letter.toLowerCase(), extent: Number(value(`Size${letter}`)) }))
		.filter(({ extent }) => extent > 1);
	const spacing = ["Z", "Y", "X"].map((letter) => Number(value(`PhysicalSize${letter}`)));
	const known = axes.some(({ letter }) => letter === "z") && spacing.every((v) => v > 0 && Number.isFinite(v));
	const shape = axes.map(({ extent }) => extent);
	return { shape, axes: axes.map(({ letter }) => letter).join(""), ...(known ? { spacing } : {}) };
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
