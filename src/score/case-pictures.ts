/**
 * Pictures of the worst places of the worst cases.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { type Box, boxShape } from "../core/box.ts";
import { isNnvolError } from "../core/errors.ts";
import { sameShape } from "../core/shape.ts";
import { openVolume } from "../volume/formats.ts";
import { encodePng } from "../volume/png/encode.ts";
import type { IoOptions } from "../volume/volume.ts";
import { type LabelVolume, labelVolume } from "./label-volume.ts";
import { drawScene } from "./picture.ts";
import { rightness } from "./rightness.ts";
import { type ScoredCase, type ScoreOptions, type ScoringResult, withPair } from "./score-cases.ts";
import { wrongPlaces } from "./wrong-places.ts";

/** A picture and what it shows. */
export type CasePicture = {
	readonly id: string;
	/** The window, z, y, x. */
	readonly box: Box;
	readonly wrong: number;
	readonly hasImage: boolean;
	readonly png: Uint8Array;
};

/** Most cases that are pictured, and most pictures. */
const CASES = 6;
const PICTURES = 8;

/** Pictures of the worst cases, the worst first; `images` are the paths of the images by case. @throws VOLUME, CANCELLED */
export async function worstPictures(
	{ cases, comparison }: ScoringResult,
	options: ScoreOptions,
	images: ReadonlyMap<string, string>,
	io: IoOptions = {},
): Promise<readonly CasePicture[]> {
	const worst = cases.toSorted((a, b) => qualityOf(a) - qualityOf(b)).slice(0, CASES);
	const each = Math.max(1, Math.floor(PICTURES / Math.max(1, worst.length)));
	const pictures: CasePicture[] = [];
	for (const one of worst) {
		const right = rightness(one.table, comparison, options.ignored);
		const drawn = await withPair(one, options, io, async (truth, found) => {
			const places = await wrongPlaces(truth, found, right.isRight, each, io);
			return withImage(images.get(one.id), truth, io, async (image) => {
				const own: CasePicture[] = [];
				for (const { box, wrong } of places) {
					const [, height = 0, width = 0] = boxShape(box);
					const arrays: readonly [NdArray, NdArray] = [await truth.read(box, io), await found.read(box, io)];
					const grey = await image?.read(box, io);
					const scene = { height, width, image: grey, truth: arrays[0], found: arrays[1], rightness: right };
					own.push({
						id: one.id,
						box,
						wrong,
						hasImage: grey !== undefined,
						png: await encodePng(drawScene(scene)),
					});
				}
				return own;
			});
		});
		pictures.push(...drawn);
	}
	return pictures;
}

/** What cases are ordered by: panoptic quality of objects, else Dice; cases without a number last. */
export function qualityOf({ scores }: Pick<ScoredCase, "scores">): number {
	const value = scores.objects?.panoptic.panopticQuality ?? scores.meanOfClasses?.dice ?? scores.foreground.dice;
	return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}

/** Opens the image where there is one that lies on the labels' grid; a picture can do without. */
async function withImage<T>(
	path: string | undefined,
	{ shape }: LabelVolume,
	io: IoOptions,
	use: (image: LabelVolume | undefined) => Promise<T>,
): Promise<T> {
	if (path === undefined) return use(undefined);
	const reader = await openVolume(path, io).catch((error: unknown) => {
		if (isNnvolError(error, "VOLUME", "UNBUILT")) return undefined;
		throw error;
	});
	if (reader === undefined) return use(undefined);
	try {
		return await use(imageVolume(() => labelVolume(reader), shape));
	} finally {
		await reader.close();
	}
}

function imageVolume(make: () => LabelVolume, shape: readonly number[]): LabelVolume | undefined {
	try {
		const volume = make();
		return sameShape(volume.shape, shape) ? volume : undefined;
	} catch (error) {
		if (isNnvolError(error, "VOLUME")) return undefined;
		throw error;
	}
}
