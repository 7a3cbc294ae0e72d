/**
 * Labelled cases in memory, as many as fit: the others are read again when they are needed.
 *
 * @module
 */
import { sizeOf } from "../core/shape.ts";
import type { IoOptions } from "../volume/volume.ts";
import { type CasePaths, caseBytes, type LabelledCase, type Meaning, readCase } from "./labelled-case.ts";

/** Cases by turns. */
export class CaseCache {
	readonly paths: readonly CasePaths[];
	readonly #meaning: Meaning;
	readonly #memory: number;
	readonly #held = new Map<string, LabelledCase>();
	#bytes = 0;

	/** @param memory most bytes that are held between trials; one case is held in any case */
	constructor(paths: readonly CasePaths[], meaning: Meaning, memory: number) {
		this.paths = paths;
		this.#meaning = meaning;
		this.#memory = memory;
	}

	/** Every case, one after the other. @throws VOLUME, INPUT */
	async *each(options: IoOptions = {}): AsyncGenerator<LabelledCase> {
		for (const paths of this.paths) {
			const known = this.#held.get(paths.id);
			if (known !== undefined) {
				yield known;
				continue;
			}
			const read = await readCase(paths, this.#meaning, options);
			const bytes = caseBytes(sizeOf(read.shape), read.channels);
			// a case that does not fit is let go of at once, so that those held stay of use
			if (this.#bytes + bytes <= this.#memory) {
				this.#held.set(paths.id, read);
				this.#bytes += bytes;
			}
			yield read;
		}
	}
}
