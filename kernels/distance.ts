/**
 * Squared distances along the lines of one axis.
 *
 * Values: float32. Squares: a table of float32, entry k the square of k steps; `square` that of one step. A value above 0 belongs to the foreground; what is
 * not bounded ends without background there.
 *
 * @module
 */

/** How far the search goes before a column is left to its envelope, in steps. */
const REACH: i32 = 48;

/** Squared distances along rows of bits to the end of the run of bits that are set. */
export function runsOfBits(mask: usize, rows: i32, width: i32, squares: usize, values: usize, bounded: i32): void {
	for (let row = 0; row < rows; row++) {
		const at = mask + <usize>row * <usize>width;
		const out = values + ((<usize>row * <usize>width) << 2);
		let from = 0;
		while (from < width) {
			let to = from + 1;
			if (load<u8>(at + <usize>from) === 0) {
				while (to < width && load<u8>(at + <usize>to) === 0) to++;
				memory.fill(out + ((<usize>from) << 2), 0, (<usize>(to - from)) << 2);
			} else {
				while (to < width && load<u8>(at + <usize>to) !== 0) to++;
				fillRun(out, from, to, from > 0 || bounded !== 0, to < width || bounded !== 0, squares);
			}
			from = to;
		}
	}
}

/** The same for runs of equal uint32 labels; 0 is background. */
export function runsOfLabels(labels: usize, rows: i32, width: i32, squares: usize, values: usize, bounded: i32): void {
	for (let row = 0; row < rows; row++) {
		const at = labels + ((<usize>row * <usize>width) << 2);
		const out = values + ((<usize>row * <usize>width) << 2);
		let from = 0;
		while (from < width) {
			const label = load<u32>(at + ((<usize>from) << 2));
			let to = from + 1;
			while (to < width && load<u32>(at + ((<usize>to) << 2)) === label) to++;
			if (label === 0) memory.fill(out + ((<usize>from) << 2), 0, (<usize>(to - from)) << 2);
			else fillRun(out, from, to, from > 0 || bounded !== 0, to < width || bounded !== 0, squares);
			from = to;
		}
	}
}

/** Squared distances to the ends of a run where there is background. */
function fillRun(out: usize, from: i32, to: i32, before: bool, after: bool, squares: usize): void {
	const first = out + ((<usize>from) << 2);
	const count = to - from;
	if (!before && !after) {
		for (let i = 0; i < count; i++) store<f32>(first + ((<usize>i) << 2), f32.POSITIVE_INFINITY);
		return;
	}
	for (let i = 0; i < count; i++) {
		const left = i + 1;
		const right = count - i;
		const steps = before ? (after ? min(left, right) : left) : right;
		store<f32>(first + ((<usize>i) << 2), load<f32>(squares + ((<usize>steps) << 2)));
	}
}

/**
 * The values of `rows` rows of `width` (a multiple of 4) voxels with the distances across rows taken into account, into `out`.
 * `labels` is 0, or the address of one uint32 a voxel: then values of other labels count as 0. A row before `values` and one
 * after (and of labels) have to be there; where `bounded` they are background. `left` has room for a byte for four columns,
 * `envelope` for 20 bytes for each row and 64 more.
 */
export function acrossRows(
	values: usize,
	labels: usize,
	rows: i32,
	width: i32,
	squares: usize,
	square: f64,
	bounded: i32,
	out: usize,
	left: usize,
	envelope: usize,
): void {
	const groups = width >> 2;
	memory.fill(left, 0, <usize>groups);
	const more = bounded !== 0 ? 1 : 0;
	for (let row = 0; row < rows; row++) {
		const up = row + more;
		const down = rows - 1 - row + more;
		const start = (<usize>row * <usize>width) << 2;
		for (let group = 0; group < groups; group++) {
			if (load<u8>(left + <usize>group) !== 0) continue;
			const at = start + ((<usize>group) << 4);
			const settled =
				labels === 0
					? searchBits(values + at, <usize>width << 2, up, down, squares, out + at)
					: searchLabels(values + at, labels + at, <usize>width << 2, up, down, squares, out + at);
			if (!settled) store<u8>(left + <usize>group, 1);
		}
	}
	for (let group = 0; group < groups; group++) {
		if (load<u8>(left + <usize>group) === 0) continue;
		for (let column = group << 2; column < (group << 2) + 4; column++) {
			const at = (<usize>column) << 2;
			lowerColumn(values + at, labels === 0 ? 0 : labels + at, rows, <usize>width << 2, squares, square, bounded, out + at, envelope);
		}
	}
}

/** Looks up and down from four voxels, until no voxel farther away can be nearer; false where that was not reached. */
// @ts-expect-error: decorator
@inline
function searchBits(at: usize, pitch: usize, up: i32, down: i32, squares: usize, out: usize): bool {
	let best = v128.load(at);
	let square = squares + 4;
	const both = min(min(up, down), REACH);
	let above = at;
	let below = at;
	let step = 1;
	for (; step <= both; step++) {
		const away = v128.load32_splat(square);
		if (!v128.any_true(f32x4.gt(best, away))) {
			v128.store(out, best);
			return true;
		}
		above -= pitch;
		below += pitch;
		square += 4;
		best = f32x4.pmin(best, f32x4.add(f32x4.pmin(v128.load(above), v128.load(below)), away));
	}
	const one = min(max(up, down), REACH);
	let other = up > down ? above : below;
	const direction = up > down ? -pitch : pitch;
	for (; step <= one; step++) {
		const away = v128.load32_splat(square);
		if (!v128.any_true(f32x4.gt(best, away))) {
			v128.store(out, best);
			return true;
		}
		other += direction;
		square += 4;
		best = f32x4.pmin(best, f32x4.add(v128.load(other), away));
	}
	v128.store(out, best);
	return step > max(up, down) || !v128.any_true(f32x4.gt(best, v128.load32_splat(square)));
}

/** The same where voxels of other labels count as 0. */
// @ts-expect-error: decorator
@inline
function searchLabels(at: usize, label: usize, pitch: usize, up: i32, down: i32, squares: usize, out: usize): bool {
	const own = v128.load(label);
	let best = v128.load(at);
	let square = squares + 4;
	let step = 1;
	let offset: usize = 0;
	const reach = min(max(up, down), REACH);
	for (; step <= reach; step++) {
		const away = v128.load32_splat(square);
		if (!v128.any_true(f32x4.gt(best, away))) {
			v128.store(out, best);
			return true;
		}
		offset += pitch;
		square += 4;
		if (step <= up) {
			const same = i32x4.eq(v128.load(label - offset), own);
			best = f32x4.pmin(best, f32x4.add(v128.and(v128.load(at - offset), same), away));
		}
		if (step <= down) {
			const same = i32x4.eq(v128.load(label + offset), own);
			best = f32x4.pmin(best, f32x4.add(v128.and(v128.load(at + offset), same), away));
		}
	}
	v128.store(out, best);
	return step > max(up, down) || !v128.any_true(f32x4.gt(best, v128.load32_splat(square)));
}

/** One column by the lower envelopes of its runs. */
function lowerColumn(
	values: usize,
	labels: usize,
	rows: i32,
	pitch: usize,
	squares: usize,
	square: f64,
	bounded: i32,
	out: usize,
	envelope: usize,
): void {
	let from = 0;
	while (from < rows) {
		const first = values + <usize>from * pitch;
		let to = from + 1;
		if (load<f32>(first) === 0) {
			store<f32>(out + <usize>from * pitch, 0);
		} else {
			if (labels === 0) {
				while (to < rows && load<f32>(values + <usize>to * pitch) !== 0) to++;
			} else {
				const label = load<u32>(labels + <usize>from * pitch);
				while (to < rows && load<u32>(labels + <usize>to * pitch) === label) to++;
			}
			lowerRun(
				first,
				to - from,
				pitch,
				squares,
				square,
				from > 0 || bounded !== 0,
				to < rows || bounded !== 0,
				out + <usize>from * pitch,
				envelope,
				rows,
			);
		}
		from = to;
	}
}

/** Felzenszwalb and Huttenlocher's envelope of one run; `envelope` holds starts (f64), then values (f64), then places (i32). */
function lowerRun(
	values: usize,
	count: i32,
	pitch: usize,
	squares: usize,
	square: f64,
	before: bool,
	after: bool,
	out: usize,
	envelope: usize,
	rows: i32,
): void {
	const lowest = envelope + ((<usize>(rows + 3)) << 3);
	const places = lowest + ((<usize>(rows + 2)) << 3);
	let size = before ? push(envelope, lowest, places, 0, -1, 0, square) : 0;
	for (let i = 0; i < count; i++) {
		const value = load<f32>(values + <usize>i * pitch);
		if (value !== f32.POSITIVE_INFINITY) size = push(envelope, lowest, places, size, i, <f64>value, square);
	}
	if (after) size = push(envelope, lowest, places, size, count, 0, square);
	if (size === 0) {
		for (let i = 0; i < count; i++) store<f32>(out + <usize>i * pitch, f32.POSITIVE_INFINITY);
		return;
	}
	store<f64>(envelope + ((<usize>size) << 3), f64.POSITIVE_INFINITY);
	let k: usize = 0;
	for (let i = 0; i < count; i++) {
		while (load<f64>(envelope + ((k + 1) << 3)) < <f64>i) k++;
		const away = abs(i - load<i32>(places + (k << 2)));
		const value = <f32>load<f64>(lowest + (k << 3));
		store<f32>(out + <usize>i * pitch, value + load<f32>(squares + ((<usize>away) << 2)));
	}
}

/** Adds a parabola right of all others and takes away those that it hides; returns how many there are. */
// @ts-expect-error: decorator
@inline
function push(starts: usize, lowest: usize, places: usize, size: i32, place: i32, value: f64, square: f64): i32 {
	let start = f64.NEGATIVE_INFINITY;
	let last = size - 1;
	for (; last >= 0; last--) {
		const other = load<i32>(places + ((<usize>last) << 2));
		const rise = (value - load<f64>(lowest + ((<usize>last) << 3))) / square;
		start = (rise / <f64>(place - other) + <f64>(place + other)) * 0.5;
		if (start > load<f64>(starts + ((<usize>last) << 3))) break;
	}
	if (last < 0) start = f64.NEGATIVE_INFINITY;
	const at = <usize>(last + 1);
	store<i32>(places + (at << 2), place);
	store<f64>(lowest + (at << 3), value);
	store<f64>(starts + (at << 3), start);
	return last + 2;
}

/** The square roots of `count` (a multiple of 4) values, in place. */
export function squareRoots(values: usize, count: i32): void {
	const end = values + ((<usize>count) << 2);
	for (let at = values; at < end; at += 16) v128.store(at, f32x4.sqrt(v128.load(at)));
}
