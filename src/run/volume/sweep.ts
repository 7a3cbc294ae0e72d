/**
 * One sweep: the tiles that reach a run's blocks, in global order, blended, brought back to the image, laid into layers.
 *
 * Law 1: tiles are those of the whole volume. A sweep takes the ones that touch what it needs, in their global order, so
 * that every voxel gets the same sums as in a sweep over everything.
 *
 * @module
 */
import { type Box, boxShape, intersect, isEmpty, shift } from "../../core/box.ts";
import { type Zyx, zyx } from "../../core/shape.ts";
import { makeRegionResampler, type RegionResampler } from "../../export/resample-region.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { disagreementsOf } from "../../plan/products.ts";
import type { Settings } from "../../plan/settings.ts";
import type { VolumeLayout } from "../../plan/volume-layout.ts";
import { type ColumnRun, isDense, runBox } from "../../plan/volume-runs.ts";
import type { ChannelScale } from "../../preprocess/scale.ts";
import { padToPatch } from "../../tiling/padding.ts";
import { type PlaneSpec, PlaneSums } from "../../tiling/plane-sums.ts";
import { SectionSums } from "../../tiling/section-sums.ts";
import { type Tile, type TileGrid, tileBox, tileGrid, tilesTouching } from "../../tiling/tiles.ts";
import type { Network } from "../network.ts";
import { spatialPatch } from "../predict.ts";
import type { SpreadSpec } from "../spread.ts";
import type { CutItem, TileCutter } from "../tile-cutter.ts";
import { runTiles, type TileJob } from "../tile-pipeline.ts";
import type { CutSource, WindowTiles } from "./cut-source.ts";
import type { Layers } from "./layers.ts";
import type { WindowView } from "./window-cutter.ts";

/** What is predicted by itself: the cropped image, or a section of it. */
export type VolumePart = {
	/** Where it lies in the transposed image. */
	readonly crop: Box;
	/** Extents at the model's spacing. */
	readonly network: Zyx;
	readonly spacing: { readonly image: Zyx; readonly network: Zyx };
	/** Where its first voxel lies in the source. */
	readonly offset: Zyx;
	/** One a channel. */
	readonly scales: readonly ChannelScale[];
};

/** What every sweep of a volume works with. */
export type SweepContext = {
	readonly spec: ModelSpec;
	readonly settings: Settings;
	readonly network: Network;
	readonly layout: VolumeLayout;
	/** What tiles are cut from: the transposed image, or what was resampled of it. */
	readonly source: CutSource;
	/** Of the patch's shape. */
	readonly weights: Float32Array;
	/** The parts that sections `from <= z < to` of the transposed image belong to. */
	readonly parts: (from: number, to: number) => Iterable<VolumePart>;
	/** Sections read at once. */
	readonly slab: number;
	readonly signal?: AbortSignal;
	readonly batchSize: number;
	readonly onTile?: () => void;
	/** Wraps what is done with finished planes, for timing. */
	readonly onExport?: (work: () => void) => void;
};

/** Sweeps over a run; its rows go to `layers`. @throws RUNTIME, VOLUME, CANCELLED; then the layers are to be abandoned */
export async function sweep(context: SweepContext, run: ColumnRun, layers: Layers): Promise<void> {
	const sweeper = new Sweeper(context, run, layers);
	try {
		const { signal } = context;
		await runTiles(context.network, sweeper.jobs(), sweeper, context.settings, {
			batchSize: context.batchSize,
			...spreadOf(context),
			pause: () => layers.pause(),
			...(signal === undefined ? {} : { signal }),
		});
	} finally {
		await sweeper.close();
	}
}

/** Channels that are blended: the network's, and those of disagreement behind them. */
function channelsOf({ network, settings }: SweepContext): number {
	return network.heads + disagreementsOf(settings).length;
}

function spreadOf({ spec, settings }: SweepContext): { readonly spread?: SpreadSpec } {
	const measures = disagreementsOf(settings);
	return measures.length === 0 ? {} : { spread: { measures, exclusive: spec.labels.kind === "labels" } };
}

/** Where values of tiles are added up. */
type TileSums = {
	/** The part of the network's space that has to be covered. */
	readonly needs: Box;
	add(values: Float32Array, start: readonly number[]): void;
	finish(): void;
};

class Sweeper implements TileCutter<WindowView> {
	readonly #context: SweepContext;
	readonly #run: ColumnRun;
	readonly #layers: Layers;
	readonly #box: Box;
	readonly #patch: Zyx;
	#window: WindowTiles | undefined;

	constructor(context: SweepContext, run: ColumnRun, layers: Layers) {
		this.#context = context;
		this.#run = run;
		this.#layers = layers;
		this.#box = runBox(context.layout, run);
		this.#patch = zyx(spatialPatch(context.settings.patch));
	}

	/** One job a part, made when its turn comes. */
	*jobs(): Generator<TileJob<WindowView>> {
		const [from = 0] = this.#box.start;
		const [to = 0] = this.#box.stop;
		for (const part of this.#context.parts(from, to)) {
			const box = shift(
				intersect(this.#box, part.crop),
				part.crop.start.map((first) => -first),
			);
			if (!isEmpty(box)) yield this.#job(part, box);
		}
	}

	cut(items: readonly CutItem<WindowView>[], buffer?: Float32Array<ArrayBuffer>): Promise<Float32Array<ArrayBuffer>> {
		if (this.#window === undefined) throw new RangeError("a sweep cuts tiles of jobs that it gave");
		return this.#window.cut(items, buffer);
	}

	async close(): Promise<void> {
		await this.#window?.close();
	}

	/** The tiles of a part that reach `box`, which counts in its crop. */
	#job(part: VolumePart, box: Box): TileJob<WindowView> {
		const { weights, onTile } = this.#context;
		const { before, shape } = padToPatch(part.network, this.#patch);
		const grid = tileGrid(shape, this.#patch, this.#context.settings.step);
		const sparse = !isDense(this.#run);
		const sums = this.#sums(part, box, {
			channels: channelsOf(this.#context),
			shape: part.network,
			before,
			grid,
			weights,
			sparse,
		});
		const needs = shift(sums.needs, before);
		const { offset, scales, network: extents } = part;
		const networkPatch = this.#context.settings.patch;
		this.#window ??= this.#windowOver(part, grid, needs, before);
		return {
			view: { offset, shape: extents, before, patch: this.#patch, networkPatch, scales },
			channels: scales.length,
			tiles: sparse ? this.#wantedTiles(part, grid, needs, before) : tilesTouching(grid, needs),
			add: ({ start }, values) => {
				sums.add(values, start);
				onTile?.();
			},
			end: sums.finish,
		};
	}

	/** What becomes of tiles: section by section where nothing has to wait for a later one, else plane by plane. */
	#sums(part: VolumePart, box: Box, spec: PlaneSpec): TileSums {
		const { onExport = (work) => work() } = this.#context;
		const back = this.#wayBack(part, box, (plane) => planes.free(plane));
		const { needs, resampler } = back;
		if (back.isSame && spec.grid.patch[0] === 1 && spec.sparse !== true) {
			const [cropZ = 0, cropY = 0, cropX = 0] = part.crop.start;
			const sections = new SectionSums({ ...spec, box: needs }, (piece) => {
				const { z, y, x } = piece;
				onExport(() => this.#layers.place({ ...piece, z: cropZ + z, y: cropY + y, x: cropX + x }));
			});
			return { needs, add: (values, start) => sections.add(values, start), finish: () => sections.finish() };
		}
		const planes = new PlaneSums({ ...spec, box: needs }, (_, plane) => onExport(() => resampler.push(plane)));
		return {
			needs,
			add: (values, start) => planes.add(values, start),
			finish: () => {
				planes.finish();
				onExport(() => resampler.finish());
			},
		};
	}

	#wayBack(part: VolumePart, box: Box, onFree: (plane: Float32Array<ArrayBuffer>) => void): RegionResampler {
		const { spec } = this.#context;
		const [cropZ = 0, cropY = 0, cropX = 0] = part.crop.start;
		const [, , x = 0] = box.start;
		const [, , width = 0] = boxShape(box);
		return makeRegionResampler({
			heads: channelsOf(this.#context),
			fromShape: part.network,
			toShape: zyx(boxShape(part.crop)),
			fromSpacing: part.spacing.network,
			toSpacing: part.spacing.image,
			how: spec.resampling.probabilities,
			box,
			onBand: ({ z, y, rows, values }) =>
				this.#layers.place({ z: cropZ + z, y: cropY + y, x: cropX + x, rows, width, values }),
			onFree,
		});
	}

	/** The window of the sweep: sections that are predicted by themselves share it. */
	#windowOver(part: VolumePart, grid: TileGrid, needs: Box, before: readonly number[]): WindowTiles {
		const { source, slab } = this.#context;
		const isSectionwise = part.crop.stop[0] === (part.crop.start[0] ?? 0) + 1 && this.#context.settings.sectionwise;
		const area = isSectionwise ? this.#areaOfSections() : this.#areaOfTiles(part, grid, needs, before);
		return source.window(area, slab);
	}

	/** What tiles over `needs` see of the source. */
	#areaOfTiles({ offset, network }: VolumePart, grid: TileGrid, needs: Box, before: readonly number[]): Box {
		const reach = [0, 1, 2].map((axis): readonly [number, number] => {
			const patch = grid.patch[axis] ?? 1;
			const [low = 0, high = 0] = [needs.start[axis], needs.stop[axis]];
			const starts = (grid.starts[axis] ?? []).filter((start) => start < high && start + patch > low);
			const first = (starts[0] ?? 0) - (before[axis] ?? 0);
			const last = (starts.at(-1) ?? 0) + patch - (before[axis] ?? 0);
			return [Math.max(0, first), Math.min(network[axis] ?? 1, last)];
		});
		return shift({ start: reach.map(([from]) => from), stop: reach.map(([, to]) => to) }, offset);
	}

	/** Each section has a crop of its own: tiles end within a patch around the run, and within the image. */
	#areaOfSections(): Box {
		const { shape } = this.#context.source;
		return {
			start: this.#box.start.map((first, axis) => (axis === 0 ? first : Math.max(0, first - (this.#patch[axis] ?? 1)))),
			stop: this.#box.stop.map((end, axis) =>
				axis === 0 ? end : Math.min(shape[axis] ?? 1, end + (this.#patch[axis] ?? 1)),
			),
		};
	}

	/** Tiles that reach a block that is wanted; what the others would give is not looked at. */
	*#wantedTiles(part: VolumePart, grid: TileGrid, needs: Box, before: readonly number[]): Generator<Tile> {
		const wanted = new Set(this.#run.wanted.map((place) => place.join()));
		for (const tile of tilesTouching(grid, needs)) {
			const box = shift(
				tileBox(grid, tile),
				before.map((padding) => -padding),
			);
			if (this.#reaches(part, box, wanted)) yield tile;
		}
	}

	/** True where `box` of the network's space reaches a wanted block, with the voxels that resampling mixes. */
	#reaches({ crop, network }: VolumePart, box: Box, wanted: ReadonlySet<string>): boolean {
		const { cuts } = this.#context.layout;
		const ranges = [0, 1, 2].map((axis) => {
			const extent = (crop.stop[axis] ?? 0) - (crop.start[axis] ?? 0);
			const factor = extent / (network[axis] ?? 1);
			const margin = factor === 1 ? 0 : Math.ceil(2 * Math.max(1, factor));
			const low = (crop.start[axis] ?? 0) + Math.floor((box.start[axis] ?? 0) * factor) - margin;
			const high = (crop.start[axis] ?? 0) + Math.ceil((box.stop[axis] ?? 0) * factor) + margin;
			return positionsBetween(cuts[axis] ?? [], low, high);
		});
		const [layers = [], rows = [], columns = []] = ranges;
		return layers.some((z) => rows.some((y) => columns.some((x) => wanted.has(`${z},${y},${x}`))));
	}
}

/** Positions of blocks that share a voxel with `low <= v < high`. */
function positionsBetween(cuts: readonly number[], low: number, high: number): number[] {
	const found: number[] = [];
	for (let n = 0; n + 1 < cuts.length; n++) {
		if ((cuts[n] ?? 0) < high && (cuts[n + 1] ?? 0) > low) found.push(n);
	}
	return found;
}
