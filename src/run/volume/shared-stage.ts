/**
 * Resampling of an input by several workers: each pass block by block, one pass after the other.
 *
 * The arrays lie in the folder from the first block on, each block durable and then recorded; the folder counts once its end is
 * written. A pass begins when all blocks of the one before are recorded.
 *
 * @module
 */
import type { Box } from "../../core/box.ts";
import { makeFolder } from "../../core/folder.ts";
import { hashOf } from "../../core/hash.ts";
import type { StagePass, StagePasses } from "../../preprocess/stage-resampled.ts";
import type { StagedArray } from "../../preprocess/staged.ts";
import type { Slab } from "../../preprocess/survey-slab.ts";
import { removeWhole } from "../../volume/publish.ts";
import { within } from "../claims/within.ts";
import { openState, type StateStore } from "../state-store.ts";
import { type SlabPass, SlabRecords, type SurveyShare } from "./slab-records.ts";
import { joinStage, openStage, removeStage } from "./staged-zarr.ts";

/** A pass and how it is cut. */
export type CutPass = {
	readonly pass: StagePass;
	readonly blocks: readonly Box[];
	/** From block, up to block. */
	readonly slabs: readonly Slab[];
};

/** What is staged. */
export type SharedStage = {
	readonly folder: string;
	/** What it is made of. */
	readonly record: string;
	readonly passes: readonly CutPass[];
	readonly share: SurveyShare;
	readonly isDone: () => Promise<boolean>;
	/** Writes the end. */
	readonly finish: () => Promise<void>;
	readonly signal?: AbortSignal;
	/** Voxels written by anybody, and to be written, in all passes. */
	readonly onProgress?: (done: number, total: number) => void;
};

/** The file that tells what is being made in the folder. */
const BEGUN = "begun.txt";

/** Where records of blocks lie. */
const RECORDS = "blocks";

/** Voxels that are resampled at a time, about. */
const SLAB_VOXELS = 2 ** 28;

/** Passes cut into runs of blocks of about `voxels` voxels. */
export function cutPasses({ passes }: StagePasses, voxels = SLAB_VOXELS): CutPass[] {
	return passes.map((pass) => {
		const blocks = [...pass.blocks()];
		const [first] = blocks;
		const size = Math.max(1, Math.round(voxels / Math.max(1, first === undefined ? 1 : pass.voxelsOf(first))));
		const count = Math.ceil(blocks.length / size);
		const slabs = Array.from({ length: count }, (_, n) => [n * size, Math.min(blocks.length, (n + 1) * size)] as const);
		return { pass, blocks, slabs };
	});
}

/** Stages it with the others; it is done then, by whomever. @throws VOLUME, CANCELLED; RUN where workers die over the same blocks again and again */
export async function shareStage(stage: SharedStage): Promise<void> {
	const { folder, passes, share, isDone, finish, signal } = stage;
	const state = await openState(folder);
	await within(share.claims, "stage-begin", () => begin(stage, state), signal);
	let before = 0;
	for (const [n, cut] of passes.entries()) {
		if (await isDone()) return;
		await completePass(stage, state, n, before);
		before += voxelsOf(cut, [0, cut.blocks.length]);
		const read = passes[n - 1];
		const drop = async () => {
			if (read !== undefined) await removeStage(folder, read.pass.name);
		};
		await within(share.claims, "stage-drop", drop, signal);
	}
	const end = async () => {
		if (!(await isDone())) await finish();
	};
	await within(share.claims, "stage-end", end, signal);
}

/** What is there of another image, or was cut otherwise, goes. */
async function begin({ folder, record, passes, isDone }: SharedStage, state: StateStore): Promise<void> {
	const facts = passes.map(({ pass, slabs }) => [pass.name, pass.shape, pass.chunks, slabs]);
	const begun = `${hashOf({ version: 1, record, facts })}\n`;
	if ((await isDone()) || (await state.read(BEGUN)) === begun) return;
	await removeWhole(folder);
	await makeFolder(folder);
	await state.write(BEGUN, begun);
}

async function completePass(stage: SharedStage, state: StateStore, n: number, before: number): Promise<void> {
	const { folder, passes, share, isDone, signal, onProgress } = stage;
	const [last, cut] = [passes[n - 1], passes[n]];
	if (cut === undefined) return;
	const total = passes.reduce((sum, one) => sum + voxelsOf(one, [0, one.blocks.length]), 0);
	const { pass, blocks, slabs } = cut;
	const open = new OpenArrays(folder, last?.pass, pass);
	const work: SlabPass<true> = {
		kind: "stage",
		name: pass.name,
		slabs,
		state,
		folder: RECORDS,
		share,
		isOver: isDone,
		voxelsOf: (slab) => voxelsOf(cut, slab),
		perform: async ([from, to], onVoxels) => {
			let done = 0;
			const onBlock = (voxels: number) => {
				done += voxels;
				onVoxels(done);
			};
			await pass.run(await open.input(), await open.target(), onBlock, blocks.slice(from, to));
			return true;
		},
		pack: () => ({ version: 1 }),
		unpack: (value) => (value === undefined ? undefined : true),
		onVoxels: (done) => onProgress?.(before + done, total),
		signal,
	};
	try {
		await new SlabRecords(work).complete();
	} finally {
		await open.close();
	}
}

function voxelsOf({ pass, blocks }: CutPass, [from, to]: Slab): number {
	return blocks.slice(from, to).reduce((sum, block) => sum + pass.voxelsOf(block), 0);
}

/** The arrays of a pass, opened when they are used: whoever finds it done makes none. */
class OpenArrays {
	readonly #folder: string;
	readonly #last: StagePass | undefined;
	readonly #pass: StagePass;
	#input: Promise<StagedArray> | undefined;
	#target: Promise<StagedArray> | undefined;

	constructor(folder: string, last: StagePass | undefined, pass: StagePass) {
		this.#folder = folder;
		this.#last = last;
		this.#pass = pass;
	}

	/** What the pass before wrote; undefined for the first one. */
	async input(): Promise<StagedArray | undefined> {
		if (this.#last === undefined) return undefined;
		this.#input ??= openStage(this.#folder, this.#last.name);
		return this.#input;
	}

	target(): Promise<StagedArray> {
		const { name, shape, chunks } = this.#pass;
		this.#target ??= joinStage(this.#folder, name, shape, chunks);
		return this.#target;
	}

	async close(): Promise<void> {
		for (const array of [this.#input, this.#target]) await (await array?.catch(() => undefined))?.close();
	}
}
