/**
 * Sum, sum of squares, smallest and largest of uint8 voxels: whole numbers, so that they are exact in any order.
 *
 * @module
 */

/** Of `count` (at most 65536) voxels: stores the sum and the sum of squares (uint32), the smallest and largest (uint8) at `result`. */
export function rangeSums(voxels: usize, count: i32, result: usize): void {
	let sums = i32x4.splat(0);
	let squares = i32x4.splat(0);
	let low = i8x16.splat(-1);
	let high = i8x16.splat(0);
	const whole = count & ~15;
	for (let i = 0; i < whole; i += 16) {
		const v = v128.load(voxels + <usize>i);
		low = i8x16.min_u(low, v);
		high = i8x16.max_u(high, v);
		sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v)));
		const a = i16x8.extmul_low_i8x16_u(v, v);
		const b = i16x8.extmul_high_i8x16_u(v, v);
		squares = i32x4.add(squares, i32x4.add(i32x4.extadd_pairwise_i16x8_u(a), i32x4.extadd_pairwise_i16x8_u(b)));
	}
	let sum: u32 = sumOf(sums);
	let square: u32 = sumOf(squares);
	let min: u32 = 255;
	let max: u32 = 0;
	v128.store(result, low);
	for (let i = 0; i < 16; i++) min = Math.min(min, load<u8>(result + <usize>i)) as u32;
	v128.store(result, high);
	for (let i = 0; i < 16; i++) max = Math.max(max, load<u8>(result + <usize>i)) as u32;
	for (let i = whole; i < count; i++) {
		const v: u32 = load<u8>(voxels + <usize>i);
		sum += v;
		square += v * v;
		if (v < min) min = v;
		if (v > max) max = v;
	}
	store<u32>(result, sum);
	store<u32>(result, square, 4);
	store<u32>(result, min, 8);
	store<u32>(result, max, 12);
}

function sumOf(lanes: v128): u32 {
	return (
		i32x4.extract_lane(lanes, 0) +
		i32x4.extract_lane(lanes, 1) +
		i32x4.extract_lane(lanes, 2) +
		i32x4.extract_lane(lanes, 3)
	);
}
