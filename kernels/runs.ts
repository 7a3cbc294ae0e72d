/**
 * Runs of equal voxels along x, and which of them are connected: components without touching a voxel twice.
 *
 * A run is four uint32: the first voxel of its row, the voxel after its last, the run it belongs to (its own address where
 * it is the first of its object), and its value. The runs of row `r` (rows counted over all sections) are those from the
 * `offsets[r]`th up to the `offsets[r + 1]`th. Runs are in C order, and a run's parent is never behind it, so that objects
 * are found in the order of their first voxel.
 *
 * Union-find over runs: He, Chao, Suzuki, "A run-based two-scan labeling algorithm", 2008.
 *
 * @module
 */

/**
 * Adds the runs of `rows` rows of uint8 voxels from `row` on: what is not 0, or with `wantZero` what is. Where `bits` is not 0, it
 * gets a bit a voxel: whole uint64 a row, of all rows.
 */
export function scanMask(
	voxels: usize,
	row: i32,
	rows: i32,
	width: i32,
	offsets: usize,
	runs: usize,
	wantZero: i32,
	bits: usize,
): void {
	const flip: u64 = wantZero ? 0 : ~0;
	const words = <usize>((width + 63) >> 6);
	let word = bits === 0 ? 0 : bits + ((<usize>row * words) << 3);
	let run = runAt(offsets, runs, row);
	let line = voxels;
	for (let r = row; r < row + rows; r++, line += <usize>width) {
		run = scanMaskRow(line, width, run, flip, word);
		endRow(offsets, runs, r, run);
		if (word !== 0) word += words << 3;
	}
}

/** Adds the runs of equal voxels but 0 of `rows` rows of uint8 from `row` on. */
export function scanLabels8(voxels: usize, row: i32, rows: i32, width: i32, offsets: usize, runs: usize): void {
	scanLabels<u8>(voxels, row, rows, width, offsets, runs);
}

/** The same of uint16. */
export function scanLabels16(voxels: usize, row: i32, rows: i32, width: i32, offsets: usize, runs: usize): void {
	scanLabels<u16>(voxels, row, rows, width, offsets, runs);
}

/** The same of uint32. */
export function scanLabels32(voxels: usize, row: i32, rows: i32, width: i32, offsets: usize, runs: usize): void {
	scanLabels<u32>(voxels, row, rows, width, offsets, runs);
}

/**
 * Joins the runs of `rows` rows from `row` on with those of the rows before them that they touch: of neighbours that differ
 * in up to `connectivity` coordinates by one. With `isLabelled` only runs of one value.
 */
export function joinRows(
	row: i32,
	rows: i32,
	height: i32,
	offsets: usize,
	runs: usize,
	connectivity: i32,
	isLabelled: i32,
): void {
	const beside: u32 = connectivity > 1 ? 1 : 0;
	const diagonal: u32 = connectivity > 2 ? 1 : 0;
	for (let r = row; r < row + rows; r++) {
		const from = runAt(offsets, runs, r);
		const to = runAt(offsets, runs, r + 1);
		if (from === to) continue;
		const y = r % height;
		if (y > 0) joinRow(from, to, offsets, runs, r - 1, beside, isLabelled);
		if (r < height) continue;
		const behind = r - height;
		joinRow(from, to, offsets, runs, behind, beside, isLabelled);
		if (connectivity === 1) continue;
		if (y > 0) joinRow(from, to, offsets, runs, behind - 1, diagonal, isLabelled);
		if (y < height - 1) joinRow(from, to, offsets, runs, behind + 1, diagonal, isLabelled);
	}
}

/** Replaces the parents of `count` runs by labels from 1 on; gives the number of objects. */
export function numberRuns(runs: usize, count: i32): i32 {
	const end = runs + ((<usize>count) << 4);
	let objects: u32 = 0;
	for (let run = runs; run < end; run += 16) {
		const parent = <usize>load<u32>(run, 8);
		store<u32>(run, parent === run ? ++objects : load<u32>(parent, 8), 8);
	}
	return objects;
}

/** Adds the voxels of `count` labelled runs to `sizes` (uint32, one a label). */
export function measureRuns(runs: usize, count: i32, sizes: usize): void {
	const end = runs + ((<usize>count) << 4);
	for (let run = runs; run < end; run += 16) {
		const size = sizes + ((<usize>load<u32>(run, 8)) << 2);
		store<u32>(size, load<u32>(size) + load<u32>(run, 4) - load<u32>(run));
	}
}

/** The runs of one row, stored at `run`; gives the address behind them. */
function scanMaskRow(line: usize, width: i32, first: usize, flip: u64, word: usize): usize {
	const none = i8x16.splat(0);
	let run = first;
	let isOpen: u64 = 0; // 1 where the voxel before is in a run
	for (let x = 0; x < width; x += 64) {
		const at = line + <usize>x;
		let bits =
			zeros(at, none) | (zeros(at + 16, none) << 16) | (zeros(at + 32, none) << 32) | (zeros(at + 48, none) << 48);
		bits ^= flip;
		if (width - x < 64) bits &= ((<u64>1) << (<u64>(width - x))) - 1;
		if (word !== 0) store<u64>(word + (<usize>x >> 3), bits);
		let changes = bits ^ ((bits << 1) | isOpen);
		while (changes !== 0) {
			const place = x + <i32>ctz(changes);
			changes &= changes - 1;
			if (isOpen) run = closed(run, place);
			else store<u32>(run, place);
			isOpen ^= 1;
		}
	}
	return isOpen ? closed(run, width) : run;
}

function scanLabels<T>(voxels: usize, row: i32, rows: i32, width: i32, offsets: usize, runs: usize): void {
	let run = runAt(offsets, runs, row);
	let line = voxels;
	for (let r = row; r < row + rows; r++, line += <usize>width * sizeof<T>()) {
		run = scanLabelsRow<T>(line, width, run);
		endRow(offsets, runs, r, run);
	}
}

function scanLabelsRow<T>(line: usize, width: i32, first: usize): usize {
	let run = first;
	let value: u32 = 0;
	for (let x = 0; x < width; x += 16) {
		let changes = changesOf<T>(line + <usize>x * sizeof<T>());
		if (x === 0) changes |= 1;
		if (width - x < 16) changes &= (1 << (width - x)) - 1;
		while (changes !== 0) {
			const place = x + ctz(changes);
			changes &= changes - 1;
			if (value !== 0) run = closed(run, place);
			value = <u32>load<T>(line + <usize>place * sizeof<T>());
			if (value === 0) continue;
			store<u32>(run, place);
			store<u32>(run, value, 12);
		}
	}
	return value !== 0 ? closed(run, width) : run;
}

/** Notes that the runs of row `r` end before address `run`. */
function endRow(offsets: usize, runs: usize, r: i32, run: usize): void {
	store<u32>(offsets + ((<usize>r) << 2), <u32>((run - runs) >> 4), 4);
}

/** Ends a run before voxel `place`, an object of its own for now; gives the address of the next. */
function closed(run: usize, place: i32): usize {
	store<u32>(run, place, 4);
	store<u32>(run, <u32>run, 8);
	return run + 16;
}

/** A bit for each of 16 voxels that are 0. */
function zeros(at: usize, none: v128): u64 {
	return <u64>(<u32>i8x16.bitmask(i8x16.eq(v128.load(at), none)));
}

/** A bit for each of 16 voxels that differ from the one before them. */
function changesOf<T>(at: usize): i32 {
	if (sizeof<T>() === 1) return i8x16.bitmask(i8x16.ne(v128.load(at), v128.load(at - 1)));
	if (sizeof<T>() === 2) return i8x16.bitmask(i8x16.narrow_i16x8_s(differing16(at), differing16(at + 16)));
	const low = i16x8.narrow_i32x4_s(differing32(at), differing32(at + 16));
	return i8x16.bitmask(i8x16.narrow_i16x8_s(low, i16x8.narrow_i32x4_s(differing32(at + 32), differing32(at + 48))));
}

function differing16(at: usize): v128 {
	return i16x8.ne(v128.load(at), v128.load(at - 2));
}

function differing32(at: usize): v128 {
	return i32x4.ne(v128.load(at), v128.load(at - 4));
}

/** The address of the first run of row `r`. */
function runAt(offsets: usize, runs: usize, r: i32): usize {
	return runs + ((<usize>load<u32>(offsets + ((<usize>r) << 2))) << 4);
}

/** Joins the runs from `from` to `to` with those of row `other` that overlap them, or would if they were `reach` voxels longer. */
function joinRow(from: usize, to: usize, offsets: usize, runs: usize, other: i32, reach: u32, isLabelled: i32): void {
	let a = from;
	let b = runAt(offsets, runs, other);
	const end = runAt(offsets, runs, other + 1);
	if (isLabelled) {
		joinLabelled(a, to, b, end, reach);
		return;
	}
	for (; a < to; a += 16) {
		const start = load<u32>(a);
		const stop = load<u32>(a, 4);
		while (b < end && load<u32>(b, 4) + reach <= start) b += 16;
		if (b >= end) return;
		while (load<u32>(b) < stop + reach) {
			join(a, b);
			if (load<u32>(b, 4) >= stop) break;
			b += 16;
			if (b >= end) return;
		}
	}
}

/** As `joinRow`, of runs of one value. Runs follow each other without a gap, so that those of a row overlap several. */
function joinLabelled(from: usize, to: usize, other: usize, end: usize, reach: u32): void {
	let b = other;
	for (let a = from; a < to; a += 16) {
		const start = load<u32>(a);
		const stop = load<u32>(a, 4);
		const value = load<u32>(a, 12);
		while (b < end && load<u32>(b, 4) + reach <= start) b += 16;
		for (let c = b; c < end && load<u32>(c) < stop + reach; c += 16) {
			if (load<u32>(c, 12) === value) join(a, c);
		}
	}
}

/** Makes the objects of two runs one, under the first of all their runs. */
function join(a: usize, b: usize): void {
	if (load<u32>(a, 8) === load<u32>(b, 8)) return;
	const rootA = rootOf(a);
	const rootB = rootOf(b);
	if (rootA < rootB) store<u32>(rootB, <u32>rootA, 8);
	else store<u32>(rootA, <u32>rootB, 8);
}

/** The first run of an object; halves the path on the way. */
function rootOf(run: usize): usize {
	let at = run;
	let parent = <usize>load<u32>(at, 8);
	while (parent !== at) {
		const next = load<u32>(parent, 8);
		store<u32>(at, next, 8);
		at = next;
		parent = <usize>load<u32>(at, 8);
	}
	return at;
}
