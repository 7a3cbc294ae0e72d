/**
 * A mask over a grey image, in colour, or objects, each in a colour of its own. Pictures are RGB, uint8, `[height, width, 3]`.
 *
 * @module
 */
import { colourOf } from "../../dist/image/object-overlay.js";

/** Orange for what was found, light blue for what is true: told apart by people who see colours differently too. */
const FOUND = [255, 140, 0];
const TRUE = [0, 150, 255];
/** How much of the colour lies over the grey within an object. */
const TINT = 0.42;
/** Part of the darkest and of the brightest pixels that the contrast leaves out. */
const CLIPPED = 0.002;
/** Images whose extents are all below this are shown twice as large, pixels. */
const SMALL = 800;

/** The image as grey levels 0 to 255 with its contrast stretched; colours are averaged, of a stack the middle section is taken. */
export function greyPicture(array) {
	const colour = array.shape.length === 3 && array.shape[2] <= 4;
	const [height, width] = colour ? array.shape : array.shape.slice(-2);
	const size = height * width;
	const values = new Float32Array(size);
	const channels = colour ? array.shape[2] : 1;
	const from = colour ? 0 : Math.floor(array.data.length / size / 2) * size;
	for (let i = 0; i < size; i++) {
		for (let c = 0; c < channels; c++) values[i] += Number(array.data[from + i * channels + c]) / channels;
	}
	const sorted = Float32Array.from(values).sort();
	const low = sorted[Math.floor(CLIPPED * (size - 1))];
	const high = sorted[Math.ceil((1 - CLIPPED) * (size - 1))];
	const scale = high > low ? 255 / (high - low) : 1;
	return { shape: [height, width], data: Uint8ClampedArray.from(values, (value) => (value - low) * scale) };
}

/** True where an array holds numbers of objects: masks are uint8. */
export function holdsObjects({ dtype }) {
	return dtype === "uint16" || dtype === "uint32";
}

/** `grey` with `mask` tinted and outlined, and with lines around the objects of `truth` where it is given (a mask or object numbers). */
export function overlay(grey, mask, truth) {
	const times = Math.max(...grey.shape) < SMALL ? 2 : 1;
	const [height, width] = grey.shape.map((extent) => extent * times);
	const levels = enlarged(grey, times);
	const found = repeated(mask.data, grey.shape, times);
	const colour = holdsObjects(mask) ? colourOf : () => FOUND;
	const data = new Uint8Array(3 * height * width);
	for (let i = 0; i < height * width; i++) mix(data, i, [levels[i], levels[i], levels[i]], 1);
	for (let i = 0; i < height * width; i++) if (found[i] > 0) mix(data, i, colour(found[i]), TINT);
	if (truth !== undefined) {
		outline(repeated(truth.data, grey.shape, times), [height, width], "outside", (i) => mix(data, i, TRUE, 1));
	}
	outline(found, [height, width], "inside", (i) => mix(data, i, colour(found[i]), 1));
	return { data, shape: [height, width, 3] };
}

/** Calls `draw` for the pixels along the border of objects: their own outermost, or those just outside. */
function outline(values, [height, width], side, draw) {
	for (let y = 1; y < height - 1; y++) {
		for (let x = 1; x < width - 1; x++) {
			const i = y * width + x;
			if (values[i] > 0 !== (side === "inside")) continue;
			if (
				values[i - 1] !== values[i] ||
				values[i + 1] !== values[i] ||
				values[i - width] !== values[i] ||
				values[i + width] !== values[i]
			)
				draw(i);
		}
	}
}

/** Grey levels `times` as large, linear between pixels. */
function enlarged({ data, shape: [height, width] }, times) {
	if (times === 1) return data;
	const out = new Uint8Array(data.length * times * times);
	for (let y = 0; y < height * times; y++) {
		const [top, bottom, down] = between(y, times, height);
		for (let x = 0; x < width * times; x++) {
			const [left, right, across] = between(x, times, width);
			const above = data[top * width + left] * (1 - across) + data[top * width + right] * across;
			const below = data[bottom * width + left] * (1 - across) + data[bottom * width + right] * across;
			out[y * width * times + x] = Math.round(above * (1 - down) + below * down);
		}
	}
	return out;
}

/** The two pixels that a pixel of the enlarged picture lies between, and how near it is to the second. */
function between(at, times, extent) {
	const place = Math.min(Math.max((at + 0.5) / times - 0.5, 0), extent - 1);
	const first = Math.floor(place);
	return [first, Math.min(first + 1, extent - 1), place - first];
}

/** Each value as a square of `times` pixels. */
function repeated(values, [height, width], times) {
	const out = new Float64Array(height * width * times * times);
	for (let y = 0; y < height * times; y++) {
		const row = Math.floor(y / times) * width;
		for (let x = 0; x < width * times; x++) out[y * width * times + x] = Number(values[row + Math.floor(x / times)]);
	}
	return out;
}

function mix(data, i, colour, part) {
	for (let c = 0; c < 3; c++) data[3 * i + c] = Math.round((1 - part) * data[3 * i + c] + part * colour[c]);
}
