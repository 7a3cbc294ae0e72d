/**
 * Counts how the labels of two files meet.
 *
 * Files are read a slab at a time, so that large volumes are not held; those that lie differently are turned whole.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import { type NdArray, reshape } from "../core/array.ts";
import { type Box, wholeBox } from "../core/box.ts";
import { asZyx, type Shape, sameShape, shapeText, sizeOf, zyx } from "../core/shape.ts";
import { viewOf } from "../preprocess/reader.ts";
import { NO_TURN, type Turn, turnArray } from "../preprocess/reorient.ts";
import type { LabelCounts } from "../score/label-counts.ts";
import { volumeError } from "../volume/fault.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../volume/volume.ts";
import { openLabels } from "./label-file.ts";

/** Voxels of each of the two files that are held at a time. */
const SLAB_VOXELS = 1 << 26;

/**
 * Adds the voxels of two label files to `counts`.
 *
 * @param reader nnU-Net's reader and writer class, where it is known: some turn images before they are compared
 * @throws VOLUME where a file cannot be read or the shapes differ
 */
export async function countPair(
	counts: LabelCounts,
	reference: string,
	prediction: string,
	reader: string | undefined,
	signal: AbortSignal | undefined,
): Promise<void> {
	const options = signal === undefined ? {} : { signal };
	const truth = await openLabels(reference, options);
	try {
		const found = await openLabels(prediction, options);
		try {
			await countInto(counts, truth, found, await turnsOf(truth, found, reader), options);
		} finally {
			await found.close();
		}
	} finally {
		await truth.close();
	}
}

/** Adds two files, turned where they do not lie alike, else a slab at a time. A single image is a volume of one section. */
async function countInto(
	counts: LabelCounts,
	truth: VolumeReader,
	found: VolumeReader,
	turns: readonly [Turn, Turn],
	options: IoOptions,
): Promise<void> {
	if (isDeepStrictEqual(turns[0], turns[1]) && truth.info.shape.length === found.info.shape.length) {
		requireComparable(truth.info, truth.info.shape, found.info, found.info.shape);
		for (const box of slabs(truth.info.shape))
			counts.add(await truth.read(box, options), await found.read(box, options));
		return;
	}
	const a = await readTurned(truth, turns[0], options);
	const b = await readTurned(found, turns[1], options);
	requireComparable(truth.info, a.shape, found.info, b.shape);
	counts.add(a, b);
}

async function readTurned(file: VolumeReader, turn: Turn, options: IoOptions): Promise<NdArray> {
	const array = await file.read(wholeBox(file.info.shape), options);
	return turnArray(reshape(array, asZyx(array.shape)), turn);
}

/** How the class turns each of two files before it compares them. */
async function turnsOf(truth: VolumeReader, found: VolumeReader, reader: string | undefined): Promise<[Turn, Turn]> {
	const turnOf = async ({ info }: VolumeReader): Promise<Turn> => {
		if (reader?.endsWith("WithReorient") !== true || info.shape.length !== 3) return NO_TURN;
		return (await viewOf({ info, rank: 3, shape: zyx(info.shape) }, reader)).turn;
	};
	return [await turnOf(truth), await turnOf(found)];
}

function requireComparable(truth: VolumeInfo, wanted: Shape, found: VolumeInfo, shape: Shape): void {
	if (sameShape(wanted, shape)) return;
	throw volumeError(
		found.path,
		`expected the shape of its reference ${truth.path}, ${shapeText(wanted)}, found ${shapeText(shape)}; do they belong together?`,
	);
}

/** Boxes along the first axis that cover an array of `shape`. */
function* slabs(shape: Shape): Generator<Box> {
	const [extent = 0, ...others] = shape;
	const step = Math.max(1, Math.floor(SLAB_VOXELS / sizeOf(others)));
	for (let start = 0; start < extent; start += step) {
		yield {
			start: shape.map((_, axis) => (axis === 0 ? start : 0)),
			stop: [Math.min(extent, start + step), ...others],
		};
	}
}
