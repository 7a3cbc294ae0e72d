/**
 * Objects of neighbours that may differ in all coordinates, four rows at a time: rows y and y + 1 of sections z and z + 1.
 *
 * Any two voxels of two such columns side by side are neighbours, so that the four rows, laid over each other, make runs whose
 * voxels all belong together: a quarter of the rows to join, and what touches is found 64 voxels at once, as bits. Blocks of
 * voxels that are joined as one: Grana, Borghesani, Cucchiara, "Optimized block-based connected components labeling with
 * decision trees", 2010.
 *
 * `bits` has `words` uint64 a row, of all rows. A quad is four rows; `starts` has a bit where a run of it begins (`words` uint64 a
 * quad), `before` the number of runs before each of these words (uint32). Runs of quads are numbered from 0 on.
 *
 * @module
 */

/** Fills `starts` and `before`; gives the number of runs of quads. */
export function startQuads(bits: usize, depth: i32, height: i32, words: i32, starts: usize, before: usize): i32 {
	let start = starts;
	let count = before;
	let runs: u32 = 0;
	for (let z = 0; z < depth; z += 2) {
		for (let y = 0; y < height; y += 2) {
			const row = rowAt(bits, z, y, height, words);
			const below = y + 1 < height ? rowAt(bits, z, y + 1, height, words) : row;
			const behind = z + 1 < depth ? rowAt(bits, z + 1, y, height, words) : row;
			const both = behind - row + below; // one of the others where there is no such row
			let last: u64 = 0;
			for (let w: usize = 0; w < (<usize>words) << 3; w += 8, start += 8, count += 4) {
				const all = load<u64>(row + w) | load<u64>(below + w) | load<u64>(behind + w) | load<u64>(both + w);
				const begin = all & ~((all << 1) | last);
				store<u64>(start, begin);
				store<u32>(count, runs);
				runs += <u32>popcnt(begin);
				last = all >> 63;
			}
		}
	}
	return runs;
}

/** Joins the runs of quads that touch. `parents`: uint32 a run, its own number before and that of a run before it afterwards. */
export function joinQuads(
	bits: usize,
	depth: i32,
	height: i32,
	words: i32,
	starts: usize,
	before: usize,
	parents: usize,
): void {
	for (let z = 0; z < depth; z += 2) {
		for (let y = 0; y < height; y += 2) {
			if (y > 0) joinAbove(bits, z, z + 1 < depth ? z + 1 : z, y, height, words, starts, before, parents);
			if (z > 0) joinFront(bits, z, y, height, words, starts, before, parents);
		}
	}
}

/** Joins the quad of rows y and y + 1 with that of the rows above: across the border of both sections. */
function joinAbove(
	bits: usize,
	z: i32,
	next: i32,
	y: i32,
	height: i32,
	words: i32,
	starts: usize,
	before: usize,
	parents: usize,
): void {
	const quad = quadAt(z, y, height);
	const above = rowAt(bits, z, y - 1, height, words);
	const aboveToo = rowAt(bits, next, y - 1, height, words);
	const row = rowAt(bits, z, y, height, words);
	const behind = rowAt(bits, next, y, height, words);
	touch(above, aboveToo, row, behind, words, quad - 1, quad, starts, before, parents);
}

/** Joins the quad of section z with the three of the sections in front that it touches. */
function joinFront(
	bits: usize,
	z: i32,
	y: i32,
	height: i32,
	words: i32,
	starts: usize,
	before: usize,
	parents: usize,
): void {
	const quad = quadAt(z, y, height);
	const other = quadAt(z - 2, y, height);
	const y1 = y + 1 < height ? y + 1 : y;
	const row = rowAt(bits, z, y, height, words);
	const below = rowAt(bits, z, y1, height, words);
	const front = rowAt(bits, z - 1, y, height, words);
	const frontToo = rowAt(bits, z - 1, y1, height, words);
	touch(front, frontToo, row, below, words, other, quad, starts, before, parents);
	if (y > 0) {
		const corner = rowAt(bits, z - 1, y - 1, height, words);
		touch(corner, corner, row, row, words, other - 1, quad, starts, before, parents);
	}
	if (y + 2 < height) {
		const corner = rowAt(bits, z - 1, y + 2, height, words);
		touch(corner, corner, below, below, words, other + 1, quad, starts, before, parents);
	}
}

/**
 * Gives the runs of single rows (`offsets`, `runs`: see `./runs`) the numbers of their objects, from 1 on in C order of their first
 * voxels; gives the number of objects. `labels`: uint32 a run of quads, 0 before.
 */
export function numberQuads(
	offsets: usize,
	runs: usize,
	depth: i32,
	height: i32,
	words: i32,
	starts: usize,
	before: usize,
	parents: usize,
	labels: usize,
	count: i32,
): i32 {
	for (let at = parents; at < parents + ((<usize>count) << 2); at += 4) {
		store<u32>(at, load<u32>(entry(parents, load<u32>(at)))); // those before are at their roots already
	}
	let objects: u32 = 0;
	let run = runs;
	let row = offsets;
	for (let z = 0; z < depth; z++) {
		for (let y = 0; y < height; y++) {
			row += 4;
			const quad = quadAt(z, y, height);
			const end = runs + ((<usize>load<u32>(row)) << 4);
			for (; run < end; run += 16) {
				const x = <i32>load<u32>(run);
				const root = load<u32>(entry(parents, runOf(starts, before, quad * words + (x >> 6), x & 63)));
				const label = entry(labels, root);
				if (load<u32>(label) === 0) store<u32>(label, ++objects);
				store<u32>(run, load<u32>(label), 8);
			}
		}
	}
	return objects;
}

/** Joins runs of two quads where rows `a` or `a2` of the first touch rows `b` or `b2` of the second. */
function touch(
	a: usize,
	a2: usize,
	b: usize,
	b2: usize,
	words: i32,
	first: i32,
	second: i32,
	starts: usize,
	before: usize,
	parents: usize,
): void {
	let beforeA: u64 = 0;
	let beforeB: u64 = 0;
	let ours = load<u64>(a) | load<u64>(a2);
	for (let w = 0; w < words; w++) {
		const at = (<usize>(w + 1)) << 3;
		const next = w + 1 < words ? load<u64>(a + at) | load<u64>(a2 + at) : 0;
		const theirs = load<u64>(b + at - 8) | load<u64>(b2 + at - 8);
		const wordA = first * words + w;
		const wordB = second * words + w;
		// where both are, and where one only is while the other is at its side: what is between belongs to one run on either side
		let same = ours & theirs;
		same &= ~(same << 1);
		while (same !== 0) {
			const bit = <i32>ctz(same);
			same &= same - 1;
			join(parents, runOf(starts, before, wordA, bit), runOf(starts, before, wordB, bit));
		}
		let left = ((ours << 1) | (beforeA >> 63)) & ~ours & theirs & ~((theirs << 1) | (beforeB >> 63));
		while (left !== 0) {
			const bit = <i32>ctz(left);
			left &= left - 1;
			join(parents, lastBefore(starts, before, wordA, bit), runOf(starts, before, wordB, bit));
		}
		let right = ((ours >> 1) | (next << 63)) & ~ours & theirs;
		while (right !== 0) {
			const bit = <i32>ctz(right);
			right &= right - 1;
			const run = bit < 63 ? runOf(starts, before, wordA, bit + 1) : runOf(starts, before, wordA + 1, 0);
			join(parents, run, runOf(starts, before, wordB, bit));
		}
		beforeA = ours;
		beforeB = theirs;
		ours = next;
	}
}

/** The run of a quad that the voxel of a word's bit lies in. */
function runOf(starts: usize, before: usize, word: i32, bit: i32): u32 {
	return lastOf(starts, before, word, ((<u64>2) << (<u64>bit)) - 1);
}

/** The last run that begins before the voxel of a word's bit. */
function lastBefore(starts: usize, before: usize, word: i32, bit: i32): u32 {
	return lastOf(starts, before, word, ((<u64>1) << (<u64>bit)) - 1);
}

/** The last run that begins before a word, or at one of its bits in `mask`. */
function lastOf(starts: usize, before: usize, word: i32, mask: u64): u32 {
	return load<u32>(entry(before, <u32>word)) + <u32>popcnt(load<u64>(starts + ((<usize>word) << 3)) & mask) - 1;
}

/** The number of the quad of a row. */
function quadAt(z: i32, y: i32, height: i32): i32 {
	return (z >> 1) * ((height + 1) >> 1) + (y >> 1);
}

/** The address of a row's bits. */
function rowAt(bits: usize, z: i32, y: i32, height: i32, words: i32): usize {
	return bits + ((<usize>((z * height + y) * words)) << 3);
}

/** The address of the `n`th uint32 of a table. */
function entry(table: usize, n: u32): usize {
	return table + ((<usize>n) << 2);
}

/** Makes two runs one, under the first. */
function join(parents: usize, a: u32, b: u32): void {
	const rootA = rootOf(parents, a);
	const rootB = rootOf(parents, b);
	if (rootA < rootB) store<u32>(entry(parents, rootB), rootA);
	else store<u32>(entry(parents, rootA), rootB);
}

/** The first run of a set; halves the path on the way. */
function rootOf(parents: usize, run: u32): u32 {
	let at = run;
	let parent = load<u32>(entry(parents, at));
	while (parent !== at) {
		const next = load<u32>(entry(parents, parent));
		store<u32>(entry(parents, at), next);
		at = next;
		parent = load<u32>(entry(parents, at));
	}
	return at;
}
