/**
 * The blocks of a streamed volume that one of several workers does: units of its share and, with claims, those of others that
 * nobody has in hand.
 *
 * Records decide what is done; claims only keep two workers from doing the same. A unit under which workers died is done block by
 * block; a block under which they die again and again is given up and recorded as failed.
 *
 * @module
 */

import { sleep } from "../../core/sleep.ts";
import { blockBoxAt, blockIdAt, outputBox, type VolumeLayout } from "../../plan/volume-layout.ts";
import type { VolumePlan } from "../../plan/volume-plan.ts";
import { type BlockPlace, type ColumnRun, columnRuns, singleRuns } from "../../plan/volume-runs.ts";
import { placesOfUnit, type VolumeUnit } from "../../plan/volume-units.ts";
import type { FailedBlock } from "../block-record.ts";
import type { BlockRecords } from "../block-records.ts";
import type { Claim, Claims } from "../claims/claims.ts";
import type { Turn } from "./turns.ts";

/** Workers that died under a unit before its blocks are done one by one. */
const CAREFUL_AFTER = 2;

/** Workers that may die under a block. */
export const MOST_DEATHS = 3;

/** Milliseconds between looks at what others do, at first and at most. */
const FIRST_LOOK = 250;
const LONGEST_LOOK = 2000;

/** Which units are a worker's. */
export type UnitShare = {
	readonly index: number;
	readonly count: number;
	/** Number of the volume among those of the run, so that the first units of volumes are not all one worker's. */
	readonly offset: number;
	/** True: units of others as well, once one's own are done. */
	readonly others: boolean;
	/** True: until all units are done, by whomever. */
	readonly wait: boolean;
	/** Blocks that failed since then (ISO 8601) are not tried again. */
	readonly since: string;
};

/** What is shared. */
export type UnitQueueSpec = {
	readonly layout: VolumeLayout;
	readonly plan: Pick<VolumePlan, "rows" | "columns">;
	readonly units: readonly VolumeUnit[];
	/** Those of these blocks that hold anything; the others are recorded as empty. */
	readonly sift: (places: readonly BlockPlace[]) => Promise<readonly BlockPlace[]>;
	readonly records: BlockRecords;
	readonly claims: Claims;
	readonly share: UnitShare;
	readonly worker: string;
	readonly onGivenUp: (failure: FailedBlock) => void;
	readonly signal?: AbortSignal;
};

/** Numbers of the units of `count` in the order in which a worker does them: its own, then those of others from its place on. */
export function unitOrder(count: number, { index, count: workers, offset, others }: UnitShare): number[] {
	const all = Array.from({ length: count }, (_, n) => n);
	const isOwn = (n: number) => (n + offset) % workers === index;
	const own = all.filter(isOwn);
	if (!others) return own;
	return [...own, ...inTurn(count, index, workers).filter((n) => !isOwn(n))];
}

/** All of `count` numbers, from the place of one of several workers on: they begin far from each other. */
export function inTurn(count: number, index: number, workers: number): number[] {
	const from = Math.floor((index * count) / workers);
	return Array.from({ length: count }, (_, n) => (from + n) % count);
}

/** The turns of one worker over one volume. */
export class UnitQueue {
	readonly #spec: UnitQueueSpec;
	/** Blocks that failed in this run. */
	readonly #lost = new Set<number>();
	readonly #looked = new Set<number>();

	constructor(spec: UnitQueueSpec) {
		this.#spec = spec;
	}

	/** Runs of what is not done of this worker's units, of all units where it does those of others too. */
	async left(): Promise<readonly ColumnRun[]> {
		const { units, share } = this.#spec;
		await this.#look();
		return unitOrder(units.length, share).flatMap((n) => this.#runsOf(n, this.#placesOf(n)));
	}

	/** Run by run; with `wait` until everything is done or lost. @throws CANCELLED */
	async *turns(): AsyncGenerator<Turn> {
		const { units, share, signal } = this.#spec;
		let order: readonly number[] = unitOrder(units.length, share);
		for (let wait = FIRST_LOOK; ; wait = Math.min(LONGEST_LOOK, wait * 1.5)) {
			const busy: number[] = [];
			for (const n of order) {
				if (!(yield* this.#unit(n))) busy.push(n);
			}
			if (!share.wait || busy.length === 0) return;
			yield { kind: "pause" };
			// claims are looked at, not records: one small file for each unit that is left
			await sleep(wait, signal);
			if (busy.length < order.length) wait = FIRST_LOOK;
			order = busy;
		}
	}

	/** Blocks of a unit that are to be done. */
	#placesOf(n: number): BlockPlace[] {
		const { layout, units, records } = this.#spec;
		const unit = units[n];
		if (unit === undefined) return [];
		return [...placesOfUnit(unit)].filter((place) => {
			const id = blockIdAt(layout, place);
			return !records.done.has(id) && !this.#lost.has(id);
		});
	}

	/** Finds out which failures are of this run: whoever met them has tried. */
	async #look(): Promise<void> {
		const { records, share } = this.#spec;
		for (const id of records.failed) {
			if (this.#looked.has(id)) continue;
			this.#looked.add(id);
			const failure = await records.readFailure(id);
			if (failure !== undefined && failure.finished >= share.since) this.#lost.add(id);
		}
	}

	/** The runs of a unit; false where another worker has it in hand. */
	async *#unit(n: number): AsyncGenerator<Turn, boolean> {
		const { claims, records, layout } = this.#spec;
		const [first] = this.#placesOf(n);
		if (first === undefined) return true;
		const claim = await claims.take(`unit-${n}`);
		if (claim === undefined) return false;
		const hold = new Hold(claim);
		try {
			if (await records.isRecorded(blockIdAt(layout, first))) await records.refresh();
			await this.#look();
			const runs = this.#runsOf(n, await this.#spec.sift(this.#placesOf(n)));
			if (claim.deaths >= CAREFUL_AFTER) yield* this.#blocks(runs, hold);
			else for (const run of runs) yield { kind: "run", run, end: hold.turn() };
		} finally {
			await hold.close();
		}
		return true;
	}

	#runsOf(n: number, places: readonly BlockPlace[]): ColumnRun[] {
		const { layout, plan, units } = this.#spec;
		const unit = units[n];
		const wanted = new Set(places.map((place) => blockIdAt(layout, place)));
		if (unit === undefined) return [];
		return [...columnRuns(layout, plan, (place) => wanted.has(blockIdAt(layout, place)), unit)];
	}

	/** One block at a time, each marked, so that the one under which workers die is found. */
	async *#blocks(runs: readonly ColumnRun[], hold: Hold): AsyncGenerator<Turn> {
		const { claims, layout } = this.#spec;
		for (const run of runs.flatMap(singleRuns)) {
			const [place] = run.wanted;
			if (place === undefined) continue;
			const claim = await claims.take(`block-${blockIdAt(layout, place)}`);
			if (claim === undefined) continue;
			if (claim.deaths >= MOST_DEATHS) {
				await this.#giveUp(place, claim);
				continue;
			}
			const end = hold.turn();
			yield { kind: "run", run, end: () => claim.release().finally(end) };
			yield { kind: "pause" }; // a worker that dies now died under this block
		}
	}

	async #giveUp(place: BlockPlace, claim: Claim): Promise<void> {
		const { layout, records, worker, onGivenUp } = this.#spec;
		const id = blockIdAt(layout, place);
		const error = `${claim.deaths} workers died while they did this block (out of memory? a faulty driver?); it is given up`;
		const failure: FailedBlock = {
			version: 1,
			id,
			box: outputBox(layout.map, blockBoxAt(layout, place)),
			error,
			code: "RUN",
			attempts: claim.deaths,
			worker,
			finished: new Date().toISOString(),
		};
		await records.fail(failure);
		this.#lost.add(id);
		await claim.release();
		onGivenUp(failure);
	}
}

/** Lets go of a claim once the last of its turns has ended. */
class Hold {
	readonly #claim: Claim;
	#open = 0;
	#closed = false;

	constructor(claim: Claim) {
		this.#claim = claim;
	}

	/** One more turn; call what is given at its end. */
	turn(): () => Promise<void> {
		this.#open++;
		return async () => {
			this.#open--;
			await this.#settle();
		};
	}

	/** No more turns. */
	async close(): Promise<void> {
		this.#closed = true;
		await this.#settle();
	}

	async #settle(): Promise<void> {
		if (this.#closed && this.#open === 0) await this.#claim.release();
	}
}
