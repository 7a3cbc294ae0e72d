/**
 * The network of a model on a device: one session a fold; logits are averaged over folds.
 *
 * A lane is a set of such sessions that runs one batch after the other, so that the next is cut while one runs and folds
 * never compete for cores. Several lanes run side by side where one run must not use all threads (see `exactThreads`).
 *
 * @module
 */
import type { Output, Session, Tensor } from "../runtime/session.ts";
import { addInto, divide } from "./mean.ts";

/** What a batch gives: logits averaged over folds and, where they were asked for, those of each fold. */
export type NetworkOutput = Output & { readonly folds?: readonly Float32Array<ArrayBuffer>[] };

/** Runs batches through every fold. */
export class Network {
	readonly heads: number;
	/** Models whose logits are averaged. */
	readonly folds: number;
	readonly #lanes: readonly Lane[];
	#next = 0;

	/** @param lanes the sessions of each lane, one a fold */
	constructor(lanes: readonly (readonly Session[])[], heads: number) {
		this.#lanes = lanes.map((sessions) => new Lane(sessions));
		this.heads = heads;
		this.folds = lanes[0]?.length ?? 1;
	}

	/** Batches that run side by side. */
	get lanes(): number {
		return this.#lanes.length;
	}

	/**
	 * Logits averaged over folds, float32 [N, heads, ...patch]; the input's buffer is given away. @throws RUNTIME
	 *
	 * @param each true: the logits of each fold as well
	 */
	async run(input: Tensor, each = false): Promise<NetworkOutput> {
		const lane = this.#lanes[this.#next++ % this.#lanes.length];
		if (lane === undefined) throw new RangeError("a network without sessions");
		return lane.run(input, each);
	}

	async close(): Promise<void> {
		await Promise.all(this.#lanes.map((lane) => lane.close()));
	}
}

class Lane {
	readonly #sessions: readonly Session[];
	#last: Promise<unknown> = Promise.resolve();

	constructor(sessions: readonly Session[]) {
		this.#sessions = sessions;
	}

	run(input: Tensor, each: boolean): Promise<NetworkOutput> {
		const result = this.#last.then(() => this.#runFolds(input, each));
		this.#last = result.catch(() => undefined);
		return result;
	}

	async close(): Promise<void> {
		await Promise.all(this.#sessions.map((session) => session.close()));
	}

	async #runFolds(input: Tensor, each: boolean): Promise<NetworkOutput> {
		const folds: Float32Array<ArrayBuffer>[] = [];
		let sum: Tensor | undefined;
		let spent: Float32Array<ArrayBuffer> | undefined;
		for (const [n, session] of this.#sessions.entries()) {
			const isLast = n === this.#sessions.length - 1;
			const output = await session.run(isLast ? input : { data: input.data.slice(), shape: input.shape });
			spent = output.spent;
			if (each) folds.push(output.data.slice());
			if (sum === undefined) sum = output;
			else addInto(sum.data, output.data);
		}
		if (sum === undefined) throw new RangeError("a lane without folds");
		if (this.#sessions.length > 1) divide(sum.data, this.#sessions.length);
		const beside = each ? { folds } : {};
		return spent === undefined ? { ...sum, ...beside } : { ...sum, ...beside, spent };
	}
}
