/**
 * Statistics of the planes of a volume that comes in bricks, in any order.
 *
 * Law: merged in order of z they are the bits of `statisticsOf` on the whole, wherever the volume was cut between planes.
 *
 * Cells that come before their turn are kept as figures; those in order are merged at once. Where bricks come in order of z, then y,
 * then x, no more are kept than a row of bricks has cells (one for 65536 voxels), besides the figures of each plane.
 *
 * @module
 */
import type { Zyx } from "../core/shape.ts";
import {
	CELL,
	cellOf,
	type MaskedVoxels,
	mergeStatistics,
	NO_STATISTICS,
	requireLengths,
	type Statistics,
} from "./statistics.ts";

/** Statistics on their way. */
export type PlaneCollector = {
	/**
	 * Takes the brick whose first voxel is `start` (z, y, x). Along y and x it begins at a multiple of `CELL` and ends at one, or
	 * with the volume. Every voxel once.
	 * @throws RangeError where it does not lie on the grid, or lengths differ
	 */
	readonly push: (start: Zyx, brick: MaskedVoxels) => void;
	/** Figures of each plane, in order of z. @throws RangeError where voxels are missing */
	readonly finish: () => readonly Statistics[];
};

/** A plane on its way: figures of its first `next` cells, and of later ones that came before their turn. */
type Plane = { total: Statistics; next: number; readonly early: Map<number, Statistics> };

/** Figures of the volume whose planes, in order of z, have these. */
export function mergePlanes(planes: Iterable<Statistics>): Statistics {
	let total = NO_STATISTICS;
	for (const plane of planes) total = mergeStatistics(total, plane);
	return total;
}

/** A collector for a volume of the extents `shape` (z, y, x). */
export function collectPlanes(shape: Zyx): PlaneCollector {
	const columns = Math.ceil(shape[2] / CELL);
	const cells = Math.ceil(shape[1] / CELL) * columns;
	const planes = new Map<number, Plane>();
	const whole: Statistics[] = [];

	const pushPlane = (start: Zyx, brick: MaskedVoxels, z: number) => {
		const at = start[0] + z;
		const plane = planes.get(at) ?? { total: NO_STATISTICS, next: 0, early: new Map() };
		planes.set(at, plane);
		const [top, left] = [start[1] / CELL, start[2] / CELL];
		for (let row = 0; row < Math.ceil(brick.size[1] / CELL); row++) {
			for (let column = 0; column < Math.ceil(brick.size[2] / CELL); column++) {
				addCell(plane, (top + row) * columns + left + column, cellOf(brick, z, row, column));
			}
		}
	};

	return {
		push(start, brick) {
			requireLengths(brick);
			requireOnGrid(start, brick.size, shape);
			for (let z = 0; z < brick.size[0]; z++) pushPlane(start, brick, z);
			for (let plane = planes.get(whole.length); plane?.next === cells; plane = planes.get(whole.length)) {
				planes.delete(whole.length);
				whole.push(plane.total);
			}
		},
		finish() {
			if (whole.length === shape[0] || cells === 0) return whole;
			throw new RangeError(`statistics: of ${shape[0]} planes, ${whole.length} came whole`);
		},
	};
}

/** Merges a cell, and those that waited for it. */
function addCell(plane: Plane, cell: number, figures: Statistics): void {
	plane.early.set(cell, figures);
	for (let next = plane.early.get(plane.next); next !== undefined; next = plane.early.get(plane.next)) {
		plane.total = mergeStatistics(plane.total, next);
		plane.early.delete(plane.next++);
	}
}

function requireOnGrid(start: Zyx, size: Zyx, shape: Zyx): void {
	const isOnGrid = [1, 2].every((axis) => {
		const stop = (start[axis] ?? 0) + (size[axis] ?? 0);
		return (start[axis] ?? 0) % CELL === 0 && (stop % CELL === 0 || stop === shape[axis]);
	});
	const isInside = start.every((at, axis) => at >= 0 && at + (size[axis] ?? 0) <= (shape[axis] ?? 0));
	if (isOnGrid && isInside) return;
	throw new RangeError(
		`statistics: a brick of ${size.join("x")} at [${start.join(", ")}] of ${shape.join("x")} does not lie on the grid of ${CELL} rows and columns`,
	);
}
