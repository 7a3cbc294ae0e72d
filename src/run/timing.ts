/**
 * Where the time of a case goes.
 *
 * @module
 */

/** Parts of a case's work. `network` is what is left while tiles run: cutting, running, blending. */
export type Part = "read" | "preprocess" | "network" | "export" | "write";

/** Seconds of each part. */
export type Timing = Readonly<Record<Part, number>>;

/** Adds up the seconds of parts. A part within another is not counted twice. */
export class Stopwatch {
	readonly #seconds: Record<Part, number> = { read: 0, preprocess: 0, network: 0, export: 0, write: 0 };
	/** Seconds of parts that ended, each once. */
	#counted = 0;

	/** Runs `work` and adds its time to `part`, without what parts within it took. */
	async measure<T>(part: Part, work: () => T | Promise<T>): Promise<T> {
		const [begun, before] = [performance.now(), this.#counted];
		try {
			return await work();
		} finally {
			this.#add(part, begun, before);
		}
	}

	/** As `measure`, for work that does not wait. */
	measureNow<T>(part: Part, work: () => T): T {
		const [begun, before] = [performance.now(), this.#counted];
		try {
			return work();
		} finally {
			this.#add(part, begun, before);
		}
	}

	get timing(): Timing {
		const round = (seconds: number) => Math.round(seconds * 1000) / 1000;
		const { read, preprocess, network, export: out, write } = this.#seconds;
		return {
			read: round(read),
			preprocess: round(preprocess),
			network: round(network),
			export: round(out),
			write: round(write),
		};
	}

	#add(part: Part, begun: number, before: number): void {
		const within = this.#counted - before;
		const own = (performance.now() - begun) / 1000 - within;
		this.#seconds[part] += own;
		this.#counted += own;
	}
}
