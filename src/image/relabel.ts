/**
 * New numbers for the labels of an array.
 *
 * Labels are looked up in a table where they lie close together, in a map otherwise.
 *
 * @module
 */

/** A table of so many entries a voxel is afforded, or of this many in any case. */
const ENTRIES_A_VOXEL = 2;
const ENTRIES = 1 << 16;

/** Labels under small numbers. */
export type Dense = {
	/** Labels but 0; they are numbered from 1 to `count`. */
	readonly count: number;
	/** What `id` was before; 0 at 0. */
	readonly originals: Uint32Array<ArrayBuffer>;
};

/**
 * Replaces each of `labels` by its entry in `map`, in place. 0 is a label like any other: a background stays where `map[0]`
 * is 0.
 *
 * @throws RangeError where `map` has no entry for a label; nothing is changed then
 */
export function relabel(labels: Uint32Array, map: Uint32Array): void {
	if (boundOf(labels) >= map.length && labels.length > 0) {
		const { largest } = rangeOf(labels);
		if (largest >= map.length) {
			throw new RangeError(`relabel: the map of ${map.length} entries has none for ${largest}`);
		}
	}
	for (let i = 0; i < labels.length; i++) labels[i] = map[labels[i] ?? 0] ?? 0;
}

/**
 * Renumbers `labels` in place to 1, 2, ... in the order of their first voxels; 0 stays. As fastremap's `renumber`.
 */
export function densify(labels: Uint32Array): Dense {
	return densifyInto(labels, labels);
}

/**
 * A number for each voxel that stands for its label, small for the number of voxels: the label itself where labels are
 * small, or those of `densify`. 0 stands for 0. `labels` stay as they are.
 */
export function smallNumbers(labels: Uint32Array): {
	readonly numbers: Uint32Array;
	/** No number is larger. */
	readonly largest: number;
	/** The label that `number` stands for. */
	readonly original: (number: number) => number;
} {
	const bound = boundOf(labels);
	if (bound < entriesFor(labels)) return { numbers: labels, largest: bound, original: (number) => number };
	const numbers = new Uint32Array(labels.length);
	const { count, originals } = densifyInto(numbers, labels);
	return { numbers, largest: count, original: (number) => originals[number] ?? 0 };
}

/**
 * The labels but 0 that are there, ascending (`ids`), and where each voxel's is among them: `slots[numbers[i]]`, -1 for 0.
 */
export function entriesOf(labels: Uint32Array): {
	readonly numbers: Uint32Array;
	readonly ids: Uint32Array<ArrayBuffer>;
	readonly slots: Int32Array;
} {
	const { numbers, largest, original } = smallNumbers(labels);
	const isThere = new Uint8Array(largest + 1);
	let last = 0;
	for (let i = 0; i < numbers.length; i++) {
		const number = numbers[i] ?? 0;
		if (number !== last) isThere[number] = 1;
		last = number;
	}
	const found = Array.from(isThere.keys()).filter((number) => number !== 0 && isThere[number] === 1);
	found.sort((a, b) => original(a) - original(b));
	const slots = new Int32Array(largest + 1).fill(-1);
	for (const [slot, number] of found.entries()) slots[number] = slot;
	return { numbers, ids: Uint32Array.from(found, original), slots };
}

/** A number that no label is larger than, and that is less than twice the largest: all bits of all labels. */
function boundOf(labels: Uint32Array): number {
	let bits = 0;
	for (let i = 0; i < labels.length; i++) bits |= labels[i] ?? 0;
	return bits >>> 0;
}

/** The smallest label but 0 and the largest; 0 where there are none. */
function rangeOf(labels: Uint32Array): { readonly smallest: number; readonly largest: number } {
	let beforeSmallest = 0xffffffff; // less 1, so that 0 comes out as the largest
	let largest = 0;
	for (let i = 0; i < labels.length; i++) {
		const label = labels[i] ?? 0;
		if (label > largest) largest = label;
		const before = (label - 1) >>> 0;
		if (before < beforeSmallest) beforeSmallest = before;
	}
	return { smallest: largest === 0 ? 0 : beforeSmallest + 1, largest };
}

/** Entries that a table for `labels` may have. */
function entriesFor(labels: Uint32Array): number {
	return Math.max(ENTRIES, ENTRIES_A_VOXEL * labels.length);
}

function densifyInto(out: Uint32Array, labels: Uint32Array): Dense {
	const bound = boundOf(labels);
	const { smallest, largest } = bound < ENTRIES ? { smallest: 1, largest: bound } : rangeOf(labels);
	const originals: number[] = [0];
	if (largest - smallest < entriesFor(labels)) densifyByTable(out, labels, smallest, largest, originals);
	else densifyByMap(out, labels, originals);
	return { count: originals.length - 1, originals: Uint32Array.from(originals) };
}

function densifyByTable(
	out: Uint32Array,
	labels: Uint32Array,
	smallest: number,
	largest: number,
	originals: number[],
): void {
	const before = smallest - 1;
	const entries = new Uint32Array(largest - before + 1); // an id and one; 0 is not known yet
	entries[0] = 1; // the background
	for (let i = 0; i < labels.length; i++) {
		const label = labels[i] ?? 0;
		const at = Math.max(0, label - before);
		let entry = entries[at] ?? 0;
		if (entry === 0) {
			entry = originals.push(label);
			entries[at] = entry;
		}
		out[i] = entry - 1;
	}
}

/** Neighbours mostly have the same label, so the last answer is kept. */
function densifyByMap(out: Uint32Array, labels: Uint32Array, originals: number[]): void {
	const ids = new Map<number, number>([[0, 0]]);
	let last = 0;
	let id = 0;
	for (let i = 0; i < labels.length; i++) {
		const label = labels[i] ?? 0;
		if (label !== last) {
			last = label;
			const known = ids.get(label);
			id = known ?? originals.push(label) - 1;
			if (known === undefined) ids.set(label, id);
		}
		out[i] = id;
	}
}
