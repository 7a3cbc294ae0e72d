/**
 * The sweeps that do the blocks that are wanted: in each column, layers that follow each other.
 *
 * Pure. Which blocks are wanted never changes what a block holds: only how much is computed besides.
 *
 * @module
 */
import type { Box } from "../core/box.ts";
import { blockBoxAt, type VolumeLayout } from "./volume-layout.ts";
import type { BlockRange, VolumePlan } from "./volume-plan.ts";

/** Position of a block in the cuts: z, y, x. */
export type BlockPlace = readonly [number, number, number];

/** Blocks that are swept in one go: ranges of positions in the cuts along z, y and x. */
export type ColumnRun = {
	readonly layers: BlockRange;
	readonly rows: BlockRange;
	readonly columns: BlockRange;
	/** The blocks of it that are wanted, layer by layer. */
	readonly wanted: readonly BlockPlace[];
};

/** The place of every block. */
export function* placesOf({ cuts }: Pick<VolumeLayout, "cuts">): Generator<BlockPlace> {
	const [layers, rows, columns] = cuts.map((along) => along.length - 1);
	yield* placesIn([0, layers ?? 0], [0, rows ?? 0], [0, columns ?? 0]);
}

/** The voxels of the transposed image that a run lies in. */
export function runBox(layout: VolumeLayout, { layers, rows, columns }: ColumnRun): Box {
	const first = blockBoxAt(layout, [layers[0], rows[0], columns[0]]);
	const last = blockBoxAt(layout, [layers[1] - 1, rows[1] - 1, columns[1] - 1]);
	return { start: first.start, stop: last.stop };
}

/** True where every block of the run's range is wanted. */
export function isDense({ layers, rows, columns, wanted }: ColumnRun): boolean {
	return wanted.length === (layers[1] - layers[0]) * (rows[1] - rows[0]) * (columns[1] - columns[0]);
}

/** The runs of a plan, column by column; `wants` tells whether a block is to be done. @param within a box of blocks: no others */
export function* columnRuns(
	layout: VolumeLayout,
	plan: Pick<VolumePlan, "rows" | "columns">,
	wants: (place: BlockPlace) => boolean,
	within?: { readonly layers: BlockRange; readonly rows: BlockRange; readonly columns: BlockRange },
): Generator<ColumnRun> {
	const layers = within?.layers ?? ([0, layout.cuts[0].length - 1] as const);
	for (const rows of plan.rows.map((range) => common(range, within?.rows))) {
		for (const columns of plan.columns) yield* runsOfColumn(layers, rows, common(columns, within?.columns), wants);
	}
}

/** What two ranges have in common; it may be empty. */
function common([from, to]: BlockRange, other: BlockRange | undefined): BlockRange {
	return other === undefined ? [from, to] : [Math.max(from, other[0]), Math.min(to, other[1])];
}

function* runsOfColumn(
	[top, bottom]: BlockRange,
	rows: BlockRange,
	columns: BlockRange,
	wants: (place: BlockPlace) => boolean,
): Generator<ColumnRun> {
	let found: BlockPlace[] = [];
	for (let layer = top; layer < bottom; layer++) {
		const here = [...placesIn([layer, layer + 1], rows, columns)].filter(wants);
		if (here.length === 0 && found.length > 0) {
			yield runOf(found);
			found = [];
		}
		for (const place of here) found.push(place);
	}
	if (found.length > 0) yield runOf(found);
}

/** One run a block: what is tried where a run fails, so that as few blocks as can be stay undone. */
export function singleRuns({ wanted }: ColumnRun): ColumnRun[] {
	return wanted.map((place) => runOf([place]));
}

/** A run cut in two at the layer `layer`, without what is empty. */
export function splitAt({ wanted }: ColumnRun, layer: number): ColumnRun[] {
	const parts = [wanted.filter(([z]) => z < layer), wanted.filter(([z]) => z >= layer)];
	return parts.filter((places) => places.length > 0).map(runOf);
}

/** The smallest run that holds `wanted`, which are not none. */
function runOf(wanted: readonly BlockPlace[]): ColumnRun {
	const range = (axis: 0 | 1 | 2): BlockRange => [
		wanted.reduce((least, place) => Math.min(least, place[axis]), Number.POSITIVE_INFINITY),
		wanted.reduce((most, place) => Math.max(most, place[axis] + 1), 0),
	];
	return { layers: range(0), rows: range(1), columns: range(2), wanted };
}

function* placesIn(layers: BlockRange, rows: BlockRange, columns: BlockRange): Generator<BlockPlace> {
	for (let z = layers[0]; z < layers[1]; z++) {
		for (let y = rows[0]; y < rows[1]; y++) {
			for (let x = columns[0]; x < columns[1]; x++) yield [z, y, x];
		}
	}
}
