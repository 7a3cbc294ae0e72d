/**
 * What the events of a run come to: counts, rates, how much is done, and the time that is left.
 *
 * Rates are those of the last minute or so. Times are milliseconds on a clock that never goes back.
 *
 * @module
 */
import type { PartSeconds, RunEvent } from "../core/events.ts";
import { CaseMetrics } from "./case-metrics.ts";
import { Histogram } from "./histogram.ts";

/** Milliseconds that rates are taken over. */
const WINDOW = 60_000;

/** Milliseconds between marks within that. */
const MARK_PAUSE = 1000;

/** Seconds that blocks and cases are told apart by. */
const BLOCK_SECONDS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000];
const CASE_SECONDS = [0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000];

/** Blocks or cases, by what became of them. */
export type Counts = { readonly total: number; readonly done: number; readonly failed: number };

type Mark = { readonly time: number; readonly tiles: number; readonly voxels: number };

/** Adds events up. */
export class RunMetrics {
	readonly #now: () => number;
	readonly #begun: number;
	readonly #cases = new Map<string, CaseMetrics>();
	readonly #stages = new Map<string, number>();
	#marks: Mark[] = [];
	#total = 0;
	#skipped = 0;
	#done = 0;
	#failed = 0;
	#endedBlocks = { total: 0, done: 0, failed: 0 };
	/** When the first tile came, and what part was done by then. */
	#working: { readonly since: number; readonly part: number } | undefined;
	tiles = 0;
	voxels = 0;
	retries = 0;
	blocksWritten = 0;
	blocksFailed = 0;
	isFinished = false;
	readonly blockSeconds = new Histogram(BLOCK_SECONDS);
	readonly caseSeconds = new Histogram(CASE_SECONDS);

	constructor(now: () => number = () => performance.now()) {
		this.#now = now;
		this.#begun = now();
		this.#marks = [{ time: this.#begun, tiles: 0, voxels: 0 }];
	}

	/** Takes an event. */
	take(event: RunEvent): void {
		switch (event.kind) {
			case "started":
				this.#total = event.total;
				this.#skipped = event.skipped;
				break;
			case "tile":
				this.#takeTile(event);
				break;
			case "block":
				this.#of(event.id).takeBlocks(event);
				break;
			case "block-done":
				this.blocksWritten++;
				this.voxels += event.voxels;
				this.blockSeconds.add(event.seconds);
				break;
			case "block-failed":
				this.blocksFailed++;
				break;
			case "retry":
				this.retries++;
				break;
			case "case-done":
				this.#done++;
				this.caseSeconds.add(event.seconds);
				this.#end(event.id, event.timing);
				break;
			case "case-failed":
				this.#failed++;
				this.#end(event.id, undefined);
				break;
			case "finished":
				this.isFinished = true;
				break;
			default: // notes, warnings, passes and beginnings count for nothing
		}
	}

	/** Seconds since the beginning. */
	get seconds(): number {
		return (this.#now() - this.#begun) / 1000;
	}

	/** Cases of this process. */
	get cases(): Counts & { readonly skipped: number } {
		return { total: this.#total, done: this.#done, failed: this.#failed, skipped: this.#skipped };
	}

	/** Blocks of the streamed volumes that were begun, those of other processes and earlier runs among them. */
	get blocks(): Counts {
		let { total, done, failed } = this.#endedBlocks;
		for (const { blocks } of this.#cases.values()) {
			total += blocks.total;
			done += blocks.done;
			failed += blocks.failed;
		}
		return { total, done, failed };
	}

	/** Seconds of each part of the work, of cases that ended and volumes in hand. */
	get stages(): ReadonlyMap<string, number> {
		const stages = new Map(this.#stages);
		for (const { timing } of this.#cases.values()) addTo(stages, timing);
		return stages;
	}

	/** Tiles and voxels a second of late. */
	get rates(): { readonly tiles: number; readonly voxels: number } {
		this.#mark();
		const [first] = this.#marks;
		const seconds = first === undefined ? 0 : (this.#now() - first.time) / 1000;
		if (first === undefined || seconds <= 0) return { tiles: 0, voxels: 0 };
		return { tiles: (this.tiles - first.tiles) / seconds, voxels: (this.voxels - first.voxels) / seconds };
	}

	/** Part of what this process found to do that is done, 0 to 1. */
	get part(): number {
		const todo = this.#total - this.#skipped;
		if (todo <= 0) return 1;
		let done = this.#done + this.#failed;
		for (const one of this.#cases.values()) done += one.part;
		return Math.min(1, done / todo);
	}

	/** Seconds that are left at the pace so far; undefined before there is one. */
	get left(): number | undefined {
		const { part } = this;
		if (part >= 1) return 0;
		const own = part - (this.#working?.part ?? 0);
		if (this.#working === undefined || own <= 0) return undefined;
		return ((this.#now() - this.#working.since) / 1000 / own) * (1 - part);
	}

	#takeTile(event: Extract<RunEvent, { kind: "tile" }>): void {
		this.#working ??= { since: this.#now(), part: this.part };
		const { tiles, voxels } = this.#of(event.id).takeTiles(event);
		this.tiles += tiles;
		this.voxels += voxels;
		if (this.#now() - (this.#marks.at(-1)?.time ?? 0) >= MARK_PAUSE) this.#mark();
	}

	/** Keeps the last mark that is older than the window, and those since. */
	#mark(): void {
		const time = this.#now();
		const old = this.#marks.findLastIndex((mark) => time - mark.time >= WINDOW);
		if (old > 0) this.#marks = this.#marks.slice(old);
		if (time - (this.#marks.at(-1)?.time ?? 0) >= MARK_PAUSE)
			this.#marks.push({ time, tiles: this.tiles, voxels: this.voxels });
	}

	#of(id: string): CaseMetrics {
		const known = this.#cases.get(id) ?? new CaseMetrics();
		this.#cases.set(id, known);
		return known;
	}

	#end(id: string, timing: PartSeconds | undefined): void {
		const one = this.#cases.get(id);
		addTo(this.#stages, highest(one?.timing ?? {}, timing ?? {})); // of several workers the last knows its own times
		if (one !== undefined) {
			const { total, done, failed } = this.#endedBlocks;
			const { blocks } = one;
			this.#endedBlocks = {
				total: total + blocks.total,
				done: done + blocks.done,
				failed: failed + blocks.failed,
			};
		}
		this.#cases.delete(id);
	}
}

function addTo(stages: Map<string, number>, timing: PartSeconds): void {
	for (const [name, seconds] of Object.entries(timing)) stages.set(name, (stages.get(name) ?? 0) + seconds);
}

function highest(one: PartSeconds, other: PartSeconds): PartSeconds {
	const parts = Object.keys({ ...one, ...other });
	return Object.fromEntries(parts.map((part) => [part, Math.max(one[part] ?? 0, other[part] ?? 0)]));
}
