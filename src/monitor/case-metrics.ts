/**
 * What the events of one case in hand come to.
 *
 * @module
 */
import type { PartSeconds, RunEvent } from "../core/events.ts";

/** One case. */
export class CaseMetrics {
	#tiles = 0;
	#total = 0;
	#before: number | undefined;
	blocks = { total: 0, done: 0, failed: 0 };
	timing: PartSeconds = {};

	/** Takes tiles; gives those that are new, and the voxels they stand for. What is tried again counts again. */
	takeTiles({ done, total, voxels = 0 }: Extract<RunEvent, { kind: "tile" }>): {
		readonly tiles: number;
		readonly voxels: number;
	} {
		const tiles = done >= this.#tiles ? done - this.#tiles : done;
		this.#tiles = done;
		this.#total = total;
		return { tiles, voxels: (voxels * tiles) / Math.max(1, total) };
	}

	/** Takes how far the blocks are. */
	takeBlocks({ total, done, failed, timing }: Extract<RunEvent, { kind: "block" }>): void {
		this.#before ??= total > 0 ? done / total : 0;
		this.blocks = { total, done, failed };
		this.timing = timing ?? this.timing;
	}

	/** Part of it that is done, 0 to 1: what was done before, and tiles of the rest. */
	get part(): number {
		const before = this.#before ?? 0;
		return before + (1 - before) * (this.#total > 0 ? Math.min(1, this.#tiles / this.#total) : 0);
	}
}
