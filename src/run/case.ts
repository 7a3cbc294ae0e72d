/**
 * Predicts one case in memory: image in, arrays to write out.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { NnvolError, throwIfAborted } from "../core/errors.ts";
import { sameShape, shapeText } from "../core/shape.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Settings } from "../plan/settings.ts";
import { type Image, readImage } from "../preprocess/image.ts";
import { orient, prepareSubject, requireNoResampling, subjectRanges } from "../preprocess/subject.ts";
import { beginOutput, type CaseArrays } from "./case-output.ts";
import type { Network } from "./network.ts";
import { countTiles, predictSubject } from "./predict.ts";

/** How a case is predicted, besides the settings. */
export type CaseOptions = {
	readonly batchSize: number;
	readonly signal?: AbortSignal;
	/** Tiles done and, for the part that is known, to do. */
	readonly onTile?: (done: number, total: number) => void;
};

/** Predicts `image`. @throws UNBUILT where it would need resampling; RUNTIME where the network fails */
export async function predictImage(
	image: Image,
	spec: ModelSpec,
	settings: Settings,
	network: Network,
	options: CaseOptions,
): Promise<CaseArrays> {
	requireNoResampling(image, spec);
	const oriented = orient(image, spec);
	const mask = await readMask(image, spec, settings);
	const output = beginOutput(spec, settings, oriented.shape);
	let done = 0;
	const ranges = subjectRanges(oriented.shape, settings.sectionwise);
	for (const [n, [from, to]] of ranges.entries()) {
		throwIfAborted(options.signal);
		const subject = prepareSubject(oriented, from, to, spec, settings.statistics);
		const tiles = countTiles(subject.shape, settings);
		const onTile = (tile: number) => options.onTile?.(done + tile, done + tiles * (ranges.length - n));
		const values = await predictSubject(network, subject, settings, { ...options, onTile });
		output.add(subject, values);
		done += tiles;
	}
	return output.finish(image.rank, mask);
}

/** The mask volume, transposed as the image, 0 or 1. @throws INPUT where its shape is another */
async function readMask(image: Image, spec: ModelSpec, settings: Settings): Promise<Uint8Array | undefined> {
	if (settings.mask === undefined) return undefined;
	const mask = await readImage([settings.mask], {
		...spec,
		channels: ["mask"],
		architecture: { ...spec.architecture, dimensions: 2 },
	});
	if (!sameShape(mask.shape, image.shape)) {
		throw new NnvolError(
			"INPUT",
			`the mask ${settings.mask} is ${shapeText(mask.shape)}, the image ${shapeText(image.shape)} (z, y, x); they must be equal`,
		);
	}
	return binaryOf(orient(mask, spec).array);
}

/** 0 where `values` are 0, else 1. */
function binaryOf({ data }: NdArray): Uint8Array {
	const mask = new Uint8Array(data.length);
	for (let i = 0; i < mask.length; i++) mask[i] = Number(data[i]) === 0 ? 0 : 1;
	return mask;
}
