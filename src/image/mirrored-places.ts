/**
 * Lines that go on mirrored beyond their ends, the voxel at the end twice: d c b a | a b c d | d c b a.
 *
 * @module
 */

/**
 * For each place from the first one that a box of `size` voxels around the line's first voxel touches, up to the last one around
 * its last voxel: the place in the line of `length` voxels whose value counts there. An even box reaches one farther back.
 */
export function mirroredPlaces(length: number, size: number): Int32Array {
	const before = size >> 1;
	return Int32Array.from({ length: length + size - 1 }, (_, i) => {
		const turn = (((i - before) % (2 * length)) + 2 * length) % (2 * length);
		return turn < length ? turn : 2 * length - 1 - turn;
	});
}
