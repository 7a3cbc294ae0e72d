/**
 * Ranks every region of a grid over a volume by how unsure it is, in one pass from front to back.
 *
 * Held are the layers of cells that a region still needs, and so many of the best regions that a greedy choice of
 * `count` that do not overlap is sure to be among them: each choice rules out no more than the regions it overlaps.
 *
 * Scores do not depend on the boxes in which values come.
 *
 * @module
 */
import type { Box } from "../../core/box.ts";
import type { Zyx } from "../../core/shape.ts";
import { addRun, type CellLayer, CLASSES, createLayer, quantileOf, STEPS } from "./cells.ts";
import { type AxisGrid, axisGrid, cellOf, mostOverlapping } from "./grid.ts";

/** A region of `RegionGrid.size`. */
export type Candidate = {
	/** First voxel: z, y, x. */
	readonly start: Zyx;
	/** What it is ranked by, and its mean, in the unit of the values. */
	readonly score: number;
	readonly mean: number;
};

/** How regions are ranked. */
export type RankOptions = {
	readonly size: Zyx;
	/** Voxels from one region to the next. */
	readonly stride: Zyx;
	/** The largest possible value. */
	readonly most: number;
	/** Rank by this quantile of a region's voxels (in 255 steps of `most`), equal ones by their mean; by the mean where it is left out. */
	readonly quantile?: number;
	/** Regions that will be chosen at most. */
	readonly count: number;
	/** True for regions, by their first voxel and extents, that are not to be chosen. */
	readonly isTaken?: (start: Zyx, size: Zyx) => boolean;
};

/** Best first: by score, then by mean, then by place. */
export function compareCandidates(a: Candidate, b: Candidate): number {
	if (a.score !== b.score) return b.score - a.score;
	if (a.mean !== b.mean) return b.mean - a.mean;
	return a.start[0] - b.start[0] || a.start[1] - b.start[1] || a.start[2] - b.start[2];
}

/** Bytes that the layers of cells of a ranking take at most. */
export function rankingBytes(shape: Zyx, { size, stride, quantile }: RankOptions): number {
	const [z, y, x] = grids(shape, size, stride);
	const layers = 1 + Math.max(...z.starts.map((start) => cellsIn(z, start)));
	const cells = (y.cuts.length - 1) * (x.cuts.length - 1);
	return layers * cells * (8 + (quantile === undefined ? 0 : 4 * CLASSES));
}

/** The ranking of one volume. */
export class Ranking {
	readonly #options: RankOptions;
	readonly #z: AxisGrid;
	readonly #y: AxisGrid;
	readonly #x: AxisGrid;
	/** Layers of cells by their number along z. */
	readonly #layers = new Map<number, CellLayer>();
	/** Regions kept: more are gathered, then the best stay. */
	readonly #most: number;
	#best: Candidate[] = [];
	/** Number along z of the first region that was not scored. */
	#next = 0;
	/** Counts of one region. */
	readonly #counts: Float64Array;

	/** Over a volume of `shape`, z, y, x. */
	constructor(shape: Zyx, options: RankOptions) {
		this.#options = options;
		[this.#z, this.#y, this.#x] = grids(shape, options.size, options.stride);
		this.#most = options.count * [this.#z, this.#y, this.#x].reduce((n, axis) => n * mostOverlapping(axis), 1);
		this.#counts = new Float64Array(options.quantile === undefined ? 0 : CLASSES);
	}

	/** Extents of every region: smaller than asked for where the volume is. */
	get size(): Zyx {
		return [this.#z.size, this.#y.size, this.#x.size];
	}

	/** Takes the values of `box`, C-ordered. Boxes come in ascending order of their first z, and cover each voxel once. */
	add({ start, stop }: Box, values: Float32Array): void {
		const [z0 = 0, y0 = 0, x0 = 0] = start;
		const [z1 = 0, y1 = 0, x1 = 0] = stop;
		this.#scoreUpTo(z0);
		const scale = 1 / this.#options.most;
		const runs = runsOf(this.#x.cuts, x0, x1);
		let row = 0;
		for (let z = z0; z < z1; z++) {
			const layer = this.#layer(cellOf(this.#z.cuts, z));
			for (let y = y0; y < y1; y++, row += x1 - x0) {
				const first = cellOf(this.#y.cuts, y) * layer.columns;
				for (const { cell, from, to } of runs) addRun(layer, first + cell, values, row + from, row + to, scale);
			}
		}
	}

	/** The best regions, best first, once every voxel was added. */
	finish(): readonly Candidate[] {
		this.#scoreUpTo(Number.POSITIVE_INFINITY);
		this.#shorten();
		return this.#best;
	}

	#layer(n: number): CellLayer {
		const found = this.#layers.get(n);
		if (found !== undefined) return found;
		const [rows, columns] = [this.#y.cuts.length - 1, this.#x.cuts.length - 1];
		const made = createLayer(rows, columns, this.#options.quantile !== undefined);
		this.#layers.set(n, made);
		return made;
	}

	/** Scores the regions that end before z, and forgets cells that no later one has. */
	#scoreUpTo(z: number): void {
		const { starts, size, cuts } = this.#z;
		for (; this.#next < starts.length && (starts[this.#next] ?? 0) + size <= z; this.#next++) {
			const from = starts[this.#next] ?? 0;
			this.#scoreAt(from);
			const kept = starts[this.#next + 1] ?? Number.POSITIVE_INFINITY;
			for (const n of [...this.#layers.keys()]) if ((cuts[n + 1] ?? 0) <= kept) this.#layers.delete(n);
		}
	}

	#scoreAt(z: number): void {
		const cuts = this.#z.cuts;
		const layers: CellLayer[] = [];
		for (let n = cellOf(cuts, z); (cuts[n] ?? 0) < z + this.#z.size && n < cuts.length - 1; n++) {
			layers.push(this.#layer(n));
		}
		for (const y of this.#y.starts) {
			for (const x of this.#x.starts) {
				const start: Zyx = [z, y, x];
				if (this.#options.isTaken?.(start, this.size) !== true) this.#best.push(this.#candidate(layers, start));
			}
		}
		if (this.#best.length > 2 * this.#most) this.#shorten();
	}

	#candidate(layers: readonly CellLayer[], start: Zyx): Candidate {
		const { most, quantile } = this.#options;
		const voxels = this.#z.size * this.#y.size * this.#x.size;
		let sum = 0;
		this.#counts.fill(0);
		for (const layer of layers) {
			for (const cell of cellsOf(layer, this.#y, start[1], this.#x, start[2])) {
				sum += layer.sums[cell] ?? 0;
				for (let n = 0; n < this.#counts.length; n++) {
					this.#counts[n] = (this.#counts[n] ?? 0) + (layer.counts[cell * CLASSES + n] ?? 0);
				}
			}
		}
		const mean = (sum / voxels / STEPS) * most;
		const score = quantile === undefined ? mean : quantileOf(this.#counts, voxels, quantile) * most;
		return { start, score, mean };
	}

	#shorten(): void {
		this.#best = this.#best.sort(compareCandidates).slice(0, this.#most);
	}
}

function grids(shape: Zyx, size: Zyx, stride: Zyx): readonly [AxisGrid, AxisGrid, AxisGrid] {
	const along = (axis: 0 | 1 | 2) => axisGrid(shape[axis], size[axis], stride[axis]);
	return [along(0), along(1), along(2)];
}

function cellsIn({ cuts, size }: AxisGrid, start: number): number {
	return cellOf(cuts, start + size - 1) - cellOf(cuts, start) + 1;
}

/** The cells of a layer that the region from (y, x) on is made of. */
function* cellsOf({ columns }: CellLayer, y: AxisGrid, fromY: number, x: AxisGrid, fromX: number): Generator<number> {
	const [row, rows] = [cellOf(y.cuts, fromY), cellsIn(y, fromY)];
	const [column, wide] = [cellOf(x.cuts, fromX), cellsIn(x, fromX)];
	for (let r = row; r < row + rows; r++) for (let c = column; c < column + wide; c++) yield r * columns + c;
}

/** What of `from <= x < to` lies in each cell, counted from `from`. */
function runsOf(cuts: readonly number[], from: number, to: number) {
	const runs: { readonly cell: number; readonly from: number; readonly to: number }[] = [];
	for (let cell = cellOf(cuts, from), at = from; at < to; cell++) {
		const end = Math.min(to, cuts[cell + 1] ?? to);
		runs.push({ cell, from: at - from, to: end - from });
		at = end;
	}
	return runs;
}
