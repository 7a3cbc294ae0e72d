/**
 * ID.pkl, what nnU-Net keeps of a case beside its probabilities: where the voxels lie, and how they were turned.
 *
 * @module
 */
import { readPickleFile } from "../checkpoint/pickle-file.ts";
import { isKind, type NumpyArray, type PickleMap, type PickleValue } from "../checkpoint/pickle-value.ts";
import type { Affine, Geometry } from "../core/geometry.ts";
import { type Orientation, orientationOfAffine, orientationOfLetters, RAS } from "../image/orientation.ts";
import { volumeError } from "../volume/fault.ts";

/** The properties that matter for writing labels. */
export type CaseProperties = {
	/** z, y, x of the array. */
	readonly spacing?: readonly number[];
	/** The place of the array, by ITK; two dimensions for 2D images. */
	readonly geometry?: Geometry;
	/** The matrix of the file, by nibabel: before any turning. */
	readonly affine?: Affine;
	/** Where the reader turned the array to RAS: the orientation of the file. */
	readonly turnedFrom?: Orientation;
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
		...(spacing === undefined ? {} : { spacing }),
		...itkPlace(path, value.get("sitk_stuff")),
		...nibabelPlace(path, value.get("nibabel_stuff")),
	};
}

function itkPlace(path: string, value: PickleValue | undefined): CaseProperties {
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
	const turnedFrom = typeof letters === "string" ? orientationOfLetters(letters) : undefined;
	if (turnedFrom === undefined) throw volumeError(path, '"original_orientation" is none such as LPS');
	return { geometry: { spacing, origin, direction }, turnedFrom };
}

function nibabelPlace(path: string, value: PickleValue | undefined): CaseProperties {
	if (value === undefined || value === null) return {};
	const stuff = asDict(path, "nibabel_stuff", value);
	const affine = numbersOf(stuff.get("original_affine"), 16);
	if (affine === undefined) throw volumeError(path, 'expected "nibabel_stuff" with "original_affine", a 4x4 matrix');
	if (!stuff.has("reoriented_affine")) return { affine };
	const turnedFrom = orientationOfAffine(affine);
	if (turnedFrom === undefined)
		throw volumeError(path, '"original_affine" has no inverse, so that no orientation is known');
	return { affine, turnedFrom };
}

/** The orientation of arrays that a reader turned. */
export const TURNED = RAS;

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
	const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
	const read = (n: number) =>
		bytes === 4 ? view.getFloat32(n * bytes, !dtype.bigEndian) : view.getFloat64(n * bytes, !dtype.bigEndian);
	const [rows = 1, columns = 1] = shape;
	return Array.from({ length: rows * columns }, (_, n) =>
		read(fortran ? (n % columns) * rows + Math.floor(n / columns) : n),
	);
}
