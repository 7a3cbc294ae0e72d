/**
 * In which order one of several processes looks at spans of blocks: so that they rarely meet, and neighbours stay together.
 *
 * It goes on with the span behind its last one. Where others are, it jumps into the middle of the longest stretch that is
 * left: whoever comes later takes half of what is before somebody else.
 *
 * @module
 */

/** Spans 0 to `count` - 1. */
export class SpanQueue {
	readonly #isOpen: Uint8Array;
	/** Where the next search begins. */
	#next: number;

	/** @param first the span to begin with */
	constructor(count: number, first: number) {
		this.#isOpen = new Uint8Array(count).fill(1);
		this.#next = first;
	}

	/** A span that is open, which is so no longer; undefined where there is none. */
	take(): number | undefined {
		const span = this.#isOpen[this.#next] === 1 ? this.#next : this.#middle();
		if (span === undefined) return undefined;
		this.#isOpen[span] = 0;
		this.#next = span + 1;
		return span;
	}

	/** Others have it, or it is done. */
	drop(span: number): void {
		this.#isOpen[span] = 0;
	}

	/** Puts a span back. */
	reopen(span: number): void {
		this.#isOpen[span] = 1;
	}

	/** The middle of the longest stretch that is open. */
	#middle(): number | undefined {
		const isOpen = this.#isOpen;
		let [longest, from] = [0, 0];
		for (let at = 0, length = 0; at < isOpen.length; at++) {
			length = isOpen[at] === 1 ? length + 1 : 0;
			if (length > longest) [longest, from] = [length, at - length + 1];
		}
		return longest === 0 ? undefined : from + Math.floor(longest / 2);
	}
}
