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
	/** Of voxels to which the flood may still come their height, as an integer of the same order; of others the bits of their label. */
	readonly cells: Int32Array<ArrayBuffer>;
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

/** The volume before the flood: markers within the mask have their labels, the rest of the mask is open. */
export function plainOf(
	heights: Float32Array,
	markers: Uint32Array,
	mask: Uint8Array | undefined,
	extent: Zyx,
	connectivity: Connectivity,
): Plain {
	const cells = new Int32Array(heights.length);
	const floats = new Float32Array(cells.buffer);
	const open = new Int32Array(Math.ceil(cells.length / 32));
	for (let i = 0; i < cells.length; i++) {
		if (mask !== undefined && mask[i] === 0) continue;
		const marker = markers[i] ?? 0;
		if (marker !== 0) {
			cells[i] = marker;
			continue;
		}
		floats[i] = (heights[i] ?? 0) + 0;
		cells[i] = keyOf(cells[i] ?? 0);
		setBit(open, i);
	}
	const steps = stepsAround(extent, connectivity);
	return {
		extent,
		cells,
		open,
		edges: edgesOf(extent, open.length),
		neighbours: Array.from({ length: 64 }, (_, sides) => offsetsAt(steps, sides)),
	};
}

/** The labels after the flood; 0 where it did not come. */
export function labelsOf({ cells, open }: Plain): Uint32Array<ArrayBuffer> {
	for (let i = 0; i < cells.length; i++) if (isSet(open, i)) cells[i] = 0;
	return new Uint32Array(cells.buffer);
}

/** Calls `visit` with each marker that counts and its height, as in `cells`, in C order. */
export function forEachMarker(
	{ cells, open }: Plain,
	heights: Float32Array,
	visit: (voxel: number, key: number) => void,
) {
	const float = new Float32Array(1);
	const bits = new Int32Array(float.buffer);
	for (let i = 0; i < cells.length; i++) {
		if (cells[i] === 0 || isSet(open, i)) continue;
		float[0] = (heights[i] ?? 0) + 0;
		visit(i, keyOf(bits[0] ?? 0));
	}
}

/** The bits of a float32 as an integer of the same order, for all but -0. */
function keyOf(bits: number): number {
	return bits ^ ((bits >> 31) & 0x7fffffff);
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

/** The flood comes with a label to a voxel that was open; gives the voxel's height. */
export function flooded({ cells, open }: Plain, voxel: number, label: number): number {
	open[voxel >> 5] = (open[voxel >> 5] ?? 0) & ~(1 << (voxel & 31));
	const key = cells[voxel] ?? 0;
	cells[voxel] = label;
	return key;
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
