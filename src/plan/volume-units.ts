/**
 * How a volume is shared between workers: units of blocks that one worker does in one go.
 *
 * A unit is a box of blocks. Tiles that reach two units are run for both, so units are cut where that costs least: the cut is the
 * one by which the slowest worker ends first. Where several are as good, it is the one of more units, so that little is lost with a
 * worker and late ones find work.
 *
 * Pure, and a function of the volume and the number of workers alone: every worker finds the same units. Units change no voxel.
 *
 * @module
 */
import { type BlockRange, tileCounter, type VolumeFacts } from "./volume-plan.ts";
import type { BlockPlace } from "./volume-runs.ts";

/** A box of blocks: ranges of positions in the cuts along z, y and x. */
export type VolumeUnit = { readonly layers: BlockRange; readonly rows: BlockRange; readonly columns: BlockRange };

/** A cut costs no more than this beside the best one. */
const TOLERATED = 1.01;

/** More units for a worker than this help nobody. */
const MOST_A_WORKER = 16;

/** An axis cut into ranges: the tiles of all of them, and of the largest. */
type AxisCut = { readonly ranges: readonly BlockRange[]; readonly most: number };

/** An axis cut each way, and when the slowest worker ends, in tiles. */
type Cut = { readonly axes: readonly [AxisCut, AxisCut, AxisCut]; readonly ends: number; readonly count: number };

/** The units of a volume for so many workers (1 or more), in the order z, y, x. */
export function volumeUnits(facts: VolumeFacts, workers: number): readonly VolumeUnit[] {
	const all = [...cutsFor(facts, workers)];
	const least = all.reduce((found, { ends }) => Math.min(found, ends), Number.POSITIVE_INFINITY);
	const good = all.filter(({ ends }) => ends <= least * TOLERATED);
	const best = good.reduce((most, cut) => (cut.count > most.count ? cut : most));
	return [...boxesOf(best.axes)];
}

/** The ways to cut a volume; the first is not to cut it. */
function* cutsFor(facts: VolumeFacts, workers: number): Generator<Cut> {
	const most = MOST_A_WORKER * workers;
	const [layers, rows, columns] = [cutsOf(facts, 0, most), cutsOf(facts, 1, most), cutsOf(facts, 2, most)];
	for (const z of layers) {
		for (const y of rows) {
			for (const x of columns) {
				const count = z.ranges.length * y.ranges.length * x.ranges.length;
				if (count > 1 && count > most) continue;
				yield { axes: [z, y, x], ends: Math.ceil(count / workers) * z.most * y.most * x.most, count };
			}
		}
	}
}

function* boxesOf([z, y, x]: readonly [AxisCut, AxisCut, AxisCut]): Generator<VolumeUnit> {
	for (const layers of z.ranges) {
		for (const rows of y.ranges) for (const columns of x.ranges) yield { layers, rows, columns };
	}
}

/** Ways to cut an axis, coarsest first; where sections must stay whole, y and x are not cut. */
function cutsOf(facts: VolumeFacts, axis: 0 | 1 | 2, most: number): AxisCut[] {
	const count = facts.layout.cuts[axis].length - 1;
	const work = workAlong(facts, axis);
	const sizes = new Set<number>();
	for (let parts = 1; parts <= Math.min(count, most); parts++) sizes.add(Math.ceil(count / parts));
	const chosen = facts.wholePlanes && axis > 0 ? [count] : [...sizes];
	return chosen.map((size) => {
		const ranges = Array.from(
			{ length: Math.ceil(count / size) },
			(_, n) => [n * size, Math.min(count, (n + 1) * size)] as const,
		);
		return { ranges, most: ranges.reduce((most, range) => Math.max(most, work(range)), 1) };
	});
}

/** Tiles along an axis that reach a range; along z the sections that are predicted by themselves. */
function workAlong(facts: VolumeFacts, axis: 0 | 1 | 2): (range: BlockRange) => number {
	const [cuts] = facts.layout.cuts;
	if (axis === 0 && facts.sections > 1) return ([from, to]) => (cuts[to] ?? 0) - (cuts[from] ?? 0);
	return tileCounter(facts, axis);
}

/** The places of a unit's blocks, layer by layer. */
export function* placesOfUnit({ layers, rows, columns }: VolumeUnit): Generator<BlockPlace> {
	for (let z = layers[0]; z < layers[1]; z++) {
		for (let y = rows[0]; y < rows[1]; y++) for (let x = columns[0]; x < columns[1]; x++) yield [z, y, x];
	}
}
