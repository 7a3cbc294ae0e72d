/**
 * What a streamed volume tells of itself while it is done.
 *
 * @module
 */
import { boxShape } from "../../core/box.ts";
import type { OnEvent, PartSeconds, Phase } from "../../core/events.ts";
import { sizeOf } from "../../core/shape.ts";
import type { BlockRecord } from "../block-record.ts";
import type { BlockRecords } from "../block-records.ts";

/** Tells of one volume. */
export class VolumeEvents {
	readonly #id: string;
	readonly #onEvent: OnEvent | undefined;
	#tiles = 0;
	#total = 1;

	constructor(id: string, onEvent: OnEvent | undefined) {
		this.#id = id;
		this.#onEvent = onEvent;
	}

	/** How far a pass is. */
	phase(phase: Phase): (done: number, total: number) => void {
		return (done, total) => this.#onEvent?.({ kind: "phase", id: this.#id, phase, done, total });
	}

	note(text: string): void {
		this.#onEvent?.({ kind: "note", text });
	}

	/** Tiles that are to be run, from here on. */
	expect(tiles: number): void {
		this.#tiles = 0;
		this.#total = Math.max(1, tiles);
	}

	/** A tile was run; what is tried again is more than was expected. */
	tile(): void {
		this.#tiles++;
		const done = Math.min(this.#tiles, this.#total);
		this.#onEvent?.({ kind: "tile", id: this.#id, done, total: this.#total });
	}

	/** A block is recorded. */
	block({ id: block, box, seconds, worker }: BlockRecord): void {
		this.#onEvent?.({ kind: "block-done", id: this.#id, block, voxels: sizeOf(boxShape(box)), seconds, worker });
	}

	/** What is recorded, of `total` blocks; `timing` of the work so far. */
	blocks({ done, failed }: Pick<BlockRecords, "done" | "failed">, total: number, timing?: PartSeconds): void {
		const times = timing === undefined ? {} : { timing };
		this.#onEvent?.({ kind: "block", id: this.#id, done: done.size, total, failed: failed.size, ...times });
	}
}
