/**
 * Which objects stay: by the size of the whole object, the largest ones, or those that lie inside the volume.
 *
 * @module
 */

/** Wishes that hold together. */
export type ObjectFilter = {
	/** Fewest voxels. */
	readonly atLeast?: number;
	/** Most voxels. */
	readonly atMost?: number;
	/** Only so many of the largest that fit the other wishes; of equals the one whose first voxel comes first. */
	readonly largest?: number;
	/** Only those that touch no border of the volume: holes, where the objects are background. */
	readonly inside?: boolean;
};

/** What is known of objects. Entry `n` of the columns belongs to piece `n`; those that are their own `parent` stand for an object. */
export type Candidates = {
	readonly parent: Uint32Array<ArrayBuffer>;
	readonly voxels: Float64Array;
	readonly firsts: Float64Array;
	readonly border: Uint8Array;
};

/** Tells of each object's first piece whether the object stays: filters one after another, each on what those before it left. */
export function choose(candidates: Candidates, filters: readonly ObjectFilter[]): Uint8Array<ArrayBuffer> {
	const { parent, voxels, border } = candidates;
	const stays = new Uint8Array(parent.length);
	for (let n = 1; n < parent.length; n++) stays[n] = parent[n] === n ? 1 : 0;
	for (const filter of filters) {
		const { atLeast = 0, atMost = Number.POSITIVE_INFINITY, largest, inside = false } = filter;
		for (let n = 1; n < parent.length; n++) {
			const size = voxels[n] ?? 0;
			if (size < atLeast || size > atMost || (inside && border[n] === 1)) stays[n] = 0;
		}
		if (largest !== undefined) keepLargest(candidates, stays, largest);
	}
	return stays;
}

/** Only the `count` largest of those that stay. */
function keepLargest({ voxels, firsts }: Candidates, stays: Uint8Array, count: number): void {
	const ranked: number[] = [];
	const isBefore = (a: number, b: number) => {
		const more = (voxels[a] ?? 0) - (voxels[b] ?? 0);
		return more > 0 || (more === 0 && (firsts[a] ?? 0) < (firsts[b] ?? 0));
	};
	for (let n = 1; n < stays.length; n++) {
		if (stays[n] === 0) continue;
		const last = ranked.at(-1);
		if (ranked.length >= count && last !== undefined && isBefore(last, n)) continue;
		ranked.splice(
			placeIn(ranked, (other) => isBefore(other, n)),
			0,
			n,
		);
		if (ranked.length > count) ranked.pop();
	}
	stays.fill(0);
	for (const n of ranked) stays[n] = 1;
}

/** How many entries come before; they are in order. */
function placeIn(ranked: readonly number[], isBefore: (entry: number) => boolean): number {
	let [low, high] = [0, ranked.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (isBefore(ranked[middle] ?? 0)) low = middle + 1;
		else high = middle;
	}
	return low;
}
