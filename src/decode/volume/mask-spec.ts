/**
 * How the mask of a block comes about, as plain data.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import type { VoxelPlace } from "./voxel-place.ts";

/** A channel's value is above or below something; both sides are strict. */
export type Condition = {
	readonly channel: number;
	readonly above?: number;
	readonly below?: number;
	/** Where the channel lies; the place that the condition is used with where it is missing. */
	readonly place?: VoxelPlace;
};

/** What is foreground. */
export type MaskSpec =
	/** Voxels where all conditions hold. */
	| { readonly kind: "where"; readonly place: VoxelPlace; readonly conditions: readonly Condition[] }
	/** Voxels whose label is not 0; neighbours are one object where their labels are equal. */
	| { readonly kind: "labels"; readonly place: VoxelPlace; readonly channel: number }
	/** Voxels where a value of any channel is above something; with `orphans` 1 there, and 2 where one is above 0. */
	| {
			readonly kind: "any";
			readonly place: VoxelPlace;
			readonly channels: readonly number[];
			readonly above: number;
			readonly orphans: boolean;
	  }
	/** Voxels of objects of an earlier pass, whose ids the entries of a table of the block are; neighbours of equal ids are one object. */
	| { readonly kind: "objects"; readonly stages: readonly string[]; readonly map: Uint32Array }
	/** Voxels of an earlier pass whose pieces are named by a table of the block: entry `label` is not 0. */
	| { readonly kind: "pieces"; readonly stage: string; readonly keep: Uint8Array };

type Stored = Exclude<NdArray["data"], BigUint64Array | BigInt64Array>;

/** Takes from `mask` the voxels where the condition does not hold. `decoded` is the value of a stored number. */
export function restrict(
	mask: Uint8Array,
	data: Stored,
	condition: Condition,
	decoded: (stored: number) => number,
): void {
	const { above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = condition;
	const holds = (value: number) =>
		(value > above || condition.above === undefined) && (value < below || condition.below === undefined);
	if (data instanceof Uint8Array) {
		const table = Uint8Array.from({ length: 256 }, (_, stored) => (holds(decoded(stored)) ? 1 : 0));
		for (let i = 0; i < mask.length; i++) mask[i] = (mask[i] ?? 0) & (table[data[i] ?? 0] ?? 0);
		return;
	}
	for (let i = 0; i < mask.length; i++) {
		if (mask[i] === 1 && !holds(decoded(data[i] ?? 0))) mask[i] = 0;
	}
}

/** True where neighbours are one object only where their values are equal. */
export function isByValue(mask: MaskSpec): boolean {
	return mask.kind === "labels" || mask.kind === "objects" || (mask.kind === "any" && mask.orphans);
}

/** 1 where the table has an entry that is not 0 for the label. */
export function maskOfPieces(labels: Uint32Array, keep: Uint8Array): Uint8Array<ArrayBuffer> {
	const mask = new Uint8Array(labels.length);
	for (let i = 0; i < mask.length; i++) mask[i] = keep[labels[i] ?? 0] === 0 ? 0 : 1;
	return mask;
}
