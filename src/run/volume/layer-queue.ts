/**
 * Layers on their way to the disk, one after the other: what they may hold together, and memory that came back.
 *
 * The runs of a volume share it, so that the next one begins while the last layers of the one before are written.
 *
 * @module
 */
import type { Held } from "./products.ts";

/** The voxels of a layer, one array a product. */
export type Canvas = Exclude<Held, BigUint64Array | BigInt64Array>;

/** Layers that wait to be written, besides the one that fills. */
const MOST_WAITING = 1;

/** Layers that wait or are being written. */
export class LayerQueue {
	/** Memory of layers that were written. */
	readonly #spare: (readonly Canvas[])[] = [];
	#waiting = 0;
	#writing: Promise<void> = Promise.resolve();

	/** Writes after what was given before; `write` gives back memory, and does not throw. */
	add(write: () => Promise<readonly Canvas[]>): void {
		this.#waiting++;
		this.#writing = this.#writing.then(async () => {
			this.#spare.push(await write());
			this.#waiting--;
		});
	}

	/** Undefined where there is room for another layer; else a promise of it. */
	room(): Promise<void> | undefined {
		return this.#waiting > MOST_WAITING ? this.#untilRoom() : undefined;
	}

	/** Resolves once everything that was given so far is written. */
	get written(): Promise<void> {
		return this.#writing;
	}

	/** Memory to be used again. */
	takeSpare(): readonly Canvas[] | undefined {
		return this.#spare.pop();
	}

	async #untilRoom(): Promise<void> {
		while (this.#waiting > MOST_WAITING) await this.#writing;
	}
}
