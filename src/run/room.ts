/**
 * Room in memory that cases share: small ones side by side, a big one alone.
 *
 * What is larger than the whole room goes in once nothing else is in it. First come, first served.
 *
 * @module
 */

/** A room for `size` bytes. */
export class Room {
	readonly #size: number;
	#used = 0;
	readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];

	constructor(size: number) {
		this.#size = size;
	}

	/** Runs `work`, which takes `bytes`, once there is room for it. */
	async within<T>(bytes: number, work: () => Promise<T>): Promise<T> {
		if (this.#waiting.length > 0 || !this.#hasRoom(bytes)) {
			// whoever lets it in has counted it
			await new Promise<void>((enter) => this.#waiting.push({ bytes, enter }));
		} else {
			this.#used += bytes;
		}
		try {
			return await work();
		} finally {
			this.#used -= bytes;
			this.#letIn();
		}
	}

	#hasRoom(bytes: number): boolean {
		return this.#used === 0 || this.#used + bytes <= this.#size;
	}

	#letIn(): void {
		for (let [next] = this.#waiting; next !== undefined && this.#hasRoom(next.bytes); [next] = this.#waiting) {
			this.#waiting.shift();
			this.#used += next.bytes;
			next.enter();
		}
	}
}
