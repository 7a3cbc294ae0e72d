/**
 * Cuts the objects of a block into sections: one piece for every object and section, as its own object's id says.
 *
 * @module
 */
import { ndarray } from "../../core/array.ts";
import { boxShape } from "../../core/box.ts";
import { sizeOf, zyx } from "../../core/shape.ts";
import { type BlockGrid, blockAt } from "../../tiling/blocks.ts";
import { writeColumns } from "./block-files.ts";
import type { OutputPlace } from "./block-task.ts";
import type { OpenVolumes } from "./open-volumes.ts";
import { columnsOfPieces, piecesOf } from "./pieces.ts";

/** Cuts a block: pieces into the stage, what is known of them into records; their values are the objects' ids. */
export type SliceTask = {
	readonly kind: "slice";
	readonly block: number;
	readonly grid: BlockGrid;
	/** Zarrs of labels: where the first has 0 the next one counts. */
	readonly stages: readonly string[];
	/** The object of each label, 0 for none. */
	readonly map: Uint32Array;
	readonly stage: OutputPlace;
	readonly records: string;
};

/** Cuts a block. @throws VOLUME, RUN */
export async function sliceBlock(volumes: OpenVolumes, task: SliceTask): Promise<void> {
	const { block, grid, stages, map, stage, records } = task;
	const { box } = blockAt(grid, block);
	const shape = zyx(boxShape(box));
	// what was only grown through has no entry (`grown-pieces.ts`)
	const ids = Uint32Array.from(await volumes.staged(stages, box), (label) => map[label] ?? 0);
	const { labels, count } = slices(ids, sizeOf(shape.slice(1)));
	await volumes.write(stage, box.start, ndarray("uint32", shape, labels), records);
	const place = { shape, origin: zyx(box.start), whole: zyx(grid.shape), flat: true };
	await writeColumns(records, "pieces", block, columnsOfPieces(piecesOf({ labels, count, ...place }, ids)));
}

/** Labels of the objects of every section of `plane` voxels, 1 up in the order of first voxels. */
export function slices(
	ids: Uint32Array,
	plane: number,
): { readonly labels: Uint32Array<ArrayBuffer>; readonly count: number } {
	const labels = new Uint32Array(ids.length);
	let count = 0;
	for (let start = 0; start < ids.length; start += plane) {
		const known = new Map<number, number>();
		let [last, label] = [0, 0];
		for (let i = start; i < start + plane; i++) {
			const id = ids[i] ?? 0;
			if (id === 0) continue;
			if (id !== last) {
				last = id;
				label = known.get(id) ?? ++count;
				known.set(id, label);
			}
			labels[i] = label;
		}
	}
	return { labels, count };
}
