/**
 * The passes over a volume that make its objects: pieces of blocks, seams between blocks, the merge, the writing.
 *
 * Each pass leaves a record a block, after the block's data, so that a pass that broke off goes on with the blocks that are
 * missing. The merge is done again: it reads records only.
 *
 * @module
 */
import { basename, join } from "node:path";
import { bytesText } from "../../core/bytes.ts";
import { NnvolError } from "../../core/errors.ts";
import type { Phase } from "../../core/events.ts";
import { type Zyx, zyx } from "../../core/shape.ts";
import { blocksWith, type FileKind, hasColumns, readColumns } from "../../decode/volume/block-files.ts";
import type { BlockTask, Neighbourhood, OutputPlace, StatsWish } from "../../decode/volume/block-task.ts";
import { isByValue, type MaskSpec } from "../../decode/volume/mask-spec.ts";
import { BYTES_PER_PIECE, MOST_PIECES, PieceMerger } from "../../decode/volume/merge.ts";
import type { ObjectFilter } from "../../decode/volume/object-choice.ts";
import { openRegions } from "../../decode/volume/open-volumes.ts";
import { piecesIn } from "../../decode/volume/pieces.ts";
import { requireRun } from "../../decode/volume/run-mark.ts";
import { seamsIn } from "../../decode/volume/seam-columns.ts";
import { channelStageAt, stageAt } from "../../decode/volume/stage-spec.ts";
import { type BlockGrid, blockCount } from "../../tiling/blocks.ts";
import type { Claims } from "../claims/claims.ts";
import type { BlockPool } from "./block-pool.ts";
import type { FoundObjects } from "./found-objects.ts";
import { sharePass } from "./shared-pass.ts";

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
	/** Where several processes share the blocks. */
	readonly claims?: Claims;
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
	readonly filters: readonly ObjectFilter[];
	readonly stats?: StatsWish;
};

/** The tasks by which the pieces of a block are found and joined. */
export type PieceTasks = {
	readonly label: (block: number) => BlockTask;
	readonly seam: (block: number) => BlockTask;
};

/** What is written. */
export type WriteWish = {
	/** Names the records. */
	readonly name: string;
	/** Zarrs of labels: where the first has 0 the next one counts. */
	readonly stages: readonly string[];
	readonly output: OutputPlace;
	/** What each label of a block becomes. */
	readonly mapOf: (block: number) => Uint32Array;
	/** The channel of an output with axes czyx that is written. */
	readonly channel?: number;
	/** What is written in place of all that is not 0. */
	readonly value?: number;
	readonly stats?: StatsWish;
};

/** Spans that the blocks of a pass are claimed by: few where a block is but a small table. */
const SPANS = 256;
const SPANS_OF_TABLES = 32;

/** One pass. */
export type Each = {
	/** What is recorded of a block that is done. */
	readonly kind: FileKind;
	readonly pass: Phase;
	readonly records: string;
	readonly blocks: readonly number[];
	readonly taskOf: (block: number) => BlockTask;
	/** Most blocks at once, where the threads are more. */
	readonly atOnce?: number | undefined;
};

/** Passes over one volume. */
export class Passes {
	readonly #place: PassPlace;
	/** Numbers of all blocks. */
	readonly #blocks: readonly number[];
	/** Bytes of tables that are needed later. */
	#held = 0;

	constructor(place: PassPlace) {
		this.#place = place;
		this.#blocks = Array.from({ length: blockCount(place.grid) }, (_, block) => block);
	}

	/** Where they are made. */
	get place(): PassPlace {
		return this.#place;
	}

	/** Numbers of all blocks. */
	get blocks(): readonly number[] {
		return this.#blocks;
	}

	/** Finds objects. @throws RUN where there are more pieces than memory holds; VOLUME, CANCELLED */
	find({ name, maskOf, connectivity, flat, filters, stats }: ObjectWish): Promise<FoundObjects> {
		const { grid } = this.#place;
		const own = stats === undefined ? {} : { stats };
		const byValue = isByValue(maskOf(0)); // as of any block
		return this.findPieces(name, filters, (at) => ({
			label: (block) => ({ kind: "label", block, grid, mask: maskOf(block), ...at, connectivity, flat, ...own }),
			seam: (block) => ({ kind: "seam", block, grid, records: at.records, byValue, connectivity, flat }),
		}));
	}

	/**
	 * Finds objects by tasks of one's own: `label` finds the pieces of a block, `seam` what joins them with those of blocks before.
	 *
	 * @throws RUN where there are more pieces than memory holds; VOLUME, CANCELLED
	 */
	async findPieces(
		name: string,
		filters: readonly ObjectFilter[],
		tasksAt: (at: { readonly stage: OutputPlace; readonly records: string }) => PieceTasks,
	): Promise<FoundObjects> {
		const stage = this.stage(name);
		const records = join(this.#place.folder, name);
		await (await openRegions(stage)).close();
		const { label, seam } = tasksAt({ stage, records });
		const every = { records, blocks: this.#blocks } as const;
		await this.each({ kind: "pieces", pass: "labelling", ...every, taskOf: label });
		await this.each({ kind: "seams", pass: "joining", ...every, taskOf: seam });
		return { stage, records, ...(await this.#merge(records, filters)) };
	}

	/** Writes blocks to an array: each label of a block becomes what `mapOf` says. */
	async write(wish: WriteWish): Promise<void> {
		const { folder, grid } = this.#place;
		const records = join(folder, wish.name);
		const { stages, output, channel, value, stats } = wish;
		await (await openRegions(output)).close();
		const taskOf = (block: number): BlockTask => ({
			kind: "write",
			block,
			grid,
			stages,
			map: wish.mapOf(block),
			output,
			records,
			...(channel === undefined ? {} : { channel }),
			...(value === undefined ? {} : { value }),
			...(stats === undefined ? {} : { stats }),
		});
		await this.each({ kind: "written", pass: "writing", records, blocks: this.#blocks, taskOf });
	}

	/** Zarr for labels between passes; `unit` is what regions are multiples of. */
	stage(name: string, unit = this.#place.unit): OutputPlace {
		const { folder, grid } = this.#place;
		return stageAt(join(folder, `${name}.zarr`), zyx(grid.shape), unit);
	}

	/** Zarr for channels between passes. */
	channelStage(name: string, channels: number, dtype: "uint8" | "float32"): OutputPlace {
		const { folder, grid, unit } = this.#place;
		return channelStageAt(join(folder, `${name}.zarr`), channels, zyx(grid.shape), unit, dtype);
	}

	/** Does what of a pass is not recorded, alone or with others; all its blocks are recorded then. @throws as its tasks; CANCELLED */
	async each(wish: Each): Promise<void> {
		const { kind, pass, records, blocks, taskOf, atOnce } = wish;
		const { pool, onBlock, signal, claims } = this.#place;
		if (claims !== undefined) return this.#shared(claims, wish);
		const known = await blocksWith(records, kind);
		const total = blocks.length;
		let done = known.size;
		onBlock(pass, done, total);
		function* tasks(): Generator<BlockTask> {
			for (const block of blocks) if (!known.has(block)) yield taskOf(block);
		}
		await pool.run(tasks(), () => onBlock(pass, ++done, total), { signal, atOnce });
	}

	/** The same with others. */
	async #shared(claims: Claims, { kind, pass, records, blocks, taskOf, atOnce }: Each): Promise<void> {
		const { pool, onBlock, signal, folder } = this.#place;
		await sharePass({
			name: `${basename(records)}-${kind}`,
			blocks,
			spans: kind === "seams" ? SPANS_OF_TABLES : SPANS,
			claims,
			lanes: Math.min(pool.workers, atOnce ?? pool.workers),
			recorded: () => blocksWith(records, kind),
			isRecorded: (block) => hasColumns(records, kind, block),
			perform: (block) => pool.perform(taskOf(block)),
			onDone: (done) => onBlock(pass, done, blocks.length),
			check: () => requireRun(folder),
			signal,
		});
	}

	/** Joins the pieces of all blocks as their seams say. @throws RUN where there are more than memory holds */
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
		this.requireRoom(total * BYTES_PER_PIECE, `${total} pieces of objects`, total);
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

	/** Tells how many bytes tables of earlier passes take, which are needed later. */
	hold(bytes: number): void {
		this.#held = bytes;
	}

	/** @throws RUN where `what`, tables of so many bytes, do not fit the memory beside those that are held */
	requireRoom(bytes: number, what: string, pieces = 0): void {
		const memory = Math.max(0, this.#place.memory - this.#held);
		if (bytes <= memory && pieces <= MOST_PIECES) return;
		throw new NnvolError(
			"RUN",
			`${what} take ${bytesText(bytes)} of memory, of which ${bytesText(memory)} are there; raise --memory, or make the mask less noisy (a higher threshold, closing, a median)`,
			{ fields: { bytes, memory } },
		);
	}
}
