/**
 * Parts of objects that carry the objects' ids already: voxels and first voxel of each id in a box.
 *
 * @module
 */
import type { Zyx } from "../../core/shape.ts";
import { type Columns, float64Column, uint32Column } from "./packed-tables.ts";

/** Added to the ids of voxels that objects only grew through: they belong to none, and no table of ids has an entry for them. */
export const THROUGH = 2 ** 31;

/** One entry an id that is there, in the order in which they are met. */
export type GrownPieces = {
	readonly ids: Uint32Array<ArrayBuffer>;
	readonly voxels: Float64Array<ArrayBuffer>;
	/** Linear index (C order, z, y, x) of the first voxel in the whole volume; infinity where there is none but those grown through. */
	readonly firsts: Float64Array<ArrayBuffer>;
};

/** What a round left of a core. */
export type GrownCore = GrownPieces & {
	/** Voxels of the foreground that nothing has reached. */
	readonly open: number;
};

/** The pieces in `labels`, C-ordered over `shape`, a box at `origin` of a volume of shape `whole`. */
export function grownPieces(labels: Uint32Array, shape: Zyx, origin: Zyx, whole: Zyx): GrownPieces {
	const slots = new Map<number, number>();
	const [ids, voxels, firsts]: [number[], number[], number[]] = [[], [], []];
	const [, height, width] = shape;
	let [last, slot] = [0, -1];
	for (let at = 0; at < labels.length; at++) {
		const label = labels[at] ?? 0;
		if (label === 0) continue;
		const id = idOf(label);
		if (id !== last) {
			last = id;
			slot = slots.get(id) ?? ids.length;
		}
		if (slot === ids.length) {
			slots.set(id, slot);
			ids.push(id);
			voxels.push(0);
			firsts.push(Number.POSITIVE_INFINITY);
		}
		if (id !== label) continue;
		if (voxels[slot] === 0) {
			const [z, y] = [Math.floor(at / (width * height)), Math.floor(at / width) % height];
			firsts[slot] = ((origin[0] + z) * whole[1] + origin[1] + y) * whole[2] + origin[2] + (at % width);
		}
		voxels[slot] = (voxels[slot] ?? 0) + 1;
	}
	return { ids: Uint32Array.from(ids), voxels: Float64Array.from(voxels), firsts: Float64Array.from(firsts) };
}

/** The id of the object that a voxel belongs to, or that grew through it. */
export function idOf(label: number): number {
	return label < THROUGH ? label : label - THROUGH;
}

/** A core as columns. */
export function columnsOfGrown({ ids, voxels, firsts, open }: GrownCore): Columns {
	return { ids, voxels, firsts, open: Float64Array.of(open) };
}

/** A core in columns. @throws RangeError where one is missing */
export function grownIn(columns: Columns): GrownCore {
	return {
		ids: uint32Column(columns, "ids"),
		voxels: float64Column(columns, "voxels"),
		firsts: float64Column(columns, "firsts"),
		open: float64Column(columns, "open")[0] ?? 0,
	};
}
