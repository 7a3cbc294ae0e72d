/**
 * Layers on their way to the disk: how many there may be at once, and memory that came back.
 *
 * The runs of a volume share it, so that the next one begins while the last layers of the one before are written.
 *
 * @module
 */
import type { Held } from "./products.ts";

/** The voxels of a layer, one array a product. */
export type Canvas = Exclude<Held, BigUint64Array | BigInt64Array>;

/** Full layers while the next one begins to fill: one is packed while another is flushed. */
const MOST_FILLED = 1;

/** Layers that are being written. */
export class LayerQueue {
	/** Memory of layers that were written. */
	readonly #spare: (readonly Canvas[])[] = [];
	readonly #writing = new Set<Promise<void>>();

	/** Begins to write a layer beside those under way; `write` gives back memory, and does not throw. */
	add(write: () => Promise<readonly Canvas[]>): void {
		const writing = write().then((memory) => {
			this.#spare.push(memory);
			this.#writing.delete(writing);
		});
		this.#writing.add(writing);
	}

	/** Undefined where there is room for another layer; else a promise of it. */
	room(): Promise<void> | undefined {
		return this.#writing.size > MOST_FILLED ? this.#untilRoom() : undefined;
	}

	/** Resolves once everything that was given so far is written. */
	get written(): Promise<void> {
		return Promise.all(this.#writing).then(() => undefined);
	}

	/** Memory to be used again. */
	takeSpare(): readonly Canvas[] | undefined {
		return this.#spare.pop();
	}

	async #untilRoom(): Promise<void> {
		while (this.#writing.size > MOST_FILLED) await Promise.race(this.#writing);
	}
}
