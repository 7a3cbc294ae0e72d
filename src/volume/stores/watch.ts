/**
 * The end of one try: the caller's signal, or a server that is silent for too long.
 *
 * @module
 */

/** Aborts `signal` when the caller's does, or when `touch` was not called for `silence` milliseconds. */
export class Watch {
	readonly #controller = new AbortController();
	readonly #outer: AbortSignal | undefined;
	readonly #timer: NodeJS.Timeout;
	readonly #pass = (): void => this.#controller.abort(this.#outer?.reason);
	#isSilent = false;

	constructor(silence: number, outer?: AbortSignal) {
		this.#outer = outer;
		this.#timer = setTimeout(() => {
			this.#isSilent = true;
			this.#controller.abort();
		}, silence);
		outer?.addEventListener("abort", this.#pass, { once: true });
		if (outer?.aborted === true) this.#pass();
	}

	get signal(): AbortSignal {
		return this.#controller.signal;
	}

	/** True after the server was silent for too long. */
	get isSilent(): boolean {
		return this.#isSilent;
	}

	/** The server has sent something. */
	touch(): void {
		if (!this.#isSilent) this.#timer.refresh();
	}

	/** Call it at the end of the try. */
	stop(): void {
		clearTimeout(this.#timer);
		this.#outer?.removeEventListener("abort", this.#pass);
	}
}
