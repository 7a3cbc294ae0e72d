/**
 * A picture of a window of a section: the image with true outlines, and beside it with predicted ones.
 *
 * Outlines are the voxels of an object that touch another id within the section. On the right, wrong voxels are tinted.
 *
 * @module
 */
import { type NdArray, ndarray } from "../core/array.ts";
import { fromHalf } from "../core/float16.ts";
import { idOf, type LabelWords, labelWords } from "./label-words.ts";
import type { Rightness } from "./rightness.ts";

/** A colour: red, green, blue, 0 to 255. */
type Colour = readonly [number, number, number];

/** Colours of outlines and of wrong voxels; told apart also by those who do not see red and green apart. */
export const COLOURS = {
	truth: [64, 200, 255],
	prediction: [255, 196, 0],
	lost: [255, 48, 96],
} as const satisfies Readonly<Record<string, Colour>>;

/** Voxels between the two halves. */
const GAP = 4;

/** Part of the colour that a wrong voxel has. */
const TINT = 0.45;

/** Parts of the values that are black and white at the ends. */
const ENDS = 0.005;

/** What is drawn: arrays of one section, `height` by `width`. */
export type PictureScene = {
	readonly height: number;
	readonly width: number;
	readonly image: NdArray | undefined;
	readonly truth: NdArray;
	readonly found: NdArray;
	readonly rightness: Rightness;
};

/** The picture, `[height, 2 width + 4, 3]`. */
export function drawScene(scene: PictureScene): NdArray<"uint8"> {
	const { height, width, image, rightness } = scene;
	const grey = image === undefined ? new Uint8Array(height * width) : greyOf(image);
	const [truth, found] = [labelWords(scene.truth, "labels"), labelWords(scene.found, "prediction")];
	const across = 2 * width + GAP;
	const canvas = new Uint8Array(height * across * 3).fill(255);
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			const voxel = y * width + x;
			const value = grey[voxel] ?? 0;
			const [t, f] = [idAt(truth, voxel), idAt(found, voxel)];
			const left = outlineColour(truth, t, x, y, scene, COLOURS.truth, rightness.isFound);
			const right = outlineColour(found, f, x, y, scene, COLOURS.prediction, rightness.isTrue);
			put(canvas, y * across + x, left ?? [value, value, value]);
			put(canvas, y * across + width + GAP + x, right ?? tinted(value, rightness.isRight(t, f)));
		}
	}
	return ndarray("uint8", [height, across, 3], canvas);
}

/** The colour of a voxel on an object's outline; undefined for others. */
function outlineColour(
	words: LabelWords,
	id: bigint,
	x: number,
	y: number,
	{ height, width }: PictureScene,
	colour: Colour,
	isHit: (id: bigint) => boolean,
): Colour | undefined {
	if (id === 0n) return undefined;
	const voxel = y * width + x;
	const isEdge =
		(x > 0 && !isSame(words, voxel, voxel - 1)) ||
		(x + 1 < width && !isSame(words, voxel, voxel + 1)) ||
		(y > 0 && !isSame(words, voxel, voxel - width)) ||
		(y + 1 < height && !isSame(words, voxel, voxel + width));
	return isEdge ? (isHit(id) ? colour : COLOURS.lost) : undefined;
}

function tinted(value: number, isRight: boolean): Colour {
	if (isRight) return [value, value, value];
	const [r, g, b] = COLOURS.lost;
	const mix = (part: number) => Math.round(value * (1 - TINT) + part * TINT);
	return [mix(r), mix(g), mix(b)];
}

function idAt({ words, stride, low }: LabelWords, voxel: number): bigint {
	return idOf(stride === 1 ? 0 : (words[2 * voxel + 1 - low] ?? 0), words[stride * voxel + low] ?? 0);
}

function isSame({ words, stride }: LabelWords, a: number, b: number): boolean {
	return words[a * stride] === words[b * stride] && words[(a + 1) * stride - 1] === words[(b + 1) * stride - 1];
}

function put(canvas: Uint8Array, pixel: number, [r, g, b]: Colour): void {
	canvas[3 * pixel] = r;
	canvas[3 * pixel + 1] = g;
	canvas[3 * pixel + 2] = b;
}

/** Values as 0 to 255, all but the darkest and brightest few in between. */
function greyOf({ dtype, data }: NdArray): Uint8Array {
	const values = Float64Array.from({ length: data.length }, (_, n) =>
		dtype === "float16" ? fromHalf(Number(data[n])) : Number(data[n]),
	);
	const sorted = values.filter((value) => Number.isFinite(value)).sort();
	const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))] ?? 0;
	const [dark, bright] = [at(ENDS), at(1 - ENDS)];
	const scale = bright > dark ? 255 / (bright - dark) : 0;
	return Uint8Array.from(values, (value) => Math.max(0, Math.min(255, Math.round((value - dark) * scale))) || 0);
}
