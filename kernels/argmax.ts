/**
 * The channel with the largest value of each voxel; the first wins a tie, and NaN never wins.
 *
 * Values: float32, a channel every `pitch` voxels. Labels: uint8, one a voxel.
 *
 * @module
 */

/** Two channels, 16 voxels at a time. */
export function argmaxOfTwo(values: usize, pitch: i32, voxels: i32, labels: usize): void {
	const other = values + ((<usize>pitch) << 2);
	const one = i8x16.splat(1);
	const whole = voxels & ~15;
	for (let i = 0; i < whole; i += 16) {
		const at = (<usize>i) << 2;
		const a = f32x4.gt(v128.load(other + at), v128.load(values + at));
		const b = f32x4.gt(v128.load(other + at, 16), v128.load(values + at, 16));
		const c = f32x4.gt(v128.load(other + at, 32), v128.load(values + at, 32));
		const d = f32x4.gt(v128.load(other + at, 48), v128.load(values + at, 48));
		const low = i16x8.narrow_i32x4_s(a, b);
		const high = i16x8.narrow_i32x4_s(c, d);
		v128.store(labels + <usize>i, v128.and(i8x16.narrow_i16x8_s(low, high), one));
	}
	for (let i = whole; i < voxels; i++) {
		const at = (<usize>i) << 2;
		store<u8>(labels + <usize>i, load<f32>(other + at) > load<f32>(values + at) ? 1 : 0);
	}
}

/** Up to 256 channels, 4 voxels at a time. */
export function argmax(values: usize, channels: i32, pitch: i32, voxels: i32, labels: usize): void {
	const step = (<usize>pitch) << 2;
	const whole = voxels & ~3;
	for (let i = 0; i < whole; i += 4) {
		let at = values + ((<usize>i) << 2);
		let best = v128.load(at);
		let found = i32x4.splat(0);
		for (let channel = 1; channel < channels; channel++) {
			at += step;
			const value = v128.load(at);
			const isHigher = f32x4.gt(value, best);
			best = v128.bitselect(value, best, isHigher);
			found = v128.bitselect(i32x4.splat(channel), found, isHigher);
		}
		const label = labels + <usize>i;
		store<u8>(label, i32x4.extract_lane(found, 0));
		store<u8>(label, i32x4.extract_lane(found, 1), 1);
		store<u8>(label, i32x4.extract_lane(found, 2), 2);
		store<u8>(label, i32x4.extract_lane(found, 3), 3);
	}
	for (let i = whole; i < voxels; i++) {
		let at = values + ((<usize>i) << 2);
		let best = load<f32>(at);
		let found = 0;
		for (let channel = 1; channel < channels; channel++) {
			at += step;
			const value = load<f32>(at);
			if (value > best) {
				best = value;
				found = channel;
			}
		}
		store<u8>(labels + <usize>i, found);
	}
}
