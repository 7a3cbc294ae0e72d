/**
 * Volumes of any size to be streamed, generated slab by slab.
 *
 * @module
 */
import { ndarray } from "../../src/core/array.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { formatByName } from "../../src/volume/formats.ts";

/** What the bench streams from and to. */
export type StreamFormat = "zarr" | "hdf5";

/** z, y, x. */
export type Shape = readonly [number, number, number];

const CHUNKS: Shape = [64, 256, 256];

/** Extents of a volume of so many GiB of uint8: sections of 1024x1024, of larger ones 2048x2048; z makes up the rest. */
export function shapeOf(gib: number, side = gib < 4 ? 1024 : 2048): Shape {
	return [Math.max(1, Math.round((gib * 2 ** 30) / side ** 2)), side, side];
}

/** Writes a volume of uint8, raw in chunks of 64x256x256: bright bodies in noise. */
export async function makeVolume(path: string, format: StreamFormat, shape: Shape): Promise<void> {
	const writer = await (await formatByName(format)).create(path, {
		dtype: "uint8",
		shape,
		axes: "zyx",
		layout: { chunks: CHUNKS, compression: "none" },
	});
	const [depth, height, width] = shape;
	const pattern = makePattern(CHUNKS[0] * height * width + width * height, width, height);
	for (let z = 0; z < depth; z += CHUNKS[0]) {
		const slab: Shape = [Math.min(CHUNKS[0], depth - z), height, width];
		// A slab begins elsewhere in the pattern than the one before it.
		const from = ((z / CHUNKS[0]) * 7919) % (width * height);
		await writer.write([z, 0, 0], ndarray("uint8", slab, pattern.slice(from, from + sizeOf(slab))));
	}
	await writer.finish();
}

/** Waves along three axes, and the noise of a linear congruential generator. */
function makePattern(length: number, width: number, height: number): Uint8Array<ArrayBuffer> {
	const wave = (count: number, period: number) =>
		Float32Array.from({ length: count }, (_, i) => 36 * Math.sin((2 * Math.PI * i) / period));
	const [alongX, alongY, alongZ] = [wave(width, 61), wave(height, 83), wave(Math.ceil(length / width / height), 41)];
	const pattern = new Uint8Array(length);
	let state = 1;
	for (let i = 0; i < length; i++) {
		state = (Math.imul(state, 1664525) + 1013904223) | 0;
		const [x, row] = [i % width, Math.floor(i / width)];
		const bodies = (alongX[x] ?? 0) + (alongY[row % height] ?? 0) + (alongZ[Math.floor(row / height)] ?? 0);
		pattern[i] = 128 + bodies + (state >>> 28);
	}
	return pattern;
}
