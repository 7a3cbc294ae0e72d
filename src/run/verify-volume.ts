/**
 * Reads a streamed output back, block by block, and compares it with its records.
 *
 * An output that is finished is read where it lies; one that is staged until it is whole is read in its staging.
 *
 * @module
 */
import type { Box } from "../core/box.ts";
import { throwIfAborted } from "../core/errors.ts";
import { type BlockGrid, blockAt } from "../tiling/blocks.ts";
import { joinPath } from "../volume/stores/open-store.ts";
import type { FailedBlock } from "./block-record.ts";
import { type BlockRecords, readBlockRecords } from "./block-records.ts";
import type { FoundVolume } from "./found-outputs.ts";
import { RecordedVolumes } from "./recorded-volumes.ts";
import { wantedBlocks } from "./volume-status.ts";

/** A block and what is wrong with it. */
export type BlockFault = { readonly id: number; readonly box: Box; readonly why: string };

/** What was found of one output. */
export type VolumeVerdict = {
	readonly output: string;
	/** True where every block is done and reads as it was written, and the output is in its place. */
	readonly clean: boolean;
	readonly finished: boolean;
	readonly blocks: { readonly total: number; readonly checked: number; readonly skipped: number };
	readonly damaged: readonly BlockFault[];
	readonly missing: readonly BlockFault[];
	readonly failed: readonly FailedBlock[];
	/** Files that cannot be read at all: each of their blocks is lost. */
	readonly unreadable: readonly { readonly path: string; readonly error: string }[];
};

/** How it is done. */
export type VerifyOptions = {
	readonly signal?: AbortSignal;
	readonly onBlock?: (checked: number, total: number) => void;
};

/** Blocks read at a time: one is read while another is added up. */
const HELD = 2;

/** Compares every recorded block of one output with what can be read. @throws CANCELLED */
export async function verifyVolume(
	folder: string,
	{ output, run }: FoundVolume,
	options: VerifyOptions = {},
): Promise<VolumeVerdict> {
	const { facts } = run;
	if (facts === undefined) return withoutFacts(output, joinPath(run.folder, "run.json"));
	const records = await readBlockRecords(run);
	const volumes = await RecordedVolumes.open(folder, facts, records.finished);
	try {
		const { grid, ids } = wantedBlocks(facts);
		const check = new BlockCheck(records, grid, volumes, options);
		await check.all(ids);
		const { damaged, missing, failed, checked, skipped } = check;
		const { unreadable } = volumes;
		const faults = damaged.length + missing.length + failed.length + unreadable.length;
		return {
			output,
			clean: faults === 0 && records.finished,
			finished: records.finished,
			blocks: { total: ids.length, checked, skipped },
			damaged: damaged.sort((a, b) => a.id - b.id),
			missing,
			failed,
			unreadable,
		};
	} finally {
		await volumes.close();
	}
}

function withoutFacts(output: string, path: string): VolumeVerdict {
	return {
		output,
		clean: false,
		finished: false,
		blocks: { total: 0, checked: 0, skipped: 0 },
		damaged: [],
		missing: [],
		failed: [],
		unreadable: [{ path, error: "it is no record of a run: damaged, or of a later version" }],
	};
}

/** Goes over blocks and keeps what is wrong with them. */
class BlockCheck {
	readonly damaged: BlockFault[] = [];
	readonly missing: BlockFault[] = [];
	readonly failed: FailedBlock[] = [];
	checked = 0;
	skipped = 0;
	readonly #records: BlockRecords;
	readonly #grid: BlockGrid;
	readonly #volumes: RecordedVolumes;
	readonly #options: VerifyOptions;

	constructor(records: BlockRecords, grid: BlockGrid, volumes: RecordedVolumes, options: VerifyOptions) {
		this.#records = records;
		this.#grid = grid;
		this.#volumes = volumes;
		this.#options = options;
	}

	async all(ids: readonly number[]): Promise<void> {
		const done: number[] = [];
		for (const id of ids) {
			if (this.#records.done.has(id)) done.push(id);
			else if (this.#records.failed.has(id)) this.failed.push(await this.#failureOf(id));
			else this.missing.push({ id, box: this.#boxOf(id), why: "it was not done yet" });
		}
		const queue = done.values();
		await Promise.all(Array.from({ length: HELD }, () => this.#work(queue, done.length)));
	}

	async #work(queue: Iterator<number>, total: number): Promise<void> {
		for (let next = queue.next(); next.done !== true; next = queue.next()) {
			throwIfAborted(this.#options.signal);
			await this.#check(next.value);
			this.#options.onBlock?.(this.checked + this.skipped + this.damaged.length, total);
		}
	}

	async #check(id: number): Promise<void> {
		const record = await this.#records.read(id);
		const box = this.#boxOf(id);
		if (record === undefined) {
			this.damaged.push({ id, box, why: "its record is damaged" });
			return;
		}
		const faults: string[] = [];
		const { signal } = this.#options;
		for (const part of record.products) {
			const fault = await this.#volumes.faultOf(part, signal === undefined ? {} : { signal });
			if (fault !== undefined) faults.push(fault);
		}
		if (faults.length > 0) this.damaged.push({ id, box, why: faults.join("; ") });
		else if (record.products.length === 0) this.skipped++;
		else this.checked++;
	}

	async #failureOf(id: number): Promise<FailedBlock> {
		const known = await this.#records.readFailure(id);
		const box = { start: [...this.#boxOf(id).start], stop: [...this.#boxOf(id).stop] };
		const unknown = { error: "why is not known", attempts: 0, worker: "", finished: new Date(0).toISOString() };
		return known ?? { version: 1, id, box, ...unknown };
	}

	#boxOf(id: number): Box {
		return blockAt(this.#grid, id).box;
	}
}
