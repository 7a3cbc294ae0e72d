/**
 * How far a prediction is from a reference: labels and probabilities.
 *
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { hasDType, type NdArray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { openVolume } from "../../src/volume/formats.ts";
import { readNpz } from "../volume/npz-reader.ts";

/** Part of the labels that are equal; element type, shape and place in the world of both files. */
export type LabelAgreement = {
	readonly equal: number;
	readonly found: string;
	readonly expected: string;
};

/** Largest difference, and the part of the values within `near`. */
export type ProbabilityAgreement = { readonly largest: number; readonly within: number };

/** Reads a whole volume. */
export async function readWhole(path: string): Promise<NdArray> {
	return (await readPlaced(path)).array;
}

/** Reads a whole volume, and where it lies in the world. */
async function readPlaced(path: string): Promise<{ readonly array: NdArray; readonly place: string }> {
	const reader = await openVolume(path);
	try {
		const { info } = reader;
		const place = JSON.stringify([info.geometry, info.affine]) + (await spacingBeside(path));
		return { array: await reader.read(wholeBox(info.shape)), place };
	} finally {
		await reader.close();
	}
}

/** The spacing that nnU-Net's Tiff3DIO writes beside a volume: `ID.json`; empty for other formats. */
async function spacingBeside(path: string): Promise<string> {
	if (!path.endsWith(".tif")) return "";
	return JSON.stringify(JSON.parse(await readFile(path.replace(/\.tif$/, ".json"), "utf8")));
}

/** Compares two label files. */
export async function compareLabels(path: string, reference: string): Promise<LabelAgreement> {
	const found = await readPlaced(path);
	const expected = await readPlaced(reference);
	const describe = ({ array, place }: typeof found) => `${array.dtype} ${array.shape.join("x")} ${place}`;
	const { data } = expected.array;
	let equal = 0;
	for (let i = 0; i < data.length; i++) if (found.array.data[i] === data[i]) equal++;
	return {
		equal: equal / data.length,
		found: describe(found),
		expected: describe(expected),
	};
}

/** Compares the probabilities in two `.npz` files. */
export async function compareProbabilities(
	path: string,
	reference: string,
	near: number,
): Promise<ProbabilityAgreement> {
	const found = await readProbabilities(path);
	const expected = await readProbabilities(reference);
	if (found.shape.join() !== expected.shape.join())
		throw new Error(`shapes differ: ${found.shape} and ${expected.shape}`);
	let largest = 0;
	let within = 0;
	for (let i = 0; i < expected.data.length; i++) {
		const difference = Math.abs((found.data[i] ?? Number.NaN) - (expected.data[i] ?? 0));
		if (!(difference <= largest)) largest = difference;
		if (difference <= near) within++;
	}
	return { largest, within: within / expected.data.length };
}

/** The float32 array `probabilities` of an `.npz` file. */
async function readProbabilities(path: string): Promise<NdArray<"float32">> {
	const { probabilities } = await readNpz(path);
	if (probabilities === undefined || !hasDType(probabilities, "float32"))
		throw new Error(`${path}: no float32 array "probabilities"`);
	return probabilities;
}

/** Names in a folder with `ending`, without it, sorted. */
export async function namesIn(folder: string, ending: string): Promise<string[]> {
	const names = await readdir(folder);
	return names
		.filter((name) => name.endsWith(ending))
		.map((name) => name.slice(0, -ending.length))
		.sort();
}

/** Path of the committed references. */
export function committed(...parts: readonly string[]): string {
	return join(import.meta.dirname, "..", "fixtures", "parity", ...parts);
}
