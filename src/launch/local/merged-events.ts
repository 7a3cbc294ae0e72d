/**
 * One stream of events made of those of several workers, as if one process had done the run.
 *
 * A case is told to begin once and to end once. Of a streamed volume several workers tell: what tiles each has done is added up,
 * what is left is what the first of them found, and of blocks the most that any has seen are done. Of a case that one worker does at a
 * time only the latest counts. Seconds of parts are those of all workers together.
 *
 * @module
 */
import type { OnEvent, PartSeconds, RunEvent } from "../../core/events.ts";

type TileEvent = Extract<RunEvent, { kind: "tile" }>;
type BlockEvent = Extract<RunEvent, { kind: "block" }>;
type CaseEvent = Exclude<Extract<RunEvent, { readonly id: string }>, { kind: "case-done" | "case-failed" }>;
type PhaseEvent = Extract<RunEvent, { kind: "phase" }>;

/** What is known of one case in hand. */
class CaseView {
	/** Tiles that each worker has done, by the number of its life. */
	readonly #tiles = new Map<number, number>();
	/** Seconds of parts, of each worker. */
	readonly #timings = new Map<number, PartSeconds>();
	#most = 0;
	#blocks: BlockEvent | undefined;
	#phase = "";

	takeTiles(life: number, event: TileEvent): TileEvent {
		if (this.#blocks === undefined) {
			// a case that is begun anew after a death is done by one worker at a time
			this.#tiles.clear();
			this.#most = 0;
		}
		this.#tiles.set(life, event.done);
		const done = [...this.#tiles.values()].reduce((a, b) => a + b, 0);
		this.#most = Math.max(this.#most, event.total, done);
		return { ...event, done, total: this.#most };
	}

	takeBlocks(life: number, event: BlockEvent): BlockEvent {
		const { done = 0, failed = 0 } = this.#blocks ?? {};
		if (event.timing !== undefined) this.#timings.set(life, event.timing);
		const timing = this.#timings.size === 0 ? {} : { timing: summed(this.#timings.values()) };
		const counts = { done: Math.max(done, event.done), failed: Math.max(failed, event.failed) };
		this.#blocks = { ...event, ...counts, ...timing };
		return this.#blocks;
	}

	/** False for a pass that another worker is told of already: two in turn would jump to and fro. */
	takePhase(life: number, { phase, done, total }: PhaseEvent): boolean {
		const key = `${life} ${phase}`;
		if (this.#phase !== "" && this.#phase !== key) return false;
		this.#phase = done < total ? key : "";
		return true;
	}

	/** A worker is gone, and its pass with it; gives the pass's end, if one was under way. */
	forget(life: number): void {
		if (this.#phase.startsWith(`${life} `)) this.#phase = "";
	}
}

/** Merges events of workers. Each life of a worker, from start to end, has a number of its own. */
export class MergedEvents {
	readonly #onEvent: OnEvent;
	readonly #cases = new Map<string, CaseView>();
	readonly #ended = new Set<string>();
	readonly #said = new Set<string>();

	constructor(onEvent: OnEvent) {
		this.#onEvent = onEvent;
	}

	/** Takes an event of the life `life`. Beginnings and ends of workers are not those of the run. */
	take(life: number, event: RunEvent): void {
		switch (event.kind) {
			case "started":
			case "finished":
				return;
			case "note":
			case "warning":
				this.#sayOnce(event);
				return;
			case "case-done":
			case "case-failed":
				this.#end(event);
				return;
			default:
				if (!this.#ended.has(event.id)) this.#takeOfCase(life, event);
		}
	}

	/** A life has ended: what it alone told is under way no more. */
	endLife(life: number): void {
		for (const view of this.#cases.values()) view.forget(life);
	}

	#takeOfCase(life: number, event: CaseEvent): void {
		const view = this.#view(event.id);
		switch (event.kind) {
			case "case-started":
				return;
			case "tile":
				this.#onEvent(view.takeTiles(life, event));
				return;
			case "block":
				this.#onEvent(view.takeBlocks(life, event));
				return;
			case "phase":
				if (view.takePhase(life, event)) this.#onEvent(event);
				return;
			default:
				this.#onEvent(event);
		}
	}

	#view(id: string): CaseView {
		const known = this.#cases.get(id);
		if (known !== undefined) return known;
		const view = new CaseView();
		this.#cases.set(id, view);
		this.#onEvent({ kind: "case-started", id });
		return view;
	}

	#end(event: Extract<RunEvent, { kind: "case-done" | "case-failed" }>): void {
		if (this.#ended.has(event.id)) return;
		this.#view(event.id);
		this.#ended.add(event.id);
		this.#cases.delete(event.id);
		this.#onEvent(event);
	}

	/** What each worker finds anew is said once. */
	#sayOnce(event: Extract<RunEvent, { kind: "note" | "warning" }>): void {
		const key = `${event.kind} ${event.text}`;
		if (this.#said.has(key)) return;
		this.#said.add(key);
		this.#onEvent(event);
	}
}

function summed(timings: Iterable<PartSeconds>): PartSeconds {
	const sums: Record<string, number> = {};
	for (const timing of timings) {
		for (const [part, seconds] of Object.entries(timing)) sums[part] = (sums[part] ?? 0) + seconds;
	}
	return sums;
}
