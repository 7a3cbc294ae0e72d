/**
 * A streamed output as a run leaves it: a Zarr of labels, its records, its facts.
 *
 * @module
 */
import { join } from "node:path";
import { cut, type NdArray, zeros } from "../../src/core/array.ts";
import type { RunFacts } from "../../src/run/block-facts.ts";
import { type BlockRecords, openBlockRecords } from "../../src/run/block-records.ts";
import { blockAt, blockGrid } from "../../src/tiling/blocks.ts";
import { blockRecord, runFacts } from "../run/run-facts.ts";
import { writeVolume } from "./scene.ts";

/** Labels that differ in every block. */
export function labels(): NdArray {
	const array = zeros("uint8", [4, 6, 10]);
	for (let i = 0; i < array.data.length; i++) array.data[i] = (i * 31) % 250;
	return array;
}

/** Voxels of block `id` of `labels()`. */
export function blockOf(array: NdArray, id: number): NdArray {
	return cut(array, blockAt(blockGrid([4, 6, 10], [2, 6, 4]), id).box);
}

/** Writes `brain.zarr` into `folder` and records `ids` (of 0 to 5) as done. */
export async function recorded(
	folder: string,
	ids: readonly number[],
	over: Partial<RunFacts> = {},
): Promise<BlockRecords> {
	const facts = runFacts(over);
	const array = labels();
	const place = facts.products[0]?.staged ?? "brain.zarr";
	await writeVolume(join(folder, place), array, "zyx");
	const records = await openBlockRecords(folder, "brain.zarr", facts);
	for (const id of ids) await records.write(blockRecord(id, blockOf(array, id)));
	return records;
}

/** Every block. */
export const ALL = [0, 1, 2, 3, 4, 5];
