/**
 * Which pieces of two neighbouring blocks are one object: those with neighbouring voxels on both sides of the seam.
 *
 * Blocks of a grid share a face, an edge or a corner; which of them matter follows from the connectivity, as for voxels.
 *
 * @module
 */
import type { Zyx } from "../../core/shape.ts";
import type { Connectivity } from "../../image/components.ts";
import type { Faces } from "./faces.ts";

/** From a block to a neighbour: -1, 0 or 1 along z, y, x. */
export type Direction = Zyx;

/** Pieces that are one: labels of the block, labels of the neighbour, and how many pairs of voxels meet face to face. */
export type SeamPairs = {
	readonly here: Uint32Array<ArrayBuffer>;
	readonly there: Uint32Array<ArrayBuffer>;
	readonly faces: Uint32Array<ArrayBuffer>;
};

/** Labels of pieces on one side and, where neighbours must have equal values, the value of each piece (entry `label - 1`). */
export type SeamSide = { readonly faces: Faces; readonly values?: Uint32Array };

/** More labels of a block would not fit a pair of them into one number. */
const FACTOR = 2 ** 26;

/** The 13 directions to blocks that come before in C order, as far as `connectivity` goes; `flat`: those within a section. */
export function directionsBefore(connectivity: Connectivity, flat = false): Direction[] {
	const directions: Direction[] = [];
	for (let place = 0; place < 13; place++) {
		const [z, y, x] = [Math.floor(place / 9) - 1, (Math.floor(place / 3) % 3) - 1, (place % 3) - 1];
		if (Math.abs(z) + Math.abs(y) + Math.abs(x) > connectivity || (flat && z !== 0)) continue;
		directions.push([z, y, x]);
	}
	return directions;
}

/**
 * The pieces that are joined between a block and its neighbour in `direction`, each pair once, in the order of the block's
 * labels. Blocks agree in their extents along axes that `direction` does not go along.
 */
export function joinSeam(
	here: SeamSide,
	there: SeamSide,
	direction: Direction,
	connectivity: Connectivity,
	flat = false,
): SeamPairs {
	const axis = direction.findIndex((step) => step !== 0);
	const spent = direction.reduce((sum, step) => sum + Math.abs(step), 0);
	const others = [0, 1, 2].filter((other) => other !== axis);
	const found = new Map<number, number>();
	const isOne = oneness(here, there);
	const [first = 0, second = 0] = others;
	const a = planeTowards(here.faces, axis, direction[axis] ?? 0);
	const b = planeTowards(there.faces, axis, -(direction[axis] ?? 0));
	for (const u of overlaps(here, there, direction, first, flat)) {
		for (const v of overlaps(here, there, direction, second, flat)) {
			if (spent + Math.abs(u.step) + Math.abs(v.step) > connectivity) continue;
			const isFace = spent === 1 && u.step === 0 && v.step === 0;
			const widths = { here: here.faces.shape[second] ?? 1, there: there.faces.shape[second] ?? 1 };
			collect(found, { a, b, u, v, widths, isFace, isOne });
		}
	}
	return pairsOf(found);
}

function planeTowards({ low, high }: Faces, axis: number, step: number): Uint32Array {
	return (step < 0 ? low : high)[axis] ?? new Uint32Array(0);
}

/** Voxels along an axis that are compared: from `here` and `there` on, so many; `step` is the offset among neighbours. */
type Overlap = { readonly here: number; readonly there: number; readonly length: number; readonly step: number };

function overlaps(here: SeamSide, there: SeamSide, direction: Direction, axis: number, flat: boolean): Overlap[] {
	const [own, other] = [here.faces.shape[axis] ?? 1, there.faces.shape[axis] ?? 1];
	const towards = direction[axis] ?? 0;
	if (towards < 0) return [{ here: 0, there: other - 1, length: 1, step: 0 }];
	if (towards > 0) return [{ here: own - 1, there: 0, length: 1, step: 0 }];
	const whole = { here: 0, there: 0, length: own, step: 0 };
	if (own < 2 || (flat && axis === 0)) return [whole];
	return [{ here: 1, there: 0, length: own - 1, step: -1 }, whole, { here: 0, there: 1, length: own - 1, step: 1 }];
}

type Comparison = {
	readonly a: Uint32Array;
	readonly b: Uint32Array;
	readonly u: Overlap;
	readonly v: Overlap;
	readonly widths: { readonly here: number; readonly there: number };
	readonly isFace: boolean;
	readonly isOne: (own: number, other: number) => boolean;
};

/** Counts each pair of pieces with neighbouring voxels; runs of one pair, the usual case, are looked up once. */
function collect(found: Map<number, number>, { a, b, u, v, widths, isFace, isOne }: Comparison): void {
	let last = -1;
	let count = 0;
	const flush = () => {
		if (last >= 0) found.set(last, (found.get(last) ?? 0) + (isFace ? count : 0));
		count = 0;
	};
	for (let row = 0; row < u.length; row++) {
		const i = (u.here + row) * widths.here + v.here;
		const j = (u.there + row) * widths.there + v.there;
		for (let n = 0; n < v.length; n++) {
			const own = a[i + n] ?? 0;
			const other = b[j + n] ?? 0;
			if (own === 0 || other === 0 || !isOne(own, other)) continue;
			const key = own * FACTOR + other;
			if (key !== last) flush();
			last = key;
			count++;
		}
	}
	flush();
}

/** Equal values, where pieces have some. */
function oneness(here: SeamSide, there: SeamSide): Comparison["isOne"] {
	const { values: own } = here;
	const { values: other } = there;
	if (own === undefined || other === undefined) return () => true;
	return (a, b) => own[a - 1] === other[b - 1];
}

/** Counts one more for a pair of pieces. */
export function addPair(found: Map<number, number>, own: number, other: number): void {
	const key = own * FACTOR + other;
	found.set(key, (found.get(key) ?? 0) + 1);
}

/** The pairs that were counted, in the order of their pieces. */
export function pairsOf(found: ReadonlyMap<number, number>): SeamPairs {
	const keys = Float64Array.from(found.keys()).sort();
	return {
		here: Uint32Array.from(keys, (key) => Math.floor(key / FACTOR)),
		there: Uint32Array.from(keys, (key) => key % FACTOR),
		faces: Uint32Array.from(keys, (key) => found.get(key) ?? 0),
	};
}
