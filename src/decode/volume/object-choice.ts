/**
 * Which objects stay: by the size of the whole object, the largest ones, or those that lie inside the volume.
 *
 * @module
 */

/** Wishes that hold together; none keeps all. */
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

/**
 * Tells of an object's first piece whether it stays. Entry `n` of the columns belongs to piece `n`; those whose `parent` is
 * themselves stand for an object.
 */
export function choose(
	parent: Uint32Array,
	voxels: Float64Array,
	firsts: Float64Array,
	border: Uint8Array,
	filter: ObjectFilter,
): (piece: number) => boolean {
	const { atLeast = 0, atMost = Number.POSITIVE_INFINITY, largest, inside = false } = filter;
	const fits = (n: number) => (voxels[n] ?? 0) >= atLeast && (voxels[n] ?? 0) <= atMost && !(inside && border[n] === 1);
	if (largest === undefined) return fits;
	const kept = new Set<number>();
	const isBefore = (a: number, b: number) =>
		(voxels[a] ?? 0) > (voxels[b] ?? 0) ||
		((voxels[a] ?? 0) === (voxels[b] ?? 0) && (firsts[a] ?? 0) < (firsts[b] ?? 0));
	const ranked: number[] = [];
	for (let n = 1; n < parent.length; n++) {
		if (parent[n] !== n || !fits(n)) continue;
		const place = ranked.findIndex((other) => isBefore(n, other));
		if (place < 0 && ranked.length >= largest) continue;
		ranked.splice(place < 0 ? ranked.length : place, 0, n);
		if (ranked.length > largest) ranked.pop();
	}
	for (const n of ranked) kept.add(n);
	return (n) => kept.has(n);
}
