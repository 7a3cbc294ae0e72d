/**
 * Small objects become part of the neighbour they touch most, as PyTorch Connectomics' `merge_small_objects`.
 *
 * One after the other, the lowest id first, each with the ids as they are then. Neighbours are the 8 around a voxel in its
 * section; voxels beside an object are counted once. Of equal neighbours the lower id wins; without any it is background.
 *
 * @module
 */
import { asZyx } from "../core/shape.ts";
import { voxelsOfIds } from "./objects.ts";

/** Merges objects of fewer than `minSize` voxels, in place. `shape` is z, y, x or y, x. */
export function mergeSmall(labels: Uint32Array<ArrayBuffer>, shape: readonly number[], minSize: number): void {
	const places = placesOfSmall(labels, minSize);
	const [, height, width] = asZyx(shape);
	for (const id of [...places.keys()].sort((a, b) => a - b)) {
		const own = places.get(id) ?? [];
		const into = mostTouched(labels, own, height, width);
		for (const at of own) labels[at] = into;
		places.get(into)?.push(...own);
	}
}

/** Where the voxels of each small object are. */
function placesOfSmall(labels: Uint32Array, minSize: number): Map<number, number[]> {
	const sizes = voxelsOfIds(labels);
	const places = new Map<number, number[]>();
	for (let i = 0; i < labels.length; i++) {
		const id = labels[i] ?? 0;
		if (id === 0 || (sizes[id] ?? 0) >= minSize) continue;
		const list = places.get(id);
		if (list === undefined) places.set(id, [i]);
		else list.push(i);
	}
	return places;
}

/** The other id of most voxels beside those of `own`. */
function mostTouched(labels: Uint32Array, own: readonly number[], height: number, width: number): number {
	const counts = new Map<number, number>();
	for (const at of besideOf(own, height, width)) {
		const other = labels[at] ?? 0;
		if (other !== 0) counts.set(other, (counts.get(other) ?? 0) + 1);
	}
	const [best] = [...counts].sort(([a, n], [b, m]) => m - n || a - b);
	return best?.[0] ?? 0;
}

/** The voxels beside those of `own` in their sections, without them. */
function besideOf(own: readonly number[], height: number, width: number): ReadonlySet<number> {
	const beside = new Set<number>();
	for (const at of own) for (const other of around(at, height, width)) beside.add(other);
	for (const at of own) beside.delete(at);
	return beside;
}

/** The voxel and the up to 8 around it in its section. */
function* around(at: number, height: number, width: number): Generator<number> {
	const x = at % width;
	const y = Math.floor(at / width) % height;
	for (let dy = y > 0 ? -1 : 0; dy <= (y < height - 1 ? 1 : 0); dy++) {
		for (let dx = x > 0 ? -1 : 0; dx <= (x < width - 1 ? 1 : 0); dx++) yield at + dy * width + dx;
	}
}
