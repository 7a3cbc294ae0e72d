/**
 * Labelled cases in memory, as many as fit: the others are read again when they are needed.
 *
 * @module
 */
import { sizeOf } from "../core/shape.ts";
import type { IoOptions } from "../volume/volume.ts";
import { type CasePaths, caseBytes, type LabelledCase, type Meaning, readCase, sharedCase } from "./labelled-case.ts";

/** Cases by turns. */
export class CaseCache {
	readonly paths: readonly CasePaths[];
	readonly #meaning: Meaning;
	readonly #memory: number;
	readonly #isShared: boolean;
	readonly #held = new Map<string, LabelledCase>();
	/** Those that are being read, for all who wait for them. */
	readonly #reading = new Map<string, Promise<LabelledCase>>();
	#bytes = 0;

	/**
	 * @param memory most bytes that are held between trials; one case is held in any case
	 * @param isShared whether several threads see the cases
	 */
	constructor(paths: readonly CasePaths[], meaning: Meaning, memory: number, isShared = false) {
		this.paths = paths;
		this.#meaning = meaning;
		this.#memory = memory;
		this.#isShared = isShared;
	}

	/** Every case, one after the other. @throws VOLUME, INPUT */
	async *each(options: IoOptions = {}): AsyncGenerator<LabelledCase> {
		for (const paths of this.paths) yield this.#held.get(paths.id) ?? (await this.#awaited(paths, options));
	}

	#awaited(paths: CasePaths, options: IoOptions): Promise<LabelledCase> {
		const { id } = paths;
		const known = this.#reading.get(id);
		if (known !== undefined) return known;
		const read = this.#read(paths, options).finally(() => this.#reading.delete(id));
		this.#reading.set(id, read);
		return read;
	}

	async #read(paths: CasePaths, options: IoOptions): Promise<LabelledCase> {
		const found = await readCase(paths, this.#meaning, options);
		const one = this.#isShared ? sharedCase(found) : found;
		const bytes = caseBytes(sizeOf(one.shape), one.channels);
		// a case that does not fit is let go of at once, so that those held stay of use
		if (this.#bytes + bytes <= this.#memory) {
			this.#held.set(paths.id, one);
			this.#bytes += bytes;
		}
		return one;
	}
}
