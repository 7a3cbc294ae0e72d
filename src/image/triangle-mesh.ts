/**
 * A surface of triangles in memory.
 *
 * @module
 */

/** Vertices and triangles; those of a closed surface run counterclockwise as seen from outside, each side belongs to two. */
export type TriangleMesh = {
	/** x, y, z each. */
	readonly places: Float64Array<ArrayBuffer>;
	/** Three numbers of vertices each. */
	readonly triangles: Uint32Array<ArrayBuffer>;
};

/** The volume that a closed mesh encloses: the sum of signed tetrahedra. */
export function meshVolume({ places, triangles }: TriangleMesh): number {
	let sum = 0;
	const [ox = 0, oy = 0, oz = 0] = places; // nearby, so that large coordinates do not cost digits
	for (let t = 0; t < triangles.length; t += 3) {
		const [a, b, c] = [3 * (triangles[t] ?? 0), 3 * (triangles[t + 1] ?? 0), 3 * (triangles[t + 2] ?? 0)];
		const [ax, ay, az] = [(places[a] ?? 0) - ox, (places[a + 1] ?? 0) - oy, (places[a + 2] ?? 0) - oz];
		const [bx, by, bz] = [(places[b] ?? 0) - ox, (places[b + 1] ?? 0) - oy, (places[b + 2] ?? 0) - oz];
		const [cx, cy, cz] = [(places[c] ?? 0) - ox, (places[c + 1] ?? 0) - oy, (places[c + 2] ?? 0) - oz];
		sum += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
	}
	return sum / 6;
}

/** The mesh of the triangles that are kept, without vertices that none of them has; the order stays. */
export function compacted(places: Float64Array, triangles: Uint32Array, isGone: Uint8Array): TriangleMesh {
	const numbers = new Int32Array(places.length / 3).fill(-1);
	const kept: number[] = [];
	for (let t = 0; t < isGone.length; t++) {
		if (isGone[t] === 1) continue;
		for (let corner = 3 * t; corner < 3 * t + 3; corner++) {
			const vertex = triangles[corner] ?? 0;
			numbers[vertex] = 0;
			kept.push(vertex);
		}
	}
	let count = 0;
	for (let vertex = 0; vertex < numbers.length; vertex++) if (numbers[vertex] === 0) numbers[vertex] = count++;
	const own = new Float64Array(3 * count);
	for (let vertex = 0; vertex < numbers.length; vertex++) {
		const number = numbers[vertex] ?? -1;
		if (number >= 0) own.set(places.subarray(3 * vertex, 3 * vertex + 3), 3 * number);
	}
	return { places: own, triangles: Uint32Array.from(kept, (vertex) => numbers[vertex] ?? 0) };
}
