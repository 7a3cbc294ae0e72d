/**
 * The volume that kernels are raced on, the same every time: smoothed noise, its brighter half, cells in it.
 *
 * @module
 */
import type { Zyx } from "../../src/core/shape.ts";
import type { Scene } from "./kernels-entry.ts";

const FOREGROUND = 0.48;

/** Voxels between the middles of cells, about. */
const CELL = 20;

/** A scene of `shape`. */
export function makeScene(shape: Zyx): Scene {
	const gray = smoothNoise(shape);
	const level = levelOf(gray, FOREGROUND);
	const mask = gray.map((value) => (value >= level ? 1 : 0));
	return { shape, mask, gray, cells: cellsOf(mask, shape) };
}

/** A number of 32 bits that looks like chance. */
function hash(n: number): number {
	let h = Math.imul(n ^ (n >>> 16), 0x45d9f3b);
	h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
	return (h ^ (h >>> 13)) >>> 0;
}

/** Noise, averaged three times over five voxels along each axis, stretched to uint8. */
function smoothNoise(shape: Zyx): Uint8Array<ArrayBuffer> {
	const [depth, height, width] = shape;
	let field = new Float32Array(depth * height * width);
	for (let i = 0; i < field.length; i++) field[i] = hash(i + 1) / 2 ** 32;
	for (let pass = 0; pass < 3; pass++) {
		for (const [stride, extent] of [
			[1, width],
			[width, height],
			[width * height, depth],
		] as const) {
			field = averaged(field, stride, extent);
		}
	}
	let low = 1;
	let high = 0;
	for (const value of field) {
		low = Math.min(low, value);
		high = Math.max(high, value);
	}
	return Uint8Array.from(field, (value) => Math.round((255 * (value - low)) / (high - low)));
}

function averaged(field: Float32Array, stride: number, extent: number): Float32Array<ArrayBuffer> {
	const out = new Float32Array(field.length);
	for (let i = 0; i < field.length; i++) {
		const place = Math.floor(i / stride) % extent;
		let sum = 0;
		for (let step = -2; step <= 2; step++) {
			const other = place + step < 0 || place + step >= extent ? 0 : step;
			sum += field[i + other * stride] ?? 0;
		}
		out[i] = sum / 5;
	}
	return out;
}

/** The level that `part` of the voxels reach. */
function levelOf(gray: Uint8Array, part: number): number {
	const histogram = new Uint32Array(256);
	for (const value of gray) histogram[value] = (histogram[value] ?? 0) + 1;
	let level = 256;
	for (let above = 0; level > 0 && above < part * gray.length; ) above += histogram[--level] ?? 0;
	return level;
}

/** The foreground, cut into the cells of a grid whose planes are wavy. */
function cellsOf(mask: Uint8Array, [depth, height, width]: Zyx): Uint32Array<ArrayBuffer> {
	const cells = new Uint32Array(mask.length);
	const columns = Math.ceil(width / CELL) + 2;
	const rows = Math.ceil(height / CELL) + 2;
	const wave = (a: number, b: number) => Math.round(CELL + 4 * Math.sin(a / 7) + 4 * Math.cos(b / 11));
	let at = 0;
	for (let z = 0; z < depth; z++) {
		for (let y = 0; y < height; y++) {
			for (let x = 0; x < width; x++, at++) {
				if (mask[at] === 0) continue;
				const iz = Math.floor((z + wave(y, x)) / CELL);
				const iy = Math.floor((y + wave(x, z)) / CELL);
				const ix = Math.floor((x + wave(z, y)) / CELL);
				cells[at] = 1 + (iz * rows + iy) * columns + ix;
			}
		}
	}
	return cells;
}
