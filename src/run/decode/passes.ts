/**
 * The passes over a volume that make its objects: pieces of blocks, seams between blocks, the merge, the writing.
 *
 * Each pass leaves a record a block, after the block's data, so that a pass that broke off goes on with the blocks that are
 * missing. The merge is done again: it reads records only.
 *
 * @module
 */
import { join } from "node:path";
import { bytesText } from "../../core/bytes.ts";
import { NnvolError } from "../../core/errors.ts";
import type { Phase } from "../../core/events.ts";
import type { Zyx } from "../../core/shape.ts";
import { blocksWith, readColumns } from "../../decode/volume/block-files.ts";
import type { BlockTask, LabelTask, Neighbourhood, OutputPlace } from "../../decode/volume/block-task.ts";
import { openRegions } from "../../decode/volume/block-worker.ts";
import type { MaskSpec } from "../../decode/volume/mask-spec.ts";
import { BYTES_PER_PIECE, MOST_PIECES, type Objects, PieceMerger } from "../../decode/volume/merge.ts";
import type { ObjectFilter } from "../../decode/volume/object-choice.ts";
import { addRegions, BYTES_PER_OBJECT, hideSeams, regionsIn, tableOf } from "../../decode/volume/object-columns.ts";
import { piecesIn } from "../../decode/volume/pieces.ts";
import { seamsIn } from "../../decode/volume/seam-columns.ts";
import { stageAt } from "../../decode/volume/stage-spec.ts";
import type { RegionTable } from "../../image/region-table.ts";
import { type BlockGrid, blockCount } from "../../tiling/blocks.ts";
import type { BlockPool } from "./block-pool.ts";

/** Takes how far a pass is: blocks that are done, of all. */
export type OnBlock = (pass: Phase, done: number, total: number) => void;

/** Where passes are made. */
export type PassPlace = {
	/** Folder of stages and records. */
	readonly folder: string;
	readonly grid: BlockGrid;
	/** What blocks are multiples of. */
	readonly unit: Zyx;
	readonly pool: BlockPool;
	/** Bytes that tables may take. */
	readonly memory: number;
	/** Blocks of this pass that are done, of all. */
	readonly onBlock: OnBlock;
	readonly signal?: AbortSignal;
};

/** What objects are made of. */
export type ObjectWish = Neighbourhood & {
	/** Names stage and records. */
	readonly name: string;
	readonly maskOf: (block: number) => MaskSpec;
	readonly byValue: boolean;
	readonly filters: readonly ObjectFilter[];
	readonly stats?: LabelTask["stats"];
};

/** The objects of a pass and where their pieces lie. */
export type FoundObjects = {
	readonly name: string;
	readonly stage: OutputPlace;
	readonly records: string;
	/** Pieces before those of each block. */
	readonly starts: Float64Array;
	/** Pieces of each block. */
	readonly counts: Uint32Array;
	readonly objects: Objects;
};

/** Passes over one volume. */
export class Passes {
	readonly #place: PassPlace;

	constructor(place: PassPlace) {
		this.#place = place;
	}

	/** Finds objects. @throws RUN where there are more pieces than memory holds; VOLUME, CANCELLED */
	async find(wish: ObjectWish): Promise<FoundObjects> {
		const { folder, grid, unit } = this.#place;
		const stage = stageAt(join(folder, `${wish.name}.zarr`), shapeOf(grid), unit);
		const records = join(folder, wish.name);
		await (await openRegions(stage.path, stage.format, stage.spec)).close();
		const { connectivity, flat, byValue, stats } = wish;
		await this.#each("pieces", "labelling", records, (block) => ({
			kind: "label",
			block,
			grid,
			mask: wish.maskOf(block),
			stage,
			records,
			connectivity,
			flat,
			...(stats === undefined ? {} : { stats }),
		}));
		await this.#each("seams", "joining", records, (block) => ({
			kind: "seam",
			block,
			grid,
			records,
			byValue,
			connectivity,
			flat,
		}));
		return { name: wish.name, stage, records, ...(await this.#merge(records, wish.filters)) };
	}

	/** Writes blocks to an output that is there: each label of a block becomes what `mapOf` says. */
	async write(
		found: FoundObjects,
		output: OutputPlace,
		mapOf: (block: number) => Uint32Array<ArrayBuffer>,
	): Promise<void> {
		const { folder, grid } = this.#place;
		const records = join(folder, "output");
		await this.#each("written", "writing", records, (block) => ({
			kind: "write",
			block,
			grid,
			stage: found.stage.path,
			map: mapOf(block),
			output,
			records,
		}));
	}

	/** The statistics of the objects. @throws RUN where they do not fit the memory */
	async tableOf({ objects, records, starts }: FoundObjects): Promise<RegionTable> {
		this.#requireRoom(objects.count * BYTES_PER_OBJECT, `the table of ${objects.count} objects`);
		const table = tableOf(objects.count);
		for (let block = 0; block < starts.length; block++) {
			const idOf = (label: number) => objects.ids[(starts[block] ?? 0) + label] ?? 0;
			addRegions(table, regionsIn(await readColumns(records, "objects", block)), idOf);
			hideSeams(table, seamsIn(await readColumns(records, "seams", block)), idOf);
		}
		return table;
	}

	async #each(
		kind: "pieces" | "seams" | "written",
		pass: Phase,
		records: string,
		taskOf: (block: number) => BlockTask,
	): Promise<void> {
		const { grid, pool, onBlock, signal } = this.#place;
		const total = blockCount(grid);
		const known = await blocksWith(records, kind);
		let done = known.size;
		onBlock(pass, done, total);
		function* tasks(): Generator<BlockTask> {
			for (let block = 0; block < total; block++) if (!known.has(block)) yield taskOf(block);
		}
		await pool.run(tasks(), () => onBlock(pass, ++done, total), signal);
	}

	async #merge(
		records: string,
		filters: readonly ObjectFilter[],
	): Promise<Pick<FoundObjects, "starts" | "counts" | "objects">> {
		const blocks = blockCount(this.#place.grid);
		const starts = new Float64Array(blocks);
		const counts = new Uint32Array(blocks);
		let total = 0;
		for (let block = 0; block < blocks; block++) {
			starts[block] = total;
			counts[block] = piecesIn(await readColumns(records, "pieces", block)).count;
			total += counts[block] ?? 0;
		}
		this.#requireRoom(total * BYTES_PER_PIECE, `${total} pieces of objects`, total);
		const merger = new PieceMerger(total);
		for (let block = 0; block < blocks; block++) {
			merger.add(starts[block] ?? 0, piecesIn(await readColumns(records, "pieces", block)));
		}
		for (let block = 0; block < blocks; block++) {
			for (const { neighbour, pairs } of seamsIn(await readColumns(records, "seams", block))) {
				const [own, other] = [starts[block] ?? 0, starts[neighbour] ?? 0];
				for (const [n, here] of pairs.here.entries()) merger.join(own + here, other + (pairs.there[n] ?? 0));
			}
		}
		return { starts, counts, objects: merger.finish(filters) };
	}

	#requireRoom(bytes: number, what: string, pieces = 0): void {
		const { memory } = this.#place;
		if (bytes <= memory && pieces <= MOST_PIECES) return;
		throw new NnvolError(
			"RUN",
			`${what} take ${bytesText(bytes)} of memory, of which ${bytesText(memory)} are there; raise --memory, or make the mask less noisy (a higher threshold, closing, a median)`,
			{ fields: { bytes, memory } },
		);
	}
}

/** What each label of a block becomes: the object's id, or with `value` that for all objects. Entry 0 is `background`. */
export function mapOfBlock(
	{ starts, counts, objects }: FoundObjects,
	block: number,
	value?: number,
	background = 0,
): Uint32Array<ArrayBuffer> {
	const start = starts[block] ?? 0;
	const map = objects.ids.slice(start, start + (counts[block] ?? 0) + 1);
	if (value !== undefined) for (let n = 1; n < map.length; n++) map[n] = map[n] === 0 ? 0 : value;
	map[0] = background;
	return map;
}

function shapeOf({ shape }: BlockGrid): Zyx {
	return [shape[0] ?? 1, shape[1] ?? 1, shape[2] ?? 1];
}
