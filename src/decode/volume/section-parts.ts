/**
 * What objects are in each section of the volume, put together from the pieces of all blocks.
 *
 * A part is all of an object that lies in one section. Parts are numbered from 1 in the order of sections, and in a section
 * by the ids of their objects, so that filters see them as a filter of one section sees its labels.
 *
 * @module
 */
import { GrownMerger, type Objects, placeIn } from "./merge.ts";
import type { ObjectFilter } from "./object-choice.ts";
import type { Pieces } from "./pieces.ts";

/** Bytes of a piece while parts are made of pieces, of which there are as many at most. */
export const BYTES_PER_SLICE = 8 + 4 + 8 + 4 + 4 + 8 + 8 + 12;

/** Ids below it are told apart in a number that holds the section too. */
const FACTOR = 2 ** 32;

/** Parts by number; entry 0 of each column is unused. */
export type SectionParts = {
	readonly count: number;
	/** The section that each lies in. */
	readonly sections: Uint32Array<ArrayBuffer>;
	/** The object that each is of. */
	readonly ids: Uint32Array<ArrayBuffer>;
	readonly voxels: Float64Array<ArrayBuffer>;
	/** Linear index (C order, z, y, x) of the first voxel in the whole volume. */
	readonly firsts: Float64Array<ArrayBuffer>;
	/** The part that each piece belongs to: label `n` of a block is piece `start of the block + n`; entry 0 is 0. */
	readonly ofPieces: Uint32Array<ArrayBuffer>;
};

/** Pieces being put together. Their values are the ids of objects, and none spans sections. */
export class PartsMerger {
	readonly #plane: number;
	readonly #keys: Float64Array<ArrayBuffer>;
	readonly #voxels: Float64Array<ArrayBuffer>;
	readonly #firsts: Float64Array<ArrayBuffer>;

	/** @param count of all pieces @param plane voxels of a section */
	constructor(count: number, plane: number) {
		this.#plane = plane;
		this.#keys = new Float64Array(count + 1);
		this.#voxels = new Float64Array(count + 1);
		this.#firsts = new Float64Array(count + 1);
	}

	/** Takes the pieces of a block, whose label 1 is piece `start + 1`. */
	add(start: number, { count, values, voxels, firsts }: Pieces): void {
		for (let n = 0; n < count; n++) {
			const section = Math.floor((firsts[n] ?? 0) / this.#plane);
			this.#keys[start + n + 1] = section * FACTOR + (values[n] ?? 0);
		}
		this.#voxels.set(voxels, start + 1);
		this.#firsts.set(firsts, start + 1);
	}

	/** The parts. The merger is of no use afterwards. */
	finish(): SectionParts {
		const sorted = distinct(this.#keys.slice(1).sort());
		const count = sorted.length;
		const parts = {
			count,
			sections: new Uint32Array(count + 1),
			ids: new Uint32Array(count + 1),
			voxels: new Float64Array(count + 1),
			firsts: new Float64Array(count + 1).fill(Number.POSITIVE_INFINITY),
			ofPieces: new Uint32Array(this.#keys.length),
		};
		for (const [n, key] of sorted.entries()) {
			parts.sections[n + 1] = Math.floor(key / FACTOR);
			parts.ids[n + 1] = key % FACTOR;
		}
		for (let piece = 1; piece < this.#keys.length; piece++) {
			const part = placeIn(sorted, this.#keys[piece] ?? 0) + 1;
			parts.ofPieces[piece] = part;
			parts.voxels[part] = (parts.voxels[part] ?? 0) + (this.#voxels[piece] ?? 0);
			parts.firsts[part] = Math.min(parts.firsts[part] ?? 0, this.#firsts[piece] ?? 0);
		}
		return parts;
	}
}

/** The object of each part that stays, 0 of the others, when every section is filtered by itself. */
export function keptParts(parts: SectionParts, filter: ObjectFilter): Uint32Array<ArrayBuffer> {
	const { atLeast = 0, atMost = Number.POSITIVE_INFINITY, largest } = filter;
	const kept = parts.ids.map((id, part) => {
		const size = parts.voxels[part] ?? 0;
		return size < atLeast || size > atMost ? 0 : id;
	});
	if (largest !== undefined) keepLargest(parts, kept, largest);
	return kept;
}

/** Of each section only the `most` largest parts; of equals those whose objects have the lower ids. */
function keepLargest({ count, sections, voxels }: SectionParts, kept: Uint32Array, most: number): void {
	for (let from = 1, to = 1; from <= count; from = to) {
		while (to <= count && sections[to] === sections[from]) to++;
		const own = Array.from({ length: to - from }, (_, n) => from + n).filter((part) => kept[part] !== 0);
		own.sort((a, b) => (voxels[b] ?? 0) - (voxels[a] ?? 0) || a - b);
		for (const part of own.slice(most)) kept[part] = 0;
	}
}

/**
 * Objects of parts, or of whole objects, that become others: entry `n` of `becomes` (up to `count`, entry 0 is 0) is the
 * object that `n` is part of, 0 for none. Ids are new, in the order of first voxels; `ids` has an entry for each `n`.
 */
export function regrouped(
	becomes: Uint32Array<ArrayBuffer>,
	{ voxels, firsts }: Pick<Objects, "voxels" | "firsts">,
): Objects {
	const highest = becomes.reduce((most, id) => Math.max(most, id), 0);
	const merger = new GrownMerger(highest);
	merger.add({ ids: becomes.subarray(1), voxels: voxels.subarray(1), firsts: firsts.subarray(1) });
	const objects = merger.finish([]);
	return { ...objects, ids: becomes.map((id) => (id === 0 ? 0 : (objects.ids[id] ?? 0))) };
}

/** Sorted numbers without repetition. */
function distinct(sorted: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
	let count = 0;
	for (let n = 0; n < sorted.length; n++) {
		const value = sorted[n] ?? 0;
		if (count === 0 || value !== sorted[count - 1]) sorted[count++] = value;
	}
	return sorted.slice(0, count);
}
