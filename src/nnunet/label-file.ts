/**
 * Label files of a case: read as they are stored, written as nnU-Net's writers do.
 *
 * Arrays are z, y, x (y, x for a single 2D image). On disk they are uint8 where the highest label is below 255, else uint16.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { writeAtomically } from "../core/atomic-file.ts";
import { wholeBox } from "../core/box.ts";
import { NnvolError } from "../core/errors.ts";
import { fromHalf } from "../core/float16.ts";
import type { Affine, Geometry } from "../core/geometry.ts";
import { type Shape, shapeText } from "../core/shape.ts";
import { type LabelArray, labelArray, narrowest } from "../image/labels.ts";
import { labelsWrittenBy, restoreLabels } from "../preprocess/placement.ts";
import { readSpacing, sidecarText } from "../preprocess/spacing.ts";
import { volumeError } from "../volume/fault.ts";
import { formatByName, formatOfName, openVolume, pathStem } from "../volume/formats.ts";
import { publish, temporaryBeside } from "../volume/publish.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../volume/volume.ts";

/** Where voxels lie in the world, as far as a file can say. */
export type Place = {
	/** z, y, x. */
	readonly spacing?: readonly number[];
	readonly geometry?: Geometry;
	readonly affine?: Affine;
};

/** A label image in memory. */
export type LabelImage = { readonly labels: LabelArray; readonly shape: Shape; readonly place: Place };

/** Opens a label file, whose array must have two or three axes of space. Close it in a `finally`. @throws VOLUME */
export async function openLabels(path: string, options: IoOptions = {}): Promise<VolumeReader> {
	const reader = await openVolume(path, options);
	const { info } = reader;
	const isSpace = info.shape.length >= 2 && info.shape.length <= 3 && ["", "yx", "zyx"].includes(info.axes);
	if (isSpace && info.shape.every((extent) => extent > 0)) return reader;
	await reader.close();
	throw volumeError(
		path,
		`expected labels of two or three axes, found ${shapeText(info.shape)}${info.axes === "" ? "" : ` (${info.axes})`}; save one label a voxel`,
	);
}

/**
 * Reads a whole label file.
 *
 * @param reader name of nnU-Net's reader and writer class, which decides how the place is told
 * @throws VOLUME where a value is no label: not whole, below 0 or above 65535
 */
export async function readLabels(
	path: string,
	reader: string | undefined,
	options: IoOptions = {},
): Promise<LabelImage> {
	const file = await openLabels(path, options);
	try {
		const array = await file.read(wholeBox(file.info.shape), options);
		return { labels: labelsOf(array, path), shape: file.info.shape, place: await placeOf(file.info, reader) };
	} finally {
		await file.close();
	}
}

/**
 * Writes a label file as the format that its ending names: beside its place first, then renamed. For a TIFF volume
 * `ID.json` with the spacing is written too, as nnU-Net's Tiff3DIO does.
 *
 * @param reader name of nnU-Net's reader and writer class
 * @throws VOLUME; CONFIG for an ending that is not known
 */
export async function writeLabels(
	path: string,
	{ labels, shape, place }: LabelImage,
	reader: string | undefined,
	options: IoOptions = {},
): Promise<void> {
	const name = formatOfName(path);
	if (name === undefined) throw new NnvolError("CONFIG", `${path}: no format is known by this ending`);
	const format = await formatByName(name);
	const array = restoreLabels(labelArray(narrowest(labels), shape), { labels: labelsWrittenBy(reader) });
	const temporary = temporaryBeside(path);
	const writer = await format.create(
		temporary,
		{ dtype: array.dtype, shape, axes: shape.length === 2 ? "yx" : "zyx", ...place },
		options,
	);
	try {
		await writer.write(wholeBox(shape).start, array, options);
		await writer.finish();
	} catch (error) {
		await writer.discard();
		throw error;
	}
	if (name === "tiff" && shape.length === 3) {
		await writeAtomically(`${pathStem(path)}.json`, sidecarText(place.spacing ?? [1, 1, 1]));
	}
	await publish(temporary, path);
}

/** The labels of an array of any element type. @throws VOLUME naming the first value that is no label */
export function labelsOf({ dtype, data }: NdArray, path: string): LabelArray {
	if (data instanceof Uint8Array && dtype === "uint8") return Uint8Array.from(data);
	const out = new Uint16Array(data.length);
	for (let i = 0; i < out.length; i++) {
		const value = dtype === "float16" ? fromHalf(Number(data[i])) : Number(data[i]);
		if (!(value >= 0 && value <= 65535 && Number.isInteger(value))) {
			throw volumeError(path, `expected labels, whole numbers from 0 to 65535, found ${value} at voxel ${i}`);
		}
		out[i] = value;
	}
	return out;
}

/** The place of a file, told as nnU-Net's class keeps it: nibabel's by a matrix, the others as ITK sees it. */
export async function placeOf(info: VolumeInfo, reader?: string): Promise<Place> {
	const spacing = await readSpacing(info.path, info);
	const byAffine = reader?.startsWith("Nibabel") === true && info.affine !== undefined;
	return {
		...(spacing === undefined ? {} : { spacing }),
		...(info.geometry === undefined ? {} : { geometry: info.geometry }),
		...(byAffine ? { affine: info.affine } : {}),
	};
}
