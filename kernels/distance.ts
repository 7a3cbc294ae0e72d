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

/** Bits of four neighbouring columns. */
const ALL_FOUR: i32 = 15;

/** Squared distances along rows of bits to the end of the run of bits that are set. */
export function runsOfBits(mask: usize, rows: i32, width: i32, squares: usize, values: usize, bounded: i32): void {
	for (let row = 0; row < rows; row++) {
		const first = <usize>row * <usize>width;
		runsOfBitRow(mask + first, width, squares, values + (first << 2), bounded !== 0);
	}
}

function runsOfBitRow(mask: usize, width: i32, squares: usize, values: usize, bounded: bool): void {
	let to = 0;
	for (let from = 0; from < width; from = to) {
		const bit = load<u8>(mask + <usize>from) !== 0;
		for (to = from + 1; to < width && (load<u8>(mask + <usize>to) !== 0) === bit; ) to++;
		const first = values + ((<usize>from) << 2);
		if (bit) fillRun(first, to - from, from > 0 || bounded, to < width || bounded, squares);
		else memory.fill(first, 0, (<usize>(to - from)) << 2);
	}
}

/** The same for runs of equal uint32 labels; 0 is background. */
export function runsOfLabels(labels: usize, rows: i32, width: i32, squares: usize, values: usize, bounded: i32): void {
	for (let row = 0; row < rows; row++) {
		const first = (<usize>row * <usize>width) << 2;
		runsOfLabelRow(labels + first, width, squares, values + first, bounded !== 0);
	}
}

function runsOfLabelRow(labels: usize, width: i32, squares: usize, values: usize, bounded: bool): void {
	let to = 0;
	for (let from = 0; from < width; from = to) {
		const label = load<u32>(labels + ((<usize>from) << 2));
		for (to = from + 1; to < width && load<u32>(labels + ((<usize>to) << 2)) === label; ) to++;
		const first = values + ((<usize>from) << 2);
		if (label !== 0) fillRun(first, to - from, from > 0 || bounded, to < width || bounded, squares);
		else memory.fill(first, 0, (<usize>(to - from)) << 2);
	}
}

/** Squared distances to the ends of a run of `count` voxels where there is background. */
function fillRun(first: usize, count: i32, before: bool, after: bool, squares: usize): void {
	if (!before && !after) {
		for (let i = 0; i < count; i++) store<f32>(first + ((<usize>i) << 2), f32.POSITIVE_INFINITY);
		return;
	}
	const left = before ? 1 : i32.MAX_VALUE - count;
	const right = after ? count : i32.MAX_VALUE;
	for (let i = 0; i < count; i++) {
		const steps = min(left + i, right - i);
		store<f32>(first + ((<usize>i) << 2), load<f32>(squares + ((<usize>steps) << 2)));
	}
}

/**
 * The values of `rows` rows of `width` (a multiple of 4) voxels with the distances across rows taken into account, into `out`.
 * `labels` is 0, or the address of one uint32 a voxel: then values of other labels count as 0. A row before `values` and one
 * after (and of labels) have to be there; where `bounded` they are background. `left` has room for a byte for four columns,
 * `envelope` for 20 bytes for each row and 64 more. What becomes of a column depends on no other: searching and envelopes may
 * round differently, so that which of them a column is given has to be its own matter.
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
	memory.fill(left, 0, <usize>(width >> 2));
	const more = bounded !== 0 ? 1 : 0;
	const pitch = (<usize>width) << 2;
	for (let row = 0; row < rows; row++) {
		const start = <usize>row * pitch;
		const owner = labels === 0 ? 0 : labels + start;
		searchRow(values + start, owner, pitch, row + more, rows - 1 - row + more, squares, out + start, left);
	}
	for (let column = 0; column < width; column++) {
		if ((load<u8>(left + <usize>(column >> 2)) & (1 << (column & 3))) === 0) continue;
		const at = (<usize>column) << 2;
		const owner = labels === 0 ? 0 : labels + at;
		lowerColumn(values + at, owner, rows, pitch, squares, square, bounded !== 0, out + at, envelope);
	}
}

/** Four voxels of a row after the other, but for columns that are left to their envelope. */
function searchRow(
	values: usize,
	labels: usize,
	pitch: usize,
	up: i32,
	down: i32,
	squares: usize,
	out: usize,
	left: usize,
): void {
	for (let at: usize = 0; at < pitch; at += 16) {
		const note = left + (at >> 4);
		const gone = <i32>load<u8>(note);
		if (gone === ALL_FOUR) continue;
		const more =
			labels === 0
				? searchBits(values + at, pitch, up, down, squares, out + at, gone)
				: searchLabels(values + at, labels + at, pitch, up, down, squares, out + at, gone);
		if (more !== 0) store<u8>(note, <u8>(gone | more));
	}
}

/**
 * Looks up and down from four voxels, until no voxel farther away can be nearer; gives bits of the columns where that was not
 * reached. Those that are `gone` already are not waited for.
 */
// @ts-expect-error: decorator
function searchBits(at: usize, pitch: usize, up: i32, down: i32, squares: usize, out: usize, gone: i32): i32 {
	const wanted = lanesBut(gone);
	let best = v128.load(at);
	let square = squares + 4;
	const both = min(min(up, down), REACH);
	let above = at;
	let below = at;
	let step = 1;
	for (; step <= both; step++) {
		const away = v128.load32_splat(square);
		if (!v128.any_true(v128.and(f32x4.gt(best, away), wanted))) {
			v128.store(out, best);
			return 0;
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
		if (!v128.any_true(v128.and(f32x4.gt(best, away), wanted))) {
			v128.store(out, best);
			return 0;
		}
		other += direction;
		square += 4;
		best = f32x4.pmin(best, f32x4.add(v128.load(other), away));
	}
	v128.store(out, best);
	return step > max(up, down) ? 0 : i32x4.bitmask(v128.and(f32x4.gt(best, v128.load32_splat(square)), wanted));
}

/** Ones in the lanes whose bit is not set. */
function lanesBut(gone: i32): v128 {
	const bits = i32x4(1, 2, 4, 8);
	return i32x4.eq(v128.and(i32x4.splat(gone), bits), i32x4.splat(0));
}

/** The same where voxels of other labels count as 0. */
// @ts-expect-error: decorator
function searchLabels(
	at: usize,
	label: usize,
	pitch: usize,
	up: i32,
	down: i32,
	squares: usize,
	out: usize,
	gone: i32,
): i32 {
	const wanted = lanesBut(gone);
	const own = v128.load(label);
	let best = v128.load(at);
	let square = squares + 4;
	let step = 1;
	let offset: usize = 0;
	const reach = min(max(up, down), REACH);
	for (; step <= reach; step++) {
		const away = v128.load32_splat(square);
		if (!v128.any_true(v128.and(f32x4.gt(best, away), wanted))) {
			v128.store(out, best);
			return 0;
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
	return step > max(up, down) ? 0 : i32x4.bitmask(v128.and(f32x4.gt(best, v128.load32_splat(square)), wanted));
}

/** One column by the lower envelopes of its runs. */
function lowerColumn(
	values: usize,
	labels: usize,
	rows: i32,
	pitch: usize,
	squares: usize,
	square: f64,
	bounded: bool,
	out: usize,
	envelope: usize,
): void {
	let to = 0;
	for (let from = 0; from < rows; from = to) {
		const skipped = <usize>from * pitch;
		to = from + runLength(values + skipped, labels === 0 ? 0 : labels + skipped, rows - from, pitch);
		if (load<f32>(values + skipped) === 0) {
			for (let row = from; row < to; row++) store<f32>(out + <usize>row * pitch, 0);
			continue;
		}
		const before = from > 0 || bounded;
		const after = to < rows || bounded;
		lowerRun(values + skipped, to - from, pitch, squares, square, before, after, out + skipped, envelope, rows);
	}
}

/** How many of `count` voxels from the first one on belong together. */
function runLength(values: usize, labels: usize, count: i32, pitch: usize): i32 {
	let length = 1;
	if (labels === 0) {
		const isBackground = load<f32>(values) === 0;
		while (length < count && (load<f32>(values + <usize>length * pitch) === 0) === isBackground) length++;
		return length;
	}
	const label = load<u32>(labels);
	while (length < count && load<u32>(labels + <usize>length * pitch) === label) length++;
	return length;
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
