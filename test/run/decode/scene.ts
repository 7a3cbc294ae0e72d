/** Small volumes for decoding: boxes, hollow ones and noise; written as Zarr, decoded in blocks, read back. */
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { ndarray } from "../../../src/core/array.ts";
import { wholeBox } from "../../../src/core/box.ts";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import type { ComponentsProgram, VolumeProgram } from "../../../src/decode/volume/program.ts";
import { placeOf } from "../../../src/decode/volume/voxel-place.ts";
import type { DecodeOptions } from "../../../src/run/decode/decode-options.ts";
import { decodeVolume } from "../../../src/run/decode/decode-volume.ts";
import { formatByName, openVolume } from "../../../src/volume/formats.ts";

let count = 0;

/** A path in `folder` that was not given before. */
export function freshPath(folder: string, ending = ".zarr"): string {
	return join(folder, `v${count++}${ending}`);
}

/** Numbers from 0 to 1. */
export function randomFrom(seed: number): () => number {
	let state = seed >>> 0 || 1;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

/** Boxes, every second one hollow, so that objects span blocks and enclose holes; `noise` is the share of flipped voxels. */
export function blobs(seed: number, shape: Zyx, boxes: number, noise: number): Uint8Array<ArrayBuffer> {
	const random = randomFrom(seed);
	const mask = new Uint8Array(sizeOf(shape));
	const [, height, width] = shape;
	for (let n = 0; n < boxes; n++) {
		const from = shape.map((extent) => Math.floor(random() * extent));
		const to = from.map((at, axis) => at + 1 + Math.floor((random() * shape[axis]!) / 2));
		const isHollow = random() < 0.5;
		const ends = to.map((at, axis) => Math.min(at, shape[axis]!));
		for (let z = from[0]!; z < ends[0]!; z++)
			for (let y = from[1]!; y < ends[1]!; y++)
				for (let x = from[2]!; x < ends[2]!; x++) {
					const isEdge = [z, y, x].some((at, axis) => at === from[axis] || at === to[axis]! - 1);
					mask[(z * height + y) * width + x] = isHollow && !isEdge ? 0 : 1;
				}
	}
	for (let i = 0; i < mask.length; i++) if (random() < noise) mask[i] = 1 - mask[i]!;
	return mask;
}

/** Two channels of values from 0 to 1 that are high in boxes, smoothed a little, no two alike. */
export function channels(seed: number, shape: Zyx, boxes: number): Float32Array<ArrayBuffer> {
	const voxels = sizeOf(shape);
	const random = randomFrom(seed + 7);
	const data = new Float32Array(2 * voxels);
	for (const channel of [0, 1]) {
		const mask = blobs(seed + channel, shape, boxes, 0.02);
		for (let i = 0; i < voxels; i++) {
			const around = [-1, 1, -shape[2], shape[2]].reduce((sum, offset) => sum + (mask[i + offset] ?? 0), 2 * mask[i]!);
			data[channel * voxels + i] = 0.05 + 0.13 * around + 0.12 * random();
		}
	}
	return data;
}

/** Shapes, blocks and contents. */
export const scene = fc.record({
	seed: fc.nat(),
	shape: fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 2, max: 18 }), fc.integer({ min: 2, max: 18 })),
	block: fc.tuple(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })),
	boxes: fc.integer({ min: 0, max: 12 }),
	noise: fc.constantFrom(0, 0.02, 0.3),
});

/** Writes an array as Zarr of small chunks; gives its path. */
export async function writeVolume(
	folder: string,
	dtype: "uint8" | "uint32" | "float32",
	shape: readonly number[],
	data: Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
): Promise<string> {
	const path = freshPath(folder);
	const chunks = [1, 7, 8, 9].slice(-shape.length).map((extent, axis) => Math.min(extent, shape[axis]!));
	const axes = shape.length === 4 ? "czyx" : "zyx";
	const writer = await (await formatByName("zarr")).create(path, { dtype, shape, axes, layout: { chunks } });
	const array =
		data instanceof Uint8Array
			? ndarray("uint8", shape, data)
			: data instanceof Uint32Array
				? ndarray("uint32", shape, data)
				: ndarray("float32", shape, data);
	await writer.write(
		shape.map(() => 0),
		array,
	);
	await writer.finish();
	return path;
}

/** All voxels of a volume of labels. */
export async function readAll(path: string, dataset?: string): Promise<Uint8Array | Uint32Array> {
	const reader = await openVolume(path, dataset === undefined ? {} : { dataset });
	try {
		const { data } = await reader.read(wholeBox(reader.info.shape));
		if (data instanceof Uint32Array || data instanceof Uint8Array) return data;
		throw new TypeError("labels expected");
	} finally {
		await reader.close();
	}
}

/** Decodes `input` in blocks of `block`; the output's chunks are tiny, so that blocks may be. */
export async function decoded(
	folder: string,
	input: string,
	program: VolumeProgram,
	block: Zyx,
	{ path = freshPath(folder), ...more }: Partial<DecodeOptions> & { readonly path?: string } = {},
) {
	const reader = await openVolume(input);
	const place = placeOf(reader.info, 1);
	await reader.close();
	const layout = { chunks: [3, 4, 4] };
	const target = { path, format: "zarr" } as const;
	const report = await decodeVolume(place, target, program, { memory: 2e9, block, layout, ...more });
	return { report, labels: await readAll(path), path };
}

/** Objects of a mask: the program of a decoder in its plainest form. */
export const COMPONENTS: ComponentsProgram = {
	kind: "components",
	foreground: { kind: "where", conditions: [{ channel: 0, above: 0.5 }] },
	connectivity: 3,
	flat: false,
	filters: [],
};

/**
 * Begins `work` again and again until it ends: broken off each time that what is told of its blocks is enough, of which
 * `listen` makes the judge of each try. Gives how often it was broken off, less often than `most`.
 */
export async function brokenOff(
	most: number,
	listen: (stops: number) => (pass: string, done: number) => boolean,
	work: (more: Required<Pick<DecodeOptions, "onBlock" | "signal">>) => Promise<unknown>,
): Promise<number> {
	for (let stops = 0; ; ) {
		const controller = new AbortController();
		const isEnough = listen(stops);
		const onBlock = (pass: string, done: number) => {
			if (isEnough(pass, done)) controller.abort();
		};
		try {
			await work({ onBlock, signal: controller.signal });
			return stops;
		} catch (error) {
			expect(error).toMatchObject({ code: "CANCELLED" });
			expect(++stops).toBeLessThan(most);
		}
	}
}
