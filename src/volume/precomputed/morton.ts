/**
 * Compressed Morton codes: the number of a chunk among all chunks of a sharded volume.
 *
 * The bits of x, y and z take turns, low bits first; an axis whose chunks are counted takes no more part. So the chunks of
 * 2^k following codes, where the first is a multiple of 2^k, fill a box.
 *
 * @module
 */

type Triple = readonly [number, number, number];

/** Bits that count `chunks` chunks along an axis. */
export function bitsFor(chunks: number): number {
	let bits = 0;
	while (2 ** bits < chunks) bits++;
	return bits;
}

/** For each bit of a code, the lowest first, the axis (0 = x) it is of. `grid`: chunks along x, y, z. */
export function axesOfBits(grid: Triple): number[] {
	const bits = grid.map(bitsFor);
	const axes: number[] = [];
	for (let bit = 0; bit < Math.max(...bits); bit++) {
		for (const axis of [0, 1, 2]) if (bit < (bits[axis] ?? 0)) axes.push(axis);
	}
	return axes;
}

/** The code of the chunk at x, y, z. */
export function mortonCode(at: Triple, axes: readonly number[]): bigint {
	const taken = [0, 0, 0];
	let code = 0n;
	for (const [bit, axis] of axes.entries()) {
		const n = taken[axis] ?? 0;
		taken[axis] = n + 1;
		if (Math.floor((at[axis] ?? 0) / 2 ** n) % 2 === 1) code |= 1n << BigInt(bit);
	}
	return code;
}

/** Chunks along x, y, z of the box that 2^`bits` following codes fill. */
export function boxOfBits(axes: readonly number[], bits: number): [number, number, number] {
	const box: [number, number, number] = [1, 1, 1];
	for (const axis of axes.slice(0, bits)) if (axis === 0 || axis === 1 || axis === 2) box[axis] *= 2;
	return box;
}
