/**
 * A labelled case as a search needs it: saved values of its channels, and its true labels.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { wholeBox } from "../core/box.ts";
import { NnvolError } from "../core/errors.ts";
import { fromHalf } from "../core/float16.ts";
import { sameShape, shapeText, type Zyx, zyx } from "../core/shape.ts";
import { toFloat32 } from "../image/cast.ts";
import { type Connectivity, components } from "../image/components.ts";
import { labelVolume } from "../score/label-volume.ts";
import { volumeError } from "../volume/fault.ts";
import { openVolume } from "../volume/formats.ts";
import type { IoOptions } from "../volume/volume.ts";
import { IGNORED, IGNORED_ID } from "./metrics.ts";

/** Where a case lies. */
export type CasePaths = {
	readonly id: string;
	/** Saved values: channels, then z, y, x (y, x of a single image). */
	readonly values: string;
	/** HDF5 data set or Zarr array of `values`, where it is not the only one. */
	readonly dataset?: string;
	readonly label: string;
};

/** What true labels mean. */
export type Meaning = {
	/** Labels that are foreground of a mask: all but 0, or some classes. */
	readonly foreground: readonly number[] | "any";
	/** Labels whose voxels do not count. */
	readonly ignored: readonly number[];
	/** Neighbours of a class's connected components, as `score.connectivity`. */
	readonly connectivity: Connectivity;
};

/** A case in memory. */
export type LabelledCase = {
	readonly id: string;
	readonly shape: Zyx;
	readonly channels: number;
	/** float32, C-ordered, one channel after the other. */
	readonly values: Float32Array;
	/** True mask: 0, 1, or IGNORED. */
	readonly mask: Uint8Array;
	/** True ids, or IGNORED_ID; where the labels are classes, the connected components of those that are foreground. */
	readonly objects: Uint32Array;
	readonly connectivity: Connectivity;
	/** Voxel size in z, y, x, where the file tells it. */
	readonly spacing?: readonly number[];
};

/** Reads a case. @throws VOLUME where a file cannot be read; INPUT where label and image differ in shape */
export async function readCase(paths: CasePaths, meaning: Meaning, options: IoOptions = {}): Promise<LabelledCase> {
	const { values, channels, shape, spacing } = await readValues(paths, options);
	const ids = await readIds(paths, shape, options);
	return {
		id: paths.id,
		shape,
		channels,
		values,
		mask: maskOf(ids, meaning),
		objects: objectsOf(ids, shape, meaning),
		connectivity: meaning.connectivity,
		...(spacing === undefined ? {} : { spacing }),
	};
}

/** A case whose arrays threads share: sent to one it is not copied. */
export function sharedCase(one: LabelledCase): LabelledCase {
	const values = new Float32Array(new SharedArrayBuffer(one.values.byteLength));
	const mask = new Uint8Array(new SharedArrayBuffer(one.mask.byteLength));
	const objects = new Uint32Array(new SharedArrayBuffer(one.objects.byteLength));
	values.set(one.values);
	mask.set(one.mask);
	objects.set(one.objects);
	return { ...one, values, mask, objects };
}

/** Bytes that a case of `voxels` voxels takes in memory. */
export function caseBytes(voxels: number, channels: number): number {
	return voxels * (4 * channels + 1 + 4);
}

async function readValues({ values: path, dataset }: CasePaths, options: IoOptions) {
	const reader = await openVolume(path, { ...options, ...(dataset === undefined ? {} : { dataset }) });
	try {
		const { shape, spacing } = reader.info;
		const [channels, ...space] = shape;
		if (channels === undefined || space.length < 2 || space.length > 3) {
			throw volumeError(path, `expected channels and two or three axes of space, found ${shapeText(shape)}`);
		}
		const array = await reader.read(wholeBox(shape), options);
		return {
			values: toFloat32(array).data,
			channels,
			shape: zyx(space.length === 2 ? [1, ...space] : space),
			...(spacing === undefined ? {} : { spacing }),
		};
	} finally {
		await reader.close();
	}
}

async function readIds({ label, id }: CasePaths, shape: Zyx, options: IoOptions): Promise<Uint32Array> {
	const reader = await openVolume(label, options);
	try {
		const volume = labelVolume(reader);
		if (!sameShape(volume.shape, shape)) {
			throw new NnvolError(
				"INPUT",
				`case ${id}: the label ${label} is ${shapeText(volume.shape)}, the image ${shapeText(shape)}; they must cover the same voxels`,
				{ fields: { path: label } },
			);
		}
		return idsOf(await volume.read(wholeBox(shape), options), label);
	} finally {
		await reader.close();
	}
}

/** Labels as 32-bit ids. @throws VOLUME naming the first value that is none */
function idsOf({ dtype, data }: NdArray, path: string): Uint32Array {
	const ids = new Uint32Array(data.length);
	for (let i = 0; i < ids.length; i++) {
		const value = dtype === "float16" ? fromHalf(Number(data[i])) : Number(data[i]);
		if (!(value >= 0 && value <= 0xffffffff && Number.isInteger(value))) {
			throw volumeError(path, `expected labels, whole numbers from 0 to 4294967295, found ${value} at voxel ${i}`);
		}
		ids[i] = value;
	}
	return ids;
}

function maskOf(ids: Uint32Array, { foreground, ignored }: Meaning): Uint8Array {
	const mask = new Uint8Array(ids.length);
	const left = new Set(ignored);
	const wanted = new Set(foreground === "any" ? [] : foreground);
	for (let i = 0; i < ids.length; i++) {
		const id = ids[i] ?? 0;
		if (left.has(id)) mask[i] = IGNORED;
		else if (foreground === "any" ? id !== 0 : wanted.has(id)) mask[i] = 1;
	}
	return mask;
}

/** Ids where they tell objects apart; of classes the connected components of those that are foreground. */
function objectsOf(ids: Uint32Array, shape: Zyx, meaning: Meaning): Uint32Array {
	const { foreground, ignored, connectivity } = meaning;
	const classes = foreground === "any" ? onlyClass(ids, ignored) : foreground;
	const objects = classes === undefined ? ids.slice() : componentsOf(ids, classes, shape, connectivity);
	const left = new Set(ignored);
	if (left.size > 0) for (let i = 0; i < ids.length; i++) if (left.has(ids[i] ?? 0)) objects[i] = IGNORED_ID;
	return objects;
}

function componentsOf(
	ids: Uint32Array,
	classes: readonly number[],
	shape: Zyx,
	connectivity: Connectivity,
): Uint32Array {
	const mask = new Uint8Array(ids.length);
	for (let i = 0; i < mask.length; i++) mask[i] = classes.includes(ids[i] ?? 0) ? 1 : 0;
	return components(mask, shape, connectivity).labels;
}

/** The one label besides 0 and those ignored, as a list; undefined where there are none or several. */
function onlyClass(ids: Uint32Array, ignored: readonly number[]): readonly number[] | undefined {
	const passed = new Set([0, ...ignored]);
	let only: number | undefined;
	for (let i = 0; i < ids.length; i++) {
		const id = ids[i] ?? 0;
		if (id === only || passed.has(id)) continue;
		if (only !== undefined) return undefined;
		only = id;
	}
	return only === undefined ? undefined : [only];
}
