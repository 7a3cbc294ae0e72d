/**
 * Smooths a closed surface without shrinking it: Taubin, "A signal processing approach to fair surface design" (1995).
 *
 * Each round moves every vertex towards the mean of its neighbours, then a little farther back: what is rougher than a few
 * triangles goes, the rest stays. Triangles stay as they are, so a closed surface stays closed.
 *
 * @module
 */
import type { TriangleMesh } from "./triangle-mesh.ts";

/** Shares of the way to the neighbours' mean in the two halves of a round; wavelengths of 1 / PASS = 10 and more stay. */
const PASS = 0.1;
const THERE = 0.5;
const BACK = 1 / (PASS - 1 / THERE);

/** `mesh` after so many rounds; 0 leaves it. Each side must belong to two triangles that run through it in opposite ways. */
export function smoothMesh({ places, triangles }: TriangleMesh, rounds: number): TriangleMesh {
	const own = places.slice();
	const counts = new Uint32Array(own.length / 3);
	for (let i = 0; i < triangles.length; i++) counts[triangles[i] ?? 0] = (counts[triangles[i] ?? 0] ?? 0) + 1;
	const sums = new Float64Array(own.length);
	for (let round = 0; round < rounds; round++) {
		for (const share of [THERE, BACK]) move(own, triangles, counts, sums, share);
	}
	return { places: own, triangles };
}

/** Moves all vertices by `share` of the way to the mean of their neighbours. */
function move(
	places: Float64Array,
	triangles: Uint32Array,
	counts: Uint32Array,
	sums: Float64Array,
	share: number,
): void {
	sums.fill(0);
	for (let corner = 0; corner < triangles.length; corner++) {
		// each neighbour is the next one in exactly one triangle
		const next = corner % 3 === 2 ? corner - 2 : corner + 1;
		addPlace(sums, 3 * (triangles[corner] ?? 0), places, 3 * (triangles[next] ?? 0));
	}
	for (let i = 0; i < places.length; i++) {
		const count = counts[Math.floor(i / 3)] ?? 0;
		if (count > 0) places[i] = (1 - share) * (places[i] ?? 0) + (share * (sums[i] ?? 0)) / count;
	}
}

function addPlace(sums: Float64Array, at: number, places: Float64Array, from: number): void {
	for (let axis = 0; axis < 3; axis++) sums[at + axis] = (sums[at + axis] ?? 0) + (places[from + axis] ?? 0);
}
