/**
 * So many things at once and no more: open files, requests to a host.
 *
 * @module
 */

/** Lets at most `limit` actions run at once; the others wait their turn, first come first served. */
export class Gate {
	#free: number;
	readonly #waiting: (() => void)[] = [];

	constructor(limit: number) {
		this.#free = limit;
	}

	/** Runs `action` when its turn comes. */
	async run<T>(action: () => Promise<T>): Promise<T> {
		if (this.#free > 0) this.#free -= 1;
		else await new Promise<void>((resolve) => this.#waiting.push(resolve));
		try {
			return await action();
		} finally {
			const next = this.#waiting.shift();
			if (next === undefined) this.#free += 1;
			else next();
		}
	}
}
