/**
 * What a flood spreads over: the state of each voxel, and where its neighbours lie.
 *
 * @module
 */
import type { Zyx } from "../core/shape.ts";
import type { Connectivity } from "./components.ts";

/** A volume that is being flooded, a number a voxel. */
export type Plain = {
	/** Heights as integers of the same order. */
	readonly keys: Int32Array;
	/** Bits of labels; 0 where the flood has not come. */
	readonly labels: Int32Array;
	/** `OPEN` and the sides of the volume at which a voxel lies, as bits. */
	readonly states: Uint8Array;
	/** Offsets of a voxel's neighbours, by its state. */
	readonly neighbours: readonly Int32Array[];
};

/** The flood may still come. */
export const OPEN = 1;

/** The bits of `TOP` to `RIGHT`. */
const SIDES = 126;
const TOP = 2;
const BOTTOM = 4;
const FRONT = 8;
const BACK = 16;
const LEFT = 32;
const RIGHT = 64;

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
	const states = new Uint8Array(labels.length);
	markSides(states, extent);
	for (let i = 0; i < states.length; i++) {
		if (mask !== undefined && mask[i] === 0) labels[i] = 0;
		else if (labels[i] === 0) states[i] = (states[i] ?? 0) | OPEN;
	}
	const steps = stepsAround(extent, connectivity);
	return {
		keys: keysOf(heights),
		labels: new Int32Array(labels.buffer, labels.byteOffset, labels.length),
		states,
		neighbours: Array.from({ length: 128 }, (_, state) => offsetsAt(steps, state & SIDES)),
	};
}

/** Whether a neighbour of `voxel` may still be flooded. */
export function hasOpenNeighbour({ states, neighbours }: Plain, voxel: number): boolean {
	const offsets = neighbours[states[voxel] ?? 0] ?? [];
	for (let n = 0; n < offsets.length; n++) {
		if (((states[voxel + (offsets[n] ?? 0)] ?? 0) & OPEN) !== 0) return true;
	}
	return false;
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

function markSides(states: Uint8Array, [depth, height, width]: Zyx): void {
	for (let row = 0; row < depth * height; row++) {
		const y = row % height;
		const z = (row - y) / height;
		const vertical = (z === 0 ? TOP : 0) | (z === depth - 1 ? BOTTOM : 0);
		const start = row * width;
		states.fill(vertical | (y === 0 ? FRONT : 0) | (y === height - 1 ? BACK : 0), start, start + width);
		states[start] = (states[start] ?? 0) | LEFT;
		states[start + width - 1] = (states[start + width - 1] ?? 0) | RIGHT;
	}
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
