/**
 * Seeded watershed: floods heights from markers, lowest first.
 *
 * Voxels wait in a heap, by height and then by age. A voxel gets its label when it enters the heap, from the voxel that reaches
 * it first. Markers are all of age 0, so of markers of one height whichever the heap yields goes first: the heap is the binary
 * one of scikit-image, exchange for exchange, and the labels are the same ones, ties included.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf, type Zyx } from "../core/shape.ts";
import type { Connectivity } from "./components.ts";
import { createHeap, type Heap, pop, pushEntry } from "./flood-heap.ts";

/** How a watershed floods. */
export type WatershedOptions = {
	/** Only voxels that are not 0 here are flooded, and only markers there count. */
	readonly mask?: Uint8Array;
	/** 1 by default. */
	readonly connectivity?: Connectivity;
};

/** A neighbour of a voxel. */
type Step = { readonly dz: number; readonly dy: number; readonly dx: number; readonly offset: number };

/** Bits of a voxel's state: open to be flooded, and at which sides of the volume it lies. */
const OPEN = 1;
const SIDES = { top: 2, bottom: 4, front: 8, back: 16, left: 32, right: 64 } as const;

/**
 * Labels of `markers` (not 0) spread over `heights`, both C-ordered over `shape` (up to three axes). What no marker reaches
 * stays 0. As `skimage.segmentation.watershed(heights, markers, connectivity, mask=mask)` of scikit-image 0.26.
 *
 * @throws RangeError where lengths or connectivity do not fit the shape
 */
export function watershed(
	heights: Float32Array,
	markers: Uint32Array,
	shape: Shape,
	options: WatershedOptions = {},
): Uint32Array<ArrayBuffer> {
	const { mask, connectivity = 1 } = options;
	const voxels = sizeOf(shape);
	const fits = [heights, markers, mask ?? heights].every(({ length }) => length === voxels);
	if (!fits || connectivity > shape.length) {
		throw new RangeError(
			`watershed: expected heights, markers and mask of ${shapeText(shape)} and a connectivity up to ${shape.length}, found ${heights.length}, ${markers.length} and ${mask?.length ?? "no"} voxels and ${connectivity}`,
		);
	}
	const extent = asZyx(shape);
	const labels = new Uint32Array(markers);
	const states = statesOf(labels, extent, mask);
	const heap = createHeap();
	for (let i = 0; i < voxels; i++) if (labels[i] !== 0) pushEntry(heap, heights[i] ?? 0, 0, i);
	flood(heights, labels, states, heap, stepsAround(extent, connectivity));
	return labels;
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

/** The state of each voxel; labels outside `mask` are taken away. */
function statesOf(labels: Uint32Array, [depth, height, width]: Zyx, mask: Uint8Array | undefined): Uint8Array {
	const states = new Uint8Array(labels.length);
	for (let z = 0, i = 0; z < depth; z++) {
		const plane = (z === 0 ? SIDES.top : 0) | (z === depth - 1 ? SIDES.bottom : 0);
		for (let y = 0; y < height; y++) {
			const row = plane | (y === 0 ? SIDES.front : 0) | (y === height - 1 ? SIDES.back : 0);
			for (let x = 0; x < width; x++, i++) {
				const sides = row | (x === 0 ? SIDES.left : 0) | (x === width - 1 ? SIDES.right : 0);
				const inside = mask === undefined || mask[i] !== 0;
				if (!inside) labels[i] = 0;
				states[i] = inside && labels[i] === 0 ? sides | OPEN : sides;
			}
		}
	}
	return states;
}

function flood(
	heights: Float32Array,
	labels: Uint32Array,
	states: Uint8Array,
	heap: Heap,
	steps: readonly Step[],
): void {
	const possible = Array.from({ length: 64 }, (_, sides) => offsetsAt(steps, sides << 1));
	let age = 0;
	while (heap.size > 0) {
		const level = heap.values[0] ?? 0;
		const at = pop(heap);
		const label = labels[at] ?? 0;
		const offsets = possible[(states[at] ?? 0) >> 1] ?? NOWHERE;
		for (let n = 0; n < offsets.length; n++) {
			const to = at + (offsets[n] ?? 0);
			const state = states[to] ?? 0;
			if ((state & OPEN) === 0) continue;
			states[to] = state & ~OPEN;
			labels[to] = label;
			pushEntry(heap, Math.max(level, heights[to] ?? 0), ++age, to);
		}
	}
}

const NOWHERE = new Int32Array(0);

/** Offsets of the neighbours that a voxel at `sides` of the volume has. */
function offsetsAt(steps: readonly Step[], sides: number): Int32Array {
	const blocked = (low: number, high: number, step: number) => (step < 0 ? sides & low : step > 0 ? sides & high : 0);
	return Int32Array.from(
		steps.filter(
			({ dz, dy, dx }) =>
				blocked(SIDES.top, SIDES.bottom, dz) === 0 &&
				blocked(SIDES.front, SIDES.back, dy) === 0 &&
				blocked(SIDES.left, SIDES.right, dx) === 0,
		),
		({ offset }) => offset,
	);
}
