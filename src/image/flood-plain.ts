/**
 * What a flood spreads over: where it may still come, and where a voxel's neighbours lie. What is asked for each neighbour
 * of each voxel is kept in bits, so that it stays in the processor's cache.
 *
 * @module
 */
import type { Zyx } from "../core/shape.ts";
import type { Connectivity } from "./components.ts";

/** A volume that is being flooded. */
export type Plain = {
	readonly extent: Zyx;
	/** Heights as integers of the same order. */
	readonly keys: Int32Array;
	/** Bits of labels; 0 where the flood has not come. */
	readonly labels: Int32Array;
	/** A bit a voxel, 32 a number: where the flood may still come. */
	readonly open: Int32Array;
	/** A bit a voxel: which lie at a side of the volume. */
	readonly edges: Int32Array;
	/** Offsets of a voxel's neighbours, by the sides of the volume at which it lies. */
	readonly neighbours: readonly Int32Array[];
};

const TOP = 1;
const BOTTOM = 2;
const FRONT = 4;
const BACK = 8;
const LEFT = 16;
const RIGHT = 32;

/** Of a voxel that lies at no side. */
const INSIDE = 0;

/** A neighbour of a voxel. */
type Step = { readonly dz: number; readonly dy: number; readonly dx: number; readonly offset: number };

/** The volume before the flood; `labels` outside of `mask` are taken away. */
export function plainOf(
	heights: Float32Array,
	labels: Uint32Array<ArrayBuffer>,
	mask: Uint8Array | undefined,
	extent: Zyx,
	connectivity: Connectivity,
): Plain {
	const open = new Int32Array(Math.ceil(labels.length / 32));
	for (let i = 0; i < labels.length; i++) {
		if (mask !== undefined && mask[i] === 0) labels[i] = 0;
		else if (labels[i] === 0) setBit(open, i);
	}
	const steps = stepsAround(extent, connectivity);
	return {
		extent,
		keys: keysOf(heights),
		labels: new Int32Array(labels.buffer, labels.byteOffset, labels.length),
		open,
		edges: edgesOf(extent, open.length),
		neighbours: Array.from({ length: 64 }, (_, sides) => offsetsAt(steps, sides)),
	};
}

/** Offsets of the neighbours of `voxel`. */
export function neighboursOf({ edges, neighbours, extent }: Plain, voxel: number): Int32Array {
	return neighbours[isSet(edges, voxel) ? sidesOf(voxel, extent) : INSIDE] ?? NOWHERE;
}

const NOWHERE = new Int32Array(0);

/** Whether the flood may come to a voxel. */
export function isOpen(open: Int32Array, voxel: number): boolean {
	return isSet(open, voxel);
}

/** The flood has come to a voxel. */
export function flooded(open: Int32Array, voxel: number): void {
	open[voxel >> 5] = (open[voxel >> 5] ?? 0) & ~(1 << (voxel & 31));
}

/** Whether a neighbour of `voxel` may still be flooded. */
export function hasOpenNeighbour(plain: Plain, voxel: number): boolean {
	const offsets = neighboursOf(plain, voxel);
	for (let n = 0; n < offsets.length; n++) if (isSet(plain.open, voxel + (offsets[n] ?? 0))) return true;
	return false;
}

function isSet(bits: Int32Array, at: number): boolean {
	return ((bits[at >> 5] ?? 0) & (1 << (at & 31))) !== 0;
}

function setBit(bits: Int32Array, at: number): void {
	bits[at >> 5] = (bits[at >> 5] ?? 0) | (1 << (at & 31));
}

/** The bits of float32 values as integers of the same order; 0 and -0 are one. */
function keysOf(heights: Float32Array): Int32Array {
	const floats = new Float32Array(heights.length);
	for (let i = 0; i < floats.length; i++) floats[i] = (heights[i] ?? 0) + 0;
	const keys = new Int32Array(floats.buffer);
	for (let i = 0; i < keys.length; i++) {
		const bits = keys[i] ?? 0;
		keys[i] = bits ^ ((bits >> 31) & 0x7fffffff);
	}
	return keys;
}

function edgesOf([depth, height, width]: Zyx, words: number): Int32Array {
	const edges = new Int32Array(words);
	for (let row = 0; row < depth * height; row++) {
		const y = row % height;
		const z = (row - y) / height;
		const isOuter = z === 0 || z === depth - 1 || y === 0 || y === height - 1;
		const step = isOuter ? 1 : Math.max(1, width - 1);
		for (let x = 0; x < width; x += step) setBit(edges, row * width + x);
	}
	return edges;
}

/** The sides of the volume at which a voxel lies. */
function sidesOf(voxel: number, [depth, height, width]: Zyx): number {
	const x = voxel % width;
	const row = (voxel - x) / width;
	const y = row % height;
	const z = (row - y) / height;
	const across = (x === 0 ? LEFT : 0) | (x === width - 1 ? RIGHT : 0);
	return (
		across |
		(y === 0 ? FRONT : 0) |
		(y === height - 1 ? BACK : 0) |
		(z === 0 ? TOP : 0) |
		(z === depth - 1 ? BOTTOM : 0)
	);
}

/** Neighbours, the nearest first, then in C order. */
function stepsAround([, height, width]: Zyx, connectivity: Connectivity): Step[] {
	const steps: Step[] = [];
	for (let place = 0; place < 27; place++) {
		const dz = Math.floor(place / 9) - 1;
		const dy = (Math.floor(place / 3) % 3) - 1;
		const dx = (place % 3) - 1;
		steps.push({ dz, dy, dx, offset: (dz * height + dy) * width + dx });
	}
	const away = ({ dz, dy, dx }: Step) => Math.abs(dz) + Math.abs(dy) + Math.abs(dx);
	return steps.filter((step) => away(step) > 0 && away(step) <= connectivity).sort((a, b) => away(a) - away(b));
}

/** Offsets of the neighbours that a voxel at `sides` of the volume has. */
function offsetsAt(steps: readonly Step[], sides: number): Int32Array {
	const isOutside = (low: number, high: number, step: number) => (sides & (step < 0 ? low : step > 0 ? high : 0)) !== 0;
	const there = steps.filter(
		({ dz, dy, dx }) => !isOutside(TOP, BOTTOM, dz) && !isOutside(FRONT, BACK, dy) && !isOutside(LEFT, RIGHT, dx),
	);
	return Int32Array.from(there, ({ offset }) => offset);
}
