/**
 * How a volume is predicted within a memory budget: columns of blocks, swept along z.
 *
 * A column is a rectangle of blocks in y and x. Along z nothing is computed twice: sums that a later tile reaches are
 * held. Across columns tiles are, so columns are as large as the budget allows. None of this changes results.
 *
 * Pure. Extents are z, y, x of the transposed image, or of the network's space where the model resamples.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { padToPatch } from "../tiling/padding.ts";
import { tileStarts } from "../tiling/steps.ts";
import type { VolumeLayout } from "./volume-layout.ts";

/** What the plan follows from. */
export type VolumeFacts = {
	readonly layout: VolumeLayout;
	/** Extents of what the network sees: of the cropped image at the model's spacing; of one section where sections are predicted by themselves. */
	readonly network: Zyx;
	/** Sections that are predicted by themselves. */
	readonly sections: number;
	/** Voxels of the network's space per voxel of the image. */
	readonly scale: readonly [number, number, number];
	/** Where the cropped image begins in the transposed image; its first voxel where it is left out. */
	readonly origin?: Zyx;
	readonly patch: Zyx;
	readonly step: number;
	readonly views: number;
	readonly channels: number;
	readonly heads: number;
	/** Bytes of a voxel of the input as it is held. */
	readonly sourceBytes: number;
	/** What is best read at once. */
	readonly chunks: Zyx;
	/** Bytes held for a voxel of the output until its block is written. */
	readonly outputBytes: number;
	/** Bytes held for a voxel of the block that is being written. */
	readonly writeBytes: number;
	/** Tiles in the network at a time. */
	readonly tilesHeld: number;
	/** True where objects of a section are cleaned: then a column is as wide as a section. */
	readonly wholePlanes: boolean;
};

/** A half-open range of blocks along an axis. */
export type BlockRange = readonly [number, number];

/** How the volume is swept. JSON-able. */
export type VolumePlan = {
	/** Ranges of blocks along y and x; columns are their pairs. */
	readonly rows: readonly BlockRange[];
	readonly columns: readonly BlockRange[];
	/** Sections that are read at once. */
	readonly slab: number;
	/** Tiles of the volume, and how many are run: the rest is run twice. */
	readonly tiles: number;
	readonly tilesRun: number;
	/** Bytes that the sweep holds at most, besides the network. */
	readonly bytes: number;
};

/** What a voxel of a tile costs beside one that is read: of small networks; others cost more. */
const TILE_COST = 20;

/** A plan, and what it costs in voxels that are read. */
type Priced = { readonly plan: VolumePlan; readonly cost: number };

/**
 * The plan of least work that fits `budget` bytes; where two are equal, the one that holds less.
 *
 * @throws CONFIG where not even the smallest columns fit
 */
export function planVolume(facts: VolumeFacts, budget: number): VolumePlan {
	let best: Priced | undefined;
	let least = Number.POSITIVE_INFINITY;
	for (const slab of slabChoices(facts)) {
		for (const priced of plansOf(facts, slab)) {
			least = Math.min(least, priced.plan.bytes);
			if (priced.plan.bytes <= budget && (best === undefined || isBetter(priced, best))) best = priced;
		}
	}
	if (best === undefined) throw tooSmall(least, budget);
	return best.plan;
}

function isBetter(a: Priced, b: Priced): boolean {
	return a.cost < b.cost || (a.cost === b.cost && a.plan.bytes < b.plan.bytes);
}

/** Every way to cut the volume into columns. */
function* plansOf(facts: VolumeFacts, slab: number): Generator<Priced> {
	const [, rowCount, columnCount] = blockCounts(facts.layout);
	const deep = startsAlong(facts, 0).length * facts.sections;
	const [high, wide] = [startsAlong(facts, 1).length, startsAlong(facts, 2).length];
	const columnChoices = groupings(columnCount, facts.wholePlanes).map(
		(columns) => [columns, tilesOver(facts, 2, columns), extentRead(facts, 2, columns)] as const,
	);
	for (const rows of groupings(rowCount, facts.wholePlanes)) {
		const across = tilesOver(facts, 1, rows);
		const rowsRead = extentRead(facts, 1, rows) * depthRead(facts, slab);
		for (const [columns, along, columnsRead] of columnChoices) {
			const bytes = bytesOfColumn(facts, rows, columns, slab);
			const tilesRun = deep * across * along;
			const cost = TILE_COST * tilesRun * facts.views * sizeOf(facts.patch) + rowsRead * columnsRead;
			yield { plan: { rows, columns, slab, tiles: deep * high * wide, tilesRun, bytes }, cost };
		}
	}
}

/** Sections that a sweep over all of the depth unpacks: slabs thinner than a chunk unpack it several times. */
function depthRead({ network, sections, chunks }: VolumeFacts, slab: number): number {
	const depth = network[0] * sections;
	return Math.ceil(depth / slab) * Math.max(slab, Math.min(chunks[0], depth));
}

/** Voxels along `axis` that the windows over `ranges` hold, all together. */
function extentRead(facts: VolumeFacts, axis: 1 | 2, ranges: readonly BlockRange[]): number {
	return ranges.reduce((sum, range) => {
		const [from, to] = reachOf(facts, axis, range);
		return sum + Math.max(0, to - from);
	}, 0);
}

function tooSmall(bytes: number, budget: number): NnvolError {
	const mib = (value: number) => `${Math.ceil(value / 2 ** 20)} MiB`;
	return new NnvolError(
		"CONFIG",
		`the memory budget leaves ${mib(Math.max(0, budget))} for the volume, and the smallest parts of it take ${mib(bytes)}; raise --memory (system.memory) by ${mib(bytes - budget)}, or choose smaller output chunks`,
		{ fields: { bytes, budget } },
	);
}

/** Slabs of a chunk's depth, and thinner ones. */
function slabChoices({ chunks, network, sections }: VolumeFacts): number[] {
	const choices: number[] = [];
	const depth = Math.max(1, network[0] * sections);
	for (let slab = Math.min(chunks[0], depth); slab >= 1; slab = Math.floor(slab / 2)) choices.push(slab);
	return choices;
}

/** `count` blocks cut into equal ranges, coarsest first; each number of ranges that makes a difference once. */
function groupings(count: number, whole: boolean): (readonly BlockRange[])[] {
	if (whole) return [[[0, count]]];
	const sizes = new Set<number>();
	for (let parts = 1; parts <= count; parts++) sizes.add(Math.ceil(count / parts));
	return [...sizes].map((size) =>
		Array.from({ length: Math.ceil(count / size) }, (_, n) => [n * size, Math.min(count, (n + 1) * size)] as const),
	);
}

/** Layers of blocks at a time: two are written, one fills. */
const LAYERS_HELD = 3;

/** Blocks that are packed: two of each layer that is written, and one that is handed over. */
const BLOCKS_WRITTEN = 5;

/** Bytes that a sweep over the largest column holds. */
export function bytesOfColumn(
	facts: VolumeFacts,
	rows: readonly BlockRange[],
	columns: readonly BlockRange[],
	slab: number,
): number {
	const { patch, network, channels, heads, layout } = facts;
	const [height, width] = [largest(facts, 1, rows), largest(facts, 2, columns)];
	const [netHeight, netWidth] = [networkExtent(facts, 1, height), networkExtent(facts, 2, width)];
	const windowArea = Math.min(network[1], netHeight + 2 * patch[1]) * Math.min(network[2], netWidth + 2 * patch[2]);
	const planesHeld = Math.min(network[0] * facts.sections, patch[0] + 3 * slab);
	const window = channels * facts.sourceBytes * windowArea * planesHeld;
	const sums = (heads + 1) * 4 * netHeight * netWidth * (Math.min(network[0], patch[0]) + 2);
	const resampled = facts.scale.every((value) => value === 1) ? 0 : heads * 4 * netHeight * netWidth * 2 + 16 * 2 ** 20;
	const depth = longest(layout.cuts[0]);
	const layers = LAYERS_HELD * facts.outputBytes * height * width * depth;
	const written = BLOCKS_WRITTEN * facts.writeBytes * sizeOf(layout.grid.block);
	return window + sums + resampled + layers + written + bytesOfTiles(facts);
}

/** Tiles on their way: cut, in the network, combined. */
function bytesOfTiles({ patch, channels, heads, tilesHeld }: VolumeFacts): number {
	return 4 * sizeOf(patch) * (channels + heads) * (tilesHeld + 1);
}

function blockCounts({ cuts }: VolumeLayout): Zyx {
	return zyx(cuts.map((along) => along.length - 1));
}

function longest(cuts: readonly number[]): number {
	return cuts.slice(1).reduce((most, at, n) => Math.max(most, at - (cuts[n] ?? 0)), 1);
}

/** Voxels of the image along `axis` of the largest of `ranges`. */
function largest({ layout }: VolumeFacts, axis: 1 | 2, ranges: readonly BlockRange[]): number {
	const cuts = layout.cuts[axis];
	return ranges.reduce((most, [from, to]) => Math.max(most, (cuts[to] ?? 0) - (cuts[from] ?? 0)), 1);
}

/** Extent in the network's space of so many voxels of the image, with those that resampling needs besides. */
function networkExtent({ scale, network }: VolumeFacts, axis: 1 | 2, voxels: number): number {
	const factor = scale[axis];
	return Math.min(network[axis], factor === 1 ? voxels : Math.ceil(voxels * factor) + 3);
}

function startsAlong({ network, patch, step }: VolumeFacts, axis: number): number[] {
	const extent = padToPatch(network, patch).shape[axis] ?? 1;
	const tile = patch[axis] ?? 1;
	return tileStarts(extent, tile, tile === 1 ? 1 : step);
}

/** Tiles along `axis` that are run for all `ranges` together. */
function tilesOver(facts: VolumeFacts, axis: 1 | 2, ranges: readonly BlockRange[]): number {
	return ranges.reduce((count, range) => count + tilesAlong(facts, axis, range).length, 0);
}

/**
 * Starts (in the padded network's space) of the tiles that reach the blocks of `range` along an axis; along z, where
 * sections are predicted by themselves, those of one section.
 */
export function tilesAlong(facts: VolumeFacts, axis: 0 | 1 | 2, range: BlockRange): readonly number[] {
	const starts = startsAlong(facts, axis);
	return starts.slice(...tileSpans(starts, facts, axis)(range));
}

/** As `tilesAlong`, for many ranges of one axis: from which of the starts on, and before which. */
function tileSpans(starts: readonly number[], facts: VolumeFacts, axis: 0 | 1 | 2) {
	const before = tilesBefore(facts, axis);
	const tile = facts.patch[axis];
	return (range: BlockRange): readonly [number, number] => {
		if (axis === 0 && facts.sections > 1) return [0, starts.length];
		const [low, high] = needsAlong(facts, axis, range);
		if (low >= high) return [0, 0];
		// starts rise, so that those which reach the range follow each other
		return [firstFrom(starts, low + before - tile + 1), firstFrom(starts, high + before)];
	};
}

/** How many tiles along an axis reach ranges of blocks: `tilesAlong(facts, axis, range).length`, for many of them. */
export function tileCounter(facts: VolumeFacts, axis: 0 | 1 | 2): (range: BlockRange) => number {
	const spanOf = tileSpans(startsAlong(facts, axis), facts, axis);
	return (range) => {
		const [from, to] = spanOf(range);
		return to - from;
	};
}

/** Position of the first of rising `values` that is `least` or more; their number where none is. */
export function firstFrom(values: readonly number[], least: number): number {
	let [low, high] = [0, values.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((values[middle] ?? 0) < least) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** Voxels of the network's space that the blocks of `range` are made of: half-open, empty where they were cropped away. */
export function needsAlong(facts: VolumeFacts, axis: 0 | 1 | 2, range: BlockRange): readonly [number, number] {
	const { layout, scale, network, origin = [0, 0, 0] } = facts;
	const cuts = layout.cuts[axis];
	const factor = scale[axis];
	const from = (cuts[range[0]] ?? 0) - origin[axis];
	const to = (cuts[range[1]] ?? 0) - origin[axis];
	if (factor === 1) return [Math.max(0, from), Math.min(network[axis], to)];
	if (to <= 0 || from * factor >= network[axis]) return [0, 0];
	// linear resampling mixes the voxels on both sides of a centre
	const low = Math.floor((from + 0.5) * factor - 0.5);
	const high = Math.ceil((to - 0.5) * factor - 0.5) + 1;
	return [Math.max(0, low), Math.min(network[axis], high)];
}

/** Voxels along an axis, without padding, that the tiles over `range` see: half-open. */
export function reachOf(facts: VolumeFacts, axis: 0 | 1 | 2, range: BlockRange): readonly [number, number] {
	const starts = tilesAlong(facts, axis, range);
	const [first] = starts;
	const last = starts.at(-1);
	if (first === undefined || last === undefined) return [0, 0];
	const before = tilesBefore(facts, axis);
	return [Math.max(0, first - before), Math.min(facts.network[axis], last + facts.patch[axis] - before)];
}

/** Padding before an axis: tile starts count from there. */
export function tilesBefore({ network, patch }: VolumeFacts, axis: 0 | 1 | 2): number {
	return padToPatch(network, patch).before[axis] ?? 0;
}
