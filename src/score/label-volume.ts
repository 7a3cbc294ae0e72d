/**
 * A volume of labels as scores see it: z, y, x whatever its file has, read box by box.
 *
 * A single image is a volume of one section; axes of one entry (a channel, a batch) are left out.
 *
 * @module
 */
import { cut, type NdArray, reshape } from "../core/array.ts";
import { type Box, boxShape, wholeBox } from "../core/box.ts";
import type { DType } from "../core/dtype.ts";
import { asZyx, type Shape, sameShape, shapeText, type Zyx } from "../core/shape.ts";
import { volumeError } from "../volume/fault.ts";
import type { IoOptions, VolumeReader } from "../volume/volume.ts";

/** Labels, or an image, that lie on a grid of z, y, x. */
export type LabelVolume = {
	readonly path: string;
	readonly dtype: DType;
	readonly shape: Zyx;
	/** What is best read at once, z, y, x. */
	readonly chunks?: Zyx;
	/** The voxels of `box`, C-ordered, of its shape in z, y, x. @throws VOLUME */
	readonly read: (box: Box, options?: IoOptions) => Promise<NdArray>;
};

/** A reader's voxels in z, y, x. @throws VOLUME where there are further axes of more than one entry */
export function labelVolume(reader: VolumeReader): LabelVolume {
	const { info } = reader;
	const kept = spaceAxes(info.shape, info.axes);
	if (kept === undefined) {
		throw volumeError(
			info.path,
			`expected labels of two or three axes, found ${shapeText(info.shape)}${info.axes === "" ? "" : ` (${info.axes})`}; save one label a voxel`,
		);
	}
	const shape = asZyx(kept.map((axis) => info.shape[axis] ?? 1));
	const { chunks } = info;
	return {
		path: info.path,
		dtype: info.dtype,
		shape,
		...(chunks === undefined ? {} : { chunks: asZyx(kept.map((axis) => chunks[axis] ?? 1)) }),
		read: async (box, options) => {
			const array = await reader.read(inFile(info.shape, kept, box), options);
			return reshape(array, boxShape(box));
		},
	};
}

/** An array in memory as a volume of labels. */
export function memoryVolume(path: string, array: NdArray, shape: Zyx): LabelVolume {
	const whole = reshape(array, shape);
	return {
		path,
		dtype: array.dtype,
		shape,
		read: async (box) => (sameShape(boxShape(box), shape) ? whole : cut(whole, box)),
	};
}

/** The axes of space of a shape, slowest first; undefined where others have more than one entry. */
function spaceAxes(shape: Shape, axes: string): number[] | undefined {
	const all = shape.map((_, axis) => axis);
	const isSpace = (axis: number) => axes[axis] === undefined || axes[axis] !== "c";
	const named = all.filter((axis) => isSpace(axis) || (shape[axis] ?? 1) > 1);
	// leading axes of one entry that no file names: a channel or a batch
	while (named.length > 3 && (shape[named[0] ?? 0] ?? 0) === 1) named.shift();
	const isKnown = named.length >= 2 && named.length <= 3 && named.every(isSpace);
	return isKnown && named.every((axis) => (shape[axis] ?? 0) > 0) ? named : undefined;
}

function inFile(shape: Shape, kept: readonly number[], box: Box): Box {
	const { start, stop } = wholeBox(shape);
	const [from, to] = [[...start], [...stop]];
	const skipped = 3 - kept.length;
	for (const [n, axis] of kept.entries()) {
		from[axis] = box.start[n + skipped] ?? 0;
		to[axis] = box.stop[n + skipped] ?? 0;
	}
	return { start: from, stop: to };
}
