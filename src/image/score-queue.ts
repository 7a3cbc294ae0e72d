/**
 * Numbers by a score, the lowest first; of equal scores the lower number.
 *
 * @module
 */

/** A binary heap. */
export class ScoreQueue {
	readonly #numbers: number[] = [];
	readonly #scores: number[] = [];

	/** Adds a number; it may be there already. */
	push(number: number, score: number): void {
		let at = this.#numbers.push(number) - 1;
		this.#scores.push(score);
		for (let up = (at - 1) >> 1; at > 0 && this.#isBefore(at, up); up = (at - 1) >> 1) {
			this.#exchange(at, up);
			at = up;
		}
	}

	/** Takes the first number; undefined where there is none whose score is below `limit`. */
	pop(limit: number): number | undefined {
		const first = this.#numbers[0];
		if (first === undefined || !((this.#scores[0] ?? 0) < limit)) return undefined;
		const last = this.#numbers.length - 1;
		this.#exchange(0, last);
		this.#numbers.pop();
		this.#scores.pop();
		this.#sink(last);
		return first;
	}

	#sink(length: number): void {
		let at = 0;
		for (let child = 1; child < length; child = 2 * at + 1) {
			if (child + 1 < length && this.#isBefore(child + 1, child)) child++;
			if (!this.#isBefore(child, at)) return;
			this.#exchange(at, child);
			at = child;
		}
	}

	#isBefore(a: number, b: number): boolean {
		const [scoreA, scoreB] = [this.#scores[a] ?? 0, this.#scores[b] ?? 0];
		return scoreA < scoreB || (scoreA === scoreB && (this.#numbers[a] ?? 0) < (this.#numbers[b] ?? 0));
	}

	#exchange(a: number, b: number): void {
		const [number, score] = [this.#numbers[a] ?? 0, this.#scores[a] ?? 0];
		this.#numbers[a] = this.#numbers[b] ?? 0;
		this.#scores[a] = this.#scores[b] ?? 0;
		this.#numbers[b] = number;
		this.#scores[b] = score;
	}
}
