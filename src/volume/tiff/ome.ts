/**
 * What OME puts into the description of a TIFF: XML with an element `Pixels` for the axes and voxel size, and `TiffData`
 * elements that say which page holds which plane.
 *
 * From the OME-TIFF specification (ome-model.readthedocs.io): planes that no element places lie in the order of the axes.
 *
 * @module
 */
import { basename } from "node:path";
import { NnvolError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Described, Leading } from "./description.ts";
import type { TiffPage } from "./page.ts";
import { unitName } from "./units.ts";

/** True for a description that OME wrote. */
export function isOme(description: string): boolean {
	return /<(?:\w+:)?OME[\s>]/.test(description.slice(0, 2000));
}

/** Axes of the first image. @throws UNBUILT where its planes lie in other files */
export function fromOme(
	path: string,
	description: string,
	page: TiffPage,
): (Leading & Pick<Described, "order">) | undefined {
	const whole = /<(?:\w+:)?BinaryOnly\s[^>]*?MetadataFile="([^"]*)"/.exec(description)?.[1];
	if (whole !== undefined) throw severalFiles(path, whole);
	const [, attributes = "", body = ""] =
		/<(?:\w+:)?Pixels\s([^>]*?)(?:\/>|>([\s\S]*?)<\/(?:\w+:)?Pixels>)/.exec(description) ?? [];
	const value = (key: string) => attribute(attributes, key);
	const order = value("DimensionOrder");
	if (!/^XY[CZT]{3}$/.test(order) || new Set(order).size !== 5) return undefined;
	requireOneFile(path, body);
	const extents: Readonly<Record<string, number>> = {
		Z: Number(value("SizeZ")),
		T: Number(value("SizeT")),
		// colours of one pixel are one plane
		C: Number(value("SizeC")) / page.samples,
	};
	const axes = [...order.slice(2)].reverse().filter((letter) => extents[letter] !== 1);
	const shape = axes.map((letter) => extents[letter] ?? 0);
	if (!shape.every((extent) => Number.isSafeInteger(extent) && extent > 0)) return undefined;
	const spacing = ["Z", "Y", "X"].map((letter) => Number(value(`PhysicalSize${letter}`)));
	const known = axes.includes("Z") && spacing.every((v) => v > 0 && Number.isFinite(v));
	const units = new Set(["Z", "Y", "X"].map((letter) => value(`PhysicalSize${letter}Unit`) || "\u00b5m"));
	const unit = units.size === 1 ? unitName([...units][0]) : undefined;
	return {
		shape,
		axes: axes.map((letter) => (letter === "T" ? "?" : letter.toLowerCase())).join(""),
		order: (count) => planeOrder(body, axes, shape, count),
		...(known ? { spacing } : {}),
		...(unit === undefined ? {} : { unit }),
	};
}

function attribute(text: string, key: string): string {
	return new RegExp(`(?:^|\\s)${key}="([^"]*)"`).exec(text)?.[1] ?? "";
}

function requireOneFile(path: string, body: string): void {
	for (const [, name = ""] of body.matchAll(/<(?:\w+:)?UUID\s[^>]*?FileName="([^"]*)"/g)) {
		if (name === basename(path) || isOnlyFile(body, name)) continue;
		throw severalFiles(path, name);
	}
}

function severalFiles(path: string, other: string): NnvolError {
	const found = `it is one of several files of one OME volume, another being ${other}`;
	return new NnvolError("UNBUILT", `${path}: ${found}; such volumes are not read yet: save it as one file`, {
		fields: { path },
	});
}

/** A file that was renamed still names itself, and no other, by its old name. */
function isOnlyFile(body: string, name: string): boolean {
	const names = [...body.matchAll(/<(?:\w+:)?UUID\s[^>]*?FileName="([^"]*)"/g)].map((found) => found[1]);
	return names.every((other) => other === name);
}

/** The page of each plane, where `TiffData` elements say it for every one; undefined where pages lie as planes do. */
function planeOrder(
	body: string,
	axes: readonly string[],
	shape: readonly number[],
	count: number,
): readonly number[] | undefined {
	const planes = sizeOf(shape);
	const elements = [...body.matchAll(/<(?:\w+:)?TiffData(\s[^>]*?)?\/?>/g)].map((found) => found[1] ?? "");
	if (planes !== count || elements.length === 0) return undefined;
	const order = new Array<number>(planes).fill(-1);
	for (const element of elements) {
		const number = (key: string, fallback: number) => Number(attribute(element, key) || fallback);
		const first = axes.reduce((at, letter, axis) => at * (shape[axis] ?? 1) + number(`First${letter}`, 0), 0);
		const page = number("IFD", 0);
		const length = number("PlaneCount", attribute(element, "IFD") === "" ? planes - first : 1);
		if (![first, page, length].every((n) => Number.isSafeInteger(n) && n >= 0)) return undefined;
		for (let i = 0; i < length && first + i < planes; i++) order[first + i] = page + i;
	}
	const isWhole = order.every((page) => page >= 0 && page < count);
	return isWhole ? order : undefined;
}
