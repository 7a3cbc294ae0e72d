/**
 * `nnvol overlay IMAGE OBJECTS PICTURE.png`: a picture of a section with its objects in colours.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import { writeAtomically } from "../../core/atomic-file.ts";
import type { Box } from "../../core/box.ts";
import { NnvolError } from "../../core/errors.ts";
import { fromHalf } from "../../core/float16.ts";
import { makeFolder } from "../../core/folder.ts";
import { shapeText } from "../../core/shape.ts";
import { type SpaceReader, spaceReader } from "../../decode/objects/label-volume.ts";
import { greyLevels, objectOverlay } from "../../image/object-overlay.ts";
import { requireFree } from "../../volume/convert/target.ts";
import { folderOf, openVolume } from "../../volume/formats.ts";
import { encodePng } from "../../volume/png/encode.ts";
import { interruptible } from "../interrupt.ts";

/** Options of the command. */
export type OverlayFlags = {
	readonly section?: string;
	readonly channel?: string;
	readonly inputDataset?: string;
	readonly overwrite?: boolean;
};

/** Draws one section; gives the exit code. @throws CONFIG, VOLUME */
export async function runOverlay(
	image: string,
	objects: string,
	picture: string,
	flags: OverlayFlags,
): Promise<number> {
	if (!/\.png$/i.test(picture)) {
		throw new NnvolError("CONFIG", `${picture}: the picture is a PNG; give it a name that ends in .png`);
	}
	await requireFree(picture, flags.overwrite === true);
	const [section, channel] = [numberOf("--section", flags.section), numberOf("--channel", flags.channel)];
	const dataset = flags.inputDataset === undefined ? {} : { dataset: flags.inputDataset };
	return interruptible(async (signal) => {
		const below = await openVolume(image, { signal });
		try {
			const above = await openVolume(objects, { signal, ...dataset });
			try {
				const drawn = await draw(spaceReader(below, channel), spaceReader(above), section, signal);
				await makeFolder(folderOf(picture));
				await writeAtomically(picture, await encodePng(drawn));
			} finally {
				await above.close();
			}
		} finally {
			await below.close();
		}
		process.stdout.write(`${picture}\n`);
		return 0;
	});
}

async function draw(image: SpaceReader, objects: SpaceReader, section: number | undefined, signal: AbortSignal) {
	const [depth, height, width] = objects.shape;
	if (shapeText(image.shape) !== shapeText(objects.shape)) {
		throw new NnvolError(
			"VOLUME",
			`${image.info.path} is ${shapeText(image.shape)} and ${objects.info.path} ${shapeText(objects.shape)} (z, y, x); they must be equal`,
		);
	}
	const z = section ?? Math.floor(depth / 2);
	if (z >= depth) throw new NnvolError("CONFIG", `--section ${z}: there are ${depth}, 0 to ${depth - 1}`);
	const box: Box = { start: [z, 0, 0], stop: [z + 1, height, width] };
	const grey = greyLevels(numbersOf(await image.read(box, { signal })));
	const labels = await objects.read(box, { signal });
	return objectOverlay(grey, Uint32Array.from(Array.from(labels.data, Number)), [height, width]);
}

function numbersOf({ dtype, data }: NdArray): Float32Array {
	return Float32Array.from(Array.from(data, Number), (value) => (dtype === "float16" ? fromHalf(value) : value));
}

function numberOf(name: string, text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	if (/^\d+$/.test(text)) return Number(text);
	throw new NnvolError("CONFIG", `${name}: expected a whole number of 0 or more, found "${text}"`);
}
