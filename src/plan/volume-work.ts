/**
 * How much work the sweeps over a volume are: tiles that are run, voxels that are read and written.
 *
 * Pure, and the sweep's own count: test/plan holds it against sweeps over a network that counts.
 *
 * @module
 */
import { boxShape } from "../core/box.ts";
import { sizeOf } from "../core/shape.ts";
import { blockBoxAt } from "./volume-layout.ts";
import { type BlockRange, needsAlong, reachOf, tilesAlong, tilesBefore, type VolumeFacts } from "./volume-plan.ts";
import { type ColumnRun, isDense } from "./volume-runs.ts";

/** The work of all sweeps together. */
export type VolumeWork = {
	/** Blocks that are written, and their voxels. */
	readonly blocks: number;
	readonly written: number;
	readonly tiles: number;
	/** Voxels of the network's space that tiles are cut from, those that are read twice counted twice. */
	readonly read: number;
};

/** What `runs` come to. */
export function workOf(facts: VolumeFacts, runs: Iterable<ColumnRun>): VolumeWork {
	let work: VolumeWork = { blocks: 0, written: 0, tiles: 0, read: 0 };
	for (const run of runs) {
		work = {
			blocks: work.blocks + run.wanted.length,
			written: work.written + run.wanted.reduce((sum, place) => sum + voxelsAt(facts, place), 0),
			tiles: work.tiles + tilesOfRun(facts, run),
			read: work.read + voxelsRead(facts, run),
		};
	}
	return work;
}

function voxelsAt({ layout }: VolumeFacts, place: ColumnRun["wanted"][number]): number {
	return sizeOf(boxShape(blockBoxAt(layout, place)));
}

/** Tiles along an axis that reach the same blocks: how many, and positions `from <= n < to` of those blocks. */
type TileGroup = { readonly count: number; readonly from: number; readonly to: number };

/** Tiles of one run: those that reach a block that is wanted. */
export function tilesOfRun(facts: VolumeFacts, run: ColumnRun): number {
	const [deep, high, wide] = [
		groupsAlong(facts, 0, run.layers),
		groupsAlong(facts, 1, run.rows),
		groupsAlong(facts, 2, run.columns),
	];
	const reaches = isDense(run) ? () => true : wantedIn(run);
	let tiles = 0;
	for (const z of deep) {
		for (const y of high) {
			for (const x of wide) if (reaches(z, y, x)) tiles += z.count * y.count * x.count;
		}
	}
	return tiles;
}

/** True where one of the blocks that tiles of the three groups reach is wanted. */
function wantedIn({ wanted }: ColumnRun): (z: TileGroup, y: TileGroup, x: TileGroup) => boolean {
	const places = new Set(wanted.map((place) => place.join()));
	return (z, y, x) => {
		for (let a = z.from; a < z.to; a++) {
			for (let b = y.from; b < y.to; b++) {
				for (let c = x.from; c < x.to; c++) if (places.has(`${a},${b},${c}`)) return true;
			}
		}
		return false;
	};
}

function groupsAlong(facts: VolumeFacts, axis: 0 | 1 | 2, range: BlockRange): TileGroup[] {
	if (axis === 0 && facts.sections > 1) return sectionGroups(facts, range);
	const groups: TileGroup[] = [];
	const before = tilesBefore(facts, axis);
	let first = range[0];
	for (const start of tilesAlong(facts, axis, range)) {
		const under = blocksUnder(facts, axis, start - before, [first, range[1]]);
		const [from, to] = under;
		const last = groups.at(-1);
		if (last?.from === from && last.to === to) groups[groups.length - 1] = { count: last.count + 1, from, to };
		else groups.push({ count: 1, from, to });
		first = from; // tiles follow each other: none reaches further back than the one before
	}
	return groups;
}

/** Sections that are predicted by themselves: those of a layer reach its blocks alone. */
function sectionGroups({ layout }: VolumeFacts, [first, end]: BlockRange): TileGroup[] {
	const [cuts] = layout.cuts;
	return Array.from({ length: end - first }, (_, n) => {
		const from = first + n;
		return { count: (cuts[from + 1] ?? 0) - (cuts[from] ?? 0), from, to: from + 1 };
	});
}

/** Positions of the blocks of `range` that voxels `start <= v < start + patch` of the network's space reach: they follow each other. */
function blocksUnder(facts: VolumeFacts, axis: 0 | 1 | 2, start: number, [first, end]: BlockRange): BlockRange {
	const stop = start + facts.patch[axis];
	const needs = (n: number) => needsAlong(facts, axis, [n, n + 1]);
	let from = first;
	while (from < end && needs(from)[1] <= start) from++;
	let to = from;
	while (to < end && needs(to)[0] < stop && needs(to)[1] > start) to++;
	return [from, to];
}

function voxelsRead(facts: VolumeFacts, run: ColumnRun): number {
	const extent = (axis: 0 | 1 | 2, range: BlockRange) => {
		const [from, to] = reachOf(facts, axis, range);
		return to - from;
	};
	const [cuts] = facts.layout.cuts;
	const deep = facts.sections > 1 ? (cuts[run.layers[1]] ?? 0) - (cuts[run.layers[0]] ?? 0) : extent(0, run.layers);
	return deep * extent(1, run.rows) * extent(2, run.columns);
}
