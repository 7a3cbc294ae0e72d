/**
 * Which pieces of a block and of the blocks before it are one object: those that an edge across their face joins, and
 * orphans that touch.
 *
 * @module
 */
import { boxShape } from "../../core/box.ts";
import { zyx } from "../../core/shape.ts";
import { type BlockGrid, blockAt } from "../../tiling/blocks.ts";
import { readColumns, writeColumns } from "./block-files.ts";
import type { EdgeSeamTask } from "./edge-task.ts";
import { type Faces, facesIn } from "./faces.ts";
import { neighbourAt } from "./neighbours.ts";
import { uint32Column } from "./packed-tables.ts";
import { columnsOfSeams, type Seam } from "./seam-columns.ts";
import { addPair, type Direction, directionsBefore, joinSeam, pairsOf, type SeamPairs } from "./seams.ts";

/** What a block's records say of one side of a seam. */
type Side = {
	readonly faces: Faces;
	/** Edges that cross the low face along an axis. */
	readonly edges: readonly Uint8Array[];
	/** Of each piece; entry `label - 1`. */
	readonly values: Uint32Array;
};

/** Joins a block. @throws RUN where a record is damaged */
export async function joinEdges({ block, grid, records, flat }: EdgeSeamTask): Promise<void> {
	const here = await sideOf(records, grid, block);
	const seams: Seam[] = [];
	for (const direction of directionsBefore(flat ? 2 : 3, flat)) {
		const neighbour = neighbourAt(grid, block, direction);
		if (neighbour === undefined) continue;
		const there = await sideOf(records, grid, neighbour);
		const axis = direction.findIndex((step) => step !== 0);
		seams.push({ neighbour, axis, pairs: orphanPairs(here, there, direction, flat) });
		if (isFace(direction)) seams.push({ neighbour, axis, pairs: edgePairs(here, there, axis) });
	}
	await writeColumns(records, "seams", block, columnsOfSeams(seams));
}

async function sideOf(records: string, grid: BlockGrid, block: number): Promise<Side> {
	const shape = zyx(boxShape(blockAt(grid, block).box));
	const columns = await readColumns(records, "faces", block);
	const values = uint32Column(await readColumns(records, "pieces", block), "values");
	const edges = [0, 1, 2].map((axis) => {
		const column = columns[`edges${axis}`];
		return column instanceof Uint8Array ? column : new Uint8Array(0);
	});
	return { faces: facesIn(columns, shape), edges, values };
}

function isFace(direction: Direction): boolean {
	return direction.reduce((sum, step) => sum + Math.abs(step), 0) === 1;
}

/** Pairs that an edge joins, once for each edge. */
function edgePairs(here: Side, there: Side, axis: number): SeamPairs {
	const [own = new Uint32Array(0), other = new Uint32Array(0)] = [here.faces.low[axis], there.faces.high[axis]];
	const edges = here.edges[axis] ?? new Uint8Array(0);
	const found = new Map<number, number>();
	for (let n = 0; n < edges.length; n++) if (edges[n] === 1) addPair(found, own[n] ?? 0, other[n] ?? 0);
	return pairsOf(found);
}

/** Pairs of orphans with voxels that touch. */
function orphanPairs(here: Side, there: Side, direction: Direction, flat: boolean): SeamPairs {
	return joinSeam({ faces: orphansOf(here) }, { faces: orphansOf(there) }, direction, flat ? 2 : 3, flat);
}

/** Faces with the labels of orphans only. */
function orphansOf({ faces, values }: Side): Faces {
	const only = (planes: readonly Uint32Array[]) =>
		planes.map((plane) => Uint32Array.from(plane, (label) => (values[label - 1] === 2 ? label : 0)));
	return { shape: faces.shape, low: only(faces.low), high: only(faces.high) };
}
