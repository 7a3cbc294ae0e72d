/**
 * ID.pkl, what nnU-Net keeps of a case beside its probabilities: where the voxels lie, and how they were turned.
 *
 * @module
 */

import { readPickleFile } from "../checkpoint/pickle-file.ts";
import { isKind, type NumpyArray, type PickleMap, type PickleValue } from "../checkpoint/pickle-value.ts";
import { viewOf } from "../core/bytes.ts";
import type { Affine, Geometry } from "../core/geometry.ts";
import { type Orientation, orientationOfAffine, orientationOfGeometry } from "../preprocess/orientation.ts";
import { inverseTurn, NO_TURN, type Turn, turnToRas } from "../preprocess/reorient.ts";
import { volumeError } from "../volume/fault.ts";

/** The properties that matter for writing labels. */
export type CaseProperties = {
	/** z, y, x of the array. */
	readonly spacing?: readonly number[];
	/** The place of the array, by ITK; two dimensions for 2D images. */
	readonly geometry?: Geometry;
	/** The matrix of the array, by nibabel. */
	readonly affine?: Affine;
	/** From the axes of the array to those of the file, where the reader turned it. */
	readonly turn: Turn;
};

/** Reads ID.pkl; nothing in it is run. @throws VOLUME naming what was expected and found */
export async function readCaseProperties(path: string): Promise<CaseProperties> {
	const value = await readPickleFile(path, {
		code: "VOLUME",
		next: "Nothing of it was run. Predict the case again with its probabilities saved",
	});
	if (!(value instanceof Map)) throw volumeError(path, "expected a dict of properties, as nnU-Net writes it");
	const spacing = numbersOf(value.get("spacing"), 3);
	return {
		turn: NO_TURN,
		...(spacing === undefined ? {} : { spacing }),
		...itkPlace(path, value.get("sitk_stuff")),
		...nibabelPlace(path, value.get("nibabel_stuff")),
	};
}

function itkPlace(path: string, value: PickleValue | undefined): Partial<CaseProperties> {
	if (value === undefined || value === null) return {};
	const stuff = asDict(path, "sitk_stuff", value);
	const dimensions = Array.isArray(stuff.get("spacing")) ? itemsOf(stuff.get("spacing")).length : 0;
	const spacing = numbersOf(stuff.get("spacing"), dimensions);
	const origin = numbersOf(stuff.get("origin"), dimensions);
	const direction = numbersOf(stuff.get("direction"), dimensions * dimensions);
	const isKnown = dimensions === 2 || dimensions === 3;
	if (!isKnown || spacing === undefined || origin === undefined || direction === undefined) {
		throw volumeError(path, 'expected "sitk_stuff" with spacing, origin and direction of two or three dimensions');
	}
	const letters = stuff.get("original_orientation");
	if (letters === undefined) return { geometry: { spacing, origin, direction } };
	const orientation = typeof letters === "string" ? orientationOfLetters(letters) : undefined;
	if (orientation === undefined || dimensions !== 3) {
		throw volumeError(path, '"original_orientation" is none of three letters such as LPS');
	}
	const geometry = { spacing, origin, direction };
	return { geometry, turn: turnBetween(orientationOfGeometry(geometry), orientation) };
}

function nibabelPlace(path: string, value: PickleValue | undefined): Partial<CaseProperties> {
	if (value === undefined || value === null) return {};
	const stuff = asDict(path, "nibabel_stuff", value);
	const original = numbersOf(stuff.get("original_affine"), 16);
	if (original === undefined) throw volumeError(path, 'expected "nibabel_stuff" with "original_affine", a 4x4 matrix');
	if (!stuff.has("reoriented_affine")) return { affine: original };
	const affine = numbersOf(stuff.get("reoriented_affine"), 16);
	const orientation = orientationOfAffine(original);
	if (affine === undefined || orientation === undefined) {
		throw volumeError(path, '"original_affine" and "reoriented_affine" do not tell how the image was turned');
	}
	return { affine, turn: inverseTurn(turnToRas(orientation)) };
}

/** Letters of the world's axes: towards the name, against it. */
const LETTERS = ["RL", "AP", "SI"];

/** The orientation of three letters such as "LPS", the ways in which voxel indices grow; undefined for other texts. */
function orientationOfLetters(letters: string): Orientation | undefined {
	const axes = [...letters].map((letter) => LETTERS.findIndex((pair) => pair.includes(letter)));
	if (axes.length !== 3 || [0, 1, 2].some((axis) => !axes.includes(axis))) return undefined;
	return axes.map((axis, n) => ({ axis, sign: LETTERS[axis]?.startsWith(letters.charAt(n)) === true ? 1 : -1 }));
}

/** The turn of an array whose axes run as `from` after which they run as `to`. */
function turnBetween(from: Orientation, to: Orientation): Turn {
	const order = to.map(({ axis }) => from.findIndex((each) => each.axis === axis));
	return { order, flip: to.map(({ sign }, n) => from[order[n] ?? 0]?.sign !== sign) };
}

function asDict(path: string, name: string, value: PickleValue): PickleMap {
	if (value instanceof Map) return value;
	throw volumeError(path, `expected "${name}" to be a dict`);
}

/** `count` numbers from a list, a tuple, lists of lists or an array of numpy's; undefined for anything else. */
function numbersOf(value: PickleValue | undefined, count: number): number[] | undefined {
	const items = isKind(value, "ndarray") ? numpyNumbers(value) : itemsOf(value).flatMap((item) => rowOf(item));
	const numbers = items.filter((item) => typeof item === "number" && Number.isFinite(item)).map(Number);
	return numbers.length === count && items.length === count ? numbers : undefined;
}

function itemsOf(value: PickleValue | undefined): readonly PickleValue[] {
	return Array.isArray(value) ? value : [];
}

function rowOf(value: PickleValue): readonly PickleValue[] {
	return isKind(value, "ndarray") ? numpyNumbers(value) : Array.isArray(value) ? value : [value];
}

/** The elements in C order of an array of one or two axes; none for element types other than floats. */
function numpyNumbers({ dtype, shape, fortran, data }: NumpyArray): number[] {
	const bytes = { f4: 4, f8: 8 }[dtype.descr];
	if (bytes === undefined || shape.length > 2) return [];
	const view = viewOf(data);
	const read = (n: number) =>
		bytes === 4 ? view.getFloat32(n * bytes, !dtype.bigEndian) : view.getFloat64(n * bytes, !dtype.bigEndian);
	const [rows = 1, columns = 1] = shape;
	return Array.from({ length: rows * columns }, (_, n) =>
		read(fortran ? (n % columns) * rows + Math.floor(n / columns) : n),
	);
}
