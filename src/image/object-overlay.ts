/**
 * Objects of a section in colours over its image, each id in a colour of its own.
 *
 * Colours go around the circle of hues by the golden angle, so that ids near each other look unlike; they depend on the id
 * alone. Objects are tinted within, and have a full line where they touch another id in the section.
 *
 * @module
 */
import { type NdArray, ndarray } from "../core/array.ts";

/** A colour: red, green, blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** Part of the circle between the hues of one id and the next: 1 - 1 / golden ratio. */
const TURN = 0.381966;

/** Part of the colour within an object. */
const TINT = 0.4;

/** Part of the values that are black, and white, at the ends. */
const ENDS = 0.002;

/** The colour of an id above 0. */
export function colourOf(id: number): Colour {
	const hue = (id * TURN) % 1;
	const lightness = id % 3 === 0 ? 0.42 : id % 3 === 1 ? 0.55 : 0.68;
	const reach = 1 - Math.abs(2 * lightness - 1);
	const part = (shift: number) => {
		const place = (hue + shift) % 1;
		const wave = Math.min(Math.max(Math.abs(place * 6 - 3) - 1, 0), 1);
		return Math.round(255 * (lightness + reach * (wave - 0.5)));
	};
	return [part(0), part(2 / 3), part(1 / 3)];
}

/** Values as grey levels 0 to 255, with the few darkest and brightest cut off; all 0 where they are alike. */
export function greyLevels(values: Float32Array): Uint8Array<ArrayBuffer> {
	const sorted = values.filter((value) => Number.isFinite(value)).sort();
	const low = sorted[Math.floor(ENDS * (sorted.length - 1))] ?? 0;
	const high = sorted[Math.ceil((1 - ENDS) * (sorted.length - 1))] ?? 0;
	const scale = high > low ? 255 / (high - low) : 0;
	return Uint8Array.from(values, (value) => Math.round(Math.min(Math.max((value - low) * scale, 0), 255)) || 0);
}

/**
 * The picture `[height, width, 3]` of `grey` levels with the objects of `labels` over it, both C-ordered.
 *
 * @throws RangeError where lengths do not fit
 */
export function objectOverlay(
	grey: Uint8Array,
	labels: Uint32Array,
	[height, width]: readonly [number, number],
): NdArray<"uint8"> {
	if (grey.length !== height * width || labels.length !== grey.length) {
		throw new RangeError(
			`objectOverlay: expected ${height}x${width} grey levels and labels, found ${grey.length} and ${labels.length}`,
		);
	}
	const picture = new Uint8Array(3 * grey.length);
	for (let i = 0; i < grey.length; i++) {
		const id = labels[i] ?? 0;
		const level = grey[i] ?? 0;
		const part = id === 0 ? 0 : isOutline(labels, i, height, width) ? 1 : TINT;
		const colour = id === 0 ? [0, 0, 0] : colourOf(id);
		for (let c = 0; c < 3; c++) picture[3 * i + c] = Math.round(level * (1 - part) + (colour[c] ?? 0) * part);
	}
	return ndarray("uint8", [height, width, 3], picture);
}

/** True where a voxel touches another id. */
function isOutline(labels: Uint32Array, i: number, height: number, width: number): boolean {
	const [x, y] = [i % width, Math.floor(i / width)];
	const id = labels[i];
	return (
		(x > 0 && labels[i - 1] !== id) ||
		(x < width - 1 && labels[i + 1] !== id) ||
		(y > 0 && labels[i - width] !== id) ||
		(y < height - 1 && labels[i + width] !== id)
	);
}
