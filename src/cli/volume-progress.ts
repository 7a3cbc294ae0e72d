/**
 * How far a streamed volume is, in words: the pass that is under way, or blocks, tiles a second and the time that is left.
 *
 * @module
 */
import type { Phase, RunEvent } from "../core/events.ts";
import { durationText, perSecondText } from "./rate-text.ts";

/** Events that only streamed volumes have. */
type VolumeEvent = Extract<RunEvent, { kind: "phase" | "block" }>;

/** One volume in hand. */
export class VolumeProgress {
	#phase: { readonly name: Phase; readonly part: number } | undefined;
	#blocks:
		| { readonly before: number; readonly done: number; readonly total: number; readonly failed: number }
		| undefined;
	/** Tiles of this run, and when the first of them was done (milliseconds). */
	#tiles = { done: 0, total: 0, since: 0 };

	/** Takes an event of the volume. */
	take(event: VolumeEvent): void {
		if (event.kind === "phase") {
			const part = event.total > 0 ? event.done / event.total : 1;
			this.#phase = part < 1 ? { name: event.phase, part } : undefined;
			return;
		}
		const { done, total, failed } = event;
		this.#blocks = { before: this.#blocks?.before ?? done, done, total, failed };
	}

	/** Takes the tiles that are done of those of this run. */
	takeTiles(done: number, total: number, now: number): void {
		if (done > this.#tiles.done) this.#phase = undefined;
		// the first tile waits for the network to begin: rates count from it
		this.#tiles = { done, total, since: this.#tiles.done === 0 ? now : this.#tiles.since };
	}

	/** Part of the volume that is done, 0 to 1. */
	get part(): number {
		const { done, total } = this.#tiles;
		const before = this.#blocks === undefined ? 0 : this.#blocks.before / Math.max(1, this.#blocks.total);
		return before + (1 - before) * (total > 0 ? done / total : 0);
	}

	/** `measuring 34 %`; `12.3 %, 45 of 320 blocks, 3.1 tiles/s, 4 min 05 s left`. */
	text(now: number): string {
		if (this.#phase !== undefined) return `${this.#phase.name} ${Math.floor(100 * this.#phase.part)} %`;
		const words = [`${(100 * this.part).toFixed(1)} %`];
		if (this.#blocks !== undefined) {
			const { done, total, failed } = this.#blocks;
			words.push(`${done} of ${total} blocks${failed > 0 ? ` (${failed} failed)` : ""}`);
		}
		return [...words, ...this.#pace(now)].join(", ");
	}

	#pace(now: number): string[] {
		const { done, total, since } = this.#tiles;
		const seconds = (now - since) / 1000;
		if (done < 2 || seconds <= 0) return [];
		const rate = (done - 1) / seconds;
		return [perSecondText(rate, "tiles"), `${durationText((total - done) / rate)} left`];
	}
}
