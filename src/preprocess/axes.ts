/**
 * Which axis of an array is which, and bringing arrays to C, Z, Y, X.
 *
 * @module
 */
import { basename } from "node:path";
import { type NdArray, reshape } from "../core/array.ts";
import { NnvolError } from "../core/errors.ts";
import { shapeText } from "../core/shape.ts";
import { transpose } from "../image/transpose.ts";
import type { VolumeInfo } from "../volume/volume.ts";

const AXES_BY_RANK: Readonly<Record<number, string>> = { 2: "yx", 3: "zyx", 4: "czyx" };

/** The axes of an array: the user's, else the file's, else by rank. @throws INPUT */
export function axesOf(info: VolumeInfo, given: string | undefined): string {
	const axes = given ?? (info.axes === "" ? AXES_BY_RANK[info.shape.length] : info.axes);
	const found = `${basename(info.path)} has ${info.shape.length} axes (${shapeText(info.shape)})`;
	if (axes === undefined)
		throw new NnvolError("INPUT", `${found}; say which is which by data.axes (letters of c, z, y, x)`);
	const isKnown =
		/^[czyx]+$/.test(axes) && new Set(axes).size === axes.length && axes.includes("y") && axes.includes("x");
	if (!isKnown)
		throw new NnvolError("CONFIG", `data.axes "${axes}": expected different letters of c, z, y, x, with y and x`);
	if (axes.length !== info.shape.length)
		throw new NnvolError("INPUT", `${found}; data.axes "${axes}" names ${axes.length}`);
	return axes;
}

/** Brings an array with `axes` to C, Z, Y, X; missing axes have extent 1. */
export function arrange(array: NdArray, axes: string): NdArray {
	const present = [..."czyx"].filter((letter) => axes.includes(letter));
	const ordered = transpose(
		array,
		present.map((letter) => axes.indexOf(letter)),
	);
	return reshape(
		ordered,
		[..."czyx"].map((letter) => ordered.shape[present.indexOf(letter)] ?? 1),
	);
}
