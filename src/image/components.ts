/**
 * Connected components of a binary mask in memory.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf, type Zyx } from "../core/shape.ts";
import { createForest, type Forest, flatten, join, newSet } from "./union-find.ts";

/** Labels of a mask: 0 is background, objects are 1 to `count` in the order of their first voxel. */
export type Components = {
	/** One label a voxel, C-ordered. */
	readonly labels: Uint32Array<ArrayBuffer>;
	readonly count: number;
	/** Voxels of each label; entry 0 is the background. */
	readonly sizes: Uint32Array<ArrayBuffer>;
};

/** How many coordinates may differ by one between neighbours: 1 (faces), 2 (and edges), 3 (and corners). */
export type Connectivity = 1 | 2 | 3;

/** A neighbour that comes before a voxel in C order. */
type Neighbour = { readonly dz: number; readonly dy: number; readonly dx: number; readonly offset: number };

/**
 * Components of `mask` (C-ordered over `shape`, up to three axes; not 0 is foreground). In 2D connectivity 1 means
 * 4 neighbours and 2 means 8; in 3D 1, 2, 3 mean 6, 18, 26. Labels as `scipy.ndimage.label` gives them.
 *
 * Two passes with union-find (Rosenfeld and Pfaltz 1966).
 *
 * @throws RangeError where length or connectivity do not fit the shape
 */
export function components(mask: Uint8Array, shape: Shape, connectivity: Connectivity = 1): Components {
	if (mask.length !== sizeOf(shape) || connectivity > shape.length) {
		throw new RangeError(
			`components: expected a mask of ${shapeText(shape)} and a connectivity up to ${shape.length}, found ${mask.length} voxels and ${connectivity}`,
		);
	}
	const labels = new Uint32Array(mask.length);
	const forest = createForest();
	const extent = asZyx(shape);
	labelProvisionally(mask, labels, extent, neighboursBefore(extent, connectivity), forest);
	const { finals, count } = flatten(forest);
	const sizes = new Uint32Array(count + 1);
	for (let i = 0; i < labels.length; i++) {
		const label = finals[labels[i] ?? 0] ?? 0;
		labels[i] = label;
		sizes[label] = (sizes[label] ?? 0) + 1;
	}
	return { labels, count, sizes };
}

/**
 * `mask` as 0 and 1 without objects of fewer than `minVoxels` voxels; an object of exactly as many stays.
 *
 * As `skimage.morphology.remove_small_objects`, whose default connectivity is 1: with `min_size=minVoxels` before
 * release 0.26, with `max_size=minVoxels - 1` from then on (there `min_size` removes objects of exactly that size too).
 */
export function removeSmall(
	mask: Uint8Array,
	shape: Shape,
	minVoxels: number,
	connectivity: Connectivity = 1,
): Uint8Array<ArrayBuffer> {
	const { labels, sizes } = components(mask, shape, connectivity);
	const out = new Uint8Array(mask.length);
	for (let i = 0; i < out.length; i++) {
		const label = labels[i] ?? 0;
		out[i] = label !== 0 && (sizes[label] ?? 0) >= minVoxels ? 1 : 0;
	}
	return out;
}

/** Of the 27 places around and at a voxel in C order, the 13 before the middle one, as far as `connectivity` goes. */
function neighboursBefore([, height, width]: Zyx, connectivity: Connectivity): Neighbour[] {
	const neighbours: Neighbour[] = [];
	for (let place = 0; place < 13; place++) {
		const dz = Math.floor(place / 9) - 1;
		const dy = (Math.floor(place / 3) % 3) - 1;
		const dx = (place % 3) - 1;
		if (Math.abs(dz) + Math.abs(dy) + Math.abs(dx) > connectivity) continue;
		neighbours.push({ dz, dy, dx, offset: (dz * height + dy) * width + dx });
	}
	return neighbours;
}

/** First pass: gives each foreground voxel a set, and joins the sets of neighbours. */
function labelProvisionally(
	mask: Uint8Array,
	labels: Uint32Array,
	[depth, height, width]: Zyx,
	neighbours: readonly Neighbour[],
	forest: Forest,
): void {
	let at = 0;
	for (let z = 0; z < depth; z++) {
		for (let y = 0; y < height; y++) {
			const reachable = neighbours.filter(({ dz, dy }) => z + dz >= 0 && y + dy >= 0 && y + dy < height);
			for (let x = 0; x < width; x++, at++) {
				if (mask[at] === 0) continue;
				const label = joinNeighbours(labels, at, x, width, reachable, forest);
				labels[at] = label === 0 ? newSet(forest) : label;
			}
		}
	}
}

/** The set of the voxel's neighbours, made one; 0 where none is foreground. */
function joinNeighbours(
	labels: Uint32Array,
	at: number,
	x: number,
	width: number,
	neighbours: readonly Neighbour[],
	forest: Forest,
): number {
	let label = 0;
	for (let n = 0; n < neighbours.length; n++) {
		const neighbour = neighbours[n];
		if (neighbour === undefined || x + neighbour.dx < 0 || x + neighbour.dx >= width) continue;
		const other = labels[at + neighbour.offset] ?? 0;
		if (other === 0 || other === label) continue;
		label = label === 0 ? other : join(forest, label, other);
	}
	return label;
}
