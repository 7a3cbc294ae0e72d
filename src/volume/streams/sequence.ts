/**
 * Bytes by position out of a source that only runs forward: it goes on where the last read ended, and begins again
 * for what lies before.
 *
 * @module
 */

/** Opens the source at its first byte. */
export type OpenSource = () => AsyncGenerator<Uint8Array, void, undefined>;

const NONE = new Uint8Array();

/** A source of `size` bytes. Reads are served one after the other, cheapest in ascending order. */
export class Sequence {
	readonly #open: OpenSource;
	readonly #size: number;
	#pieces: AsyncGenerator<Uint8Array, void, undefined> | undefined;
	#piece: Uint8Array = NONE;
	/** Where `#piece` lies in the source. */
	#at = 0;
	#turn: Promise<unknown> = Promise.resolve();

	constructor(open: OpenSource, size: number) {
		this.#open = open;
		this.#size = size;
	}

	/** Runs `work` when all earlier work is done, so that reads of two callers do not send the source back and forth. */
	async exclusively<T>(work: () => Promise<T>): Promise<T> {
		const turn = this.#turn.then(work, work);
		this.#turn = turn.catch(() => undefined);
		return turn;
	}

	/** Fills `target` with the bytes from `at` on. Only within `exclusively`. */
	async read(at: number, target: Uint8Array): Promise<void> {
		try {
			await this.#fill(at, target);
			// the source checks its end (checksums) when it is asked beyond its last byte
			if (at + target.length === this.#size) await this.#next();
		} catch (error) {
			await this.close();
			throw error;
		}
	}

	async close(): Promise<void> {
		const pieces = this.#pieces;
		this.#pieces = undefined;
		this.#piece = NONE;
		this.#at = 0;
		await pieces?.return().catch(() => undefined);
	}

	async #fill(at: number, target: Uint8Array): Promise<void> {
		if (at < this.#at) await this.close();
		for (let done = 0; done < target.length; ) {
			const from = at + done - this.#at;
			if (from < this.#piece.length) {
				const part = this.#piece.subarray(from, from + target.length - done);
				target.set(part, done);
				done += part.length;
			} else if (!(await this.#next())) throw new RangeError(`a source of ${this.#size} bytes ended too early`);
		}
	}

	async #next(): Promise<boolean> {
		this.#pieces ??= this.#open();
		const { done, value } = await this.#pieces.next();
		this.#at += this.#piece.length;
		this.#piece = done === true ? NONE : value;
		return done !== true;
	}
}
