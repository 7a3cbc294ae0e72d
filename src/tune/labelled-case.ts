/**
 * A labelled case as a search needs it: saved values of its channels, and its true labels.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { wholeBox } from "../core/box.ts";
import { NnvolError } from "../core/errors.ts";
import { fromHalf } from "../core/float16.ts";
import { sameShape, shapeText, sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { toFloat32 } from "../image/cast.ts";
import { components } from "../image/components.ts";
import { labelVolume } from "../score/label-volume.ts";
import { volumeError } from "../volume/fault.ts";
import { openVolume } from "../volume/formats.ts";
import type { IoOptions } from "../volume/volume.ts";
import { IGNORED } from "./metrics.ts";

/** Where a case lies. */
export type CasePaths = {
	readonly id: string;
	/** Saved values: channels, then z, y, x (y, x of a single image). */
	readonly values: string;
	/** HDF5 data set or Zarr array of `values`, where it is not the only one. */
	readonly dataset?: string;
	readonly label: string;
};

/** Which true labels are foreground of a mask: all but 0, or some; and which voxels do not count. */
export type Foreground = { readonly labels: readonly number[] | "any"; readonly ignore?: number };

/** A case in memory. */
export type LabelledCase = {
	readonly id: string;
	readonly shape: Zyx;
	readonly channels: number;
	/** float32, C-ordered, one channel after the other. */
	readonly values: Float32Array<ArrayBuffer>;
	/** True mask: 0, 1, or IGNORED. */
	readonly mask: Uint8Array;
	/** True ids; where the labels are classes, the connected components of the one that is foreground. */
	readonly objects: Uint32Array;
	readonly ignore?: number;
	/** Voxel size in z, y, x, where the file tells it. */
	readonly spacing?: readonly number[];
};

/** Reads a case. @throws VOLUME where a file cannot be read; INPUT where label and image differ in shape */
export async function readCase(
	paths: CasePaths,
	foreground: Foreground,
	options: IoOptions = {},
): Promise<LabelledCase> {
	const { values, channels, shape, spacing } = await readValues(paths, options);
	const ids = await readIds(paths, shape, options);
	const { ignore } = foreground;
	return {
		id: paths.id,
		shape,
		channels,
		values,
		mask: maskOf(ids, foreground),
		objects: objectsOf(ids, shape, foreground),
		...(ignore === undefined ? {} : { ignore }),
		...(spacing === undefined ? {} : { spacing }),
	};
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

function maskOf(ids: Uint32Array, { labels, ignore }: Foreground): Uint8Array {
	const mask = new Uint8Array(ids.length);
	const wanted = new Set(labels === "any" ? [] : labels);
	for (let i = 0; i < ids.length; i++) {
		const id = ids[i] ?? 0;
		if (id === ignore) mask[i] = IGNORED;
		else if (labels === "any" ? id !== 0 : wanted.has(id)) mask[i] = 1;
	}
	return mask;
}

/** `ids` themselves where they tell objects apart; of classes the connected components of the one that counts. */
function objectsOf(ids: Uint32Array, shape: Zyx, { labels: wanted, ignore }: Foreground): Uint32Array {
	const classes = wanted === "any" ? onlyClass(ids, ignore) : wanted;
	if (classes === undefined) return ids;
	const mask = new Uint8Array(sizeOf(shape));
	for (let i = 0; i < mask.length; i++) mask[i] = classes.includes(ids[i] ?? 0) ? 1 : 0;
	const { labels, count } = connected(mask, shape);
	if (ignore === undefined) return labels;
	// the ignored label keeps its value; the object of that number makes room for it
	for (let i = 0; i < labels.length; i++) {
		if (labels[i] === ignore) labels[i] = count + 1;
		if (ids[i] === ignore) labels[i] = ignore;
	}
	return labels;
}

/** The one label besides 0 and `ignore`, as a list; undefined where there are none or several. */
function onlyClass(ids: Uint32Array, ignore: number | undefined): readonly number[] | undefined {
	let only: number | undefined;
	for (let i = 0; i < ids.length; i++) {
		const id = ids[i] ?? 0;
		if (id === 0 || id === ignore || id === only) continue;
		if (only !== undefined) return undefined;
		only = id;
	}
	return only === undefined ? undefined : [only];
}

/** Connected components, neighbours at edges and corners included; a single section is labelled in 2D. */
export function connected(mask: Uint8Array, shape: Zyx): { readonly labels: Uint32Array; readonly count: number } {
	return shape[0] === 1 ? components(mask, shape.slice(1), 2) : components(mask, shape, 3);
}
