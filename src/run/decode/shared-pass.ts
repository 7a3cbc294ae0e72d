/**
 * One pass over blocks that several processes share: blocks are claimed by spans, and each process waits until all are recorded.
 *
 * Records decide what is done, claims only keep two from doing the same at once. A span whose process is gone is taken over
 * when its claim has run out; a block that is done twice is the same twice.
 *
 * @module
 */
import { NnvolError, throwIfAborted } from "../../core/errors.ts";
import { sleep } from "../../core/sleep.ts";
import { inLanes } from "../../volume/lanes.ts";
import type { Claim, Claims } from "../claims/claims.ts";
import { SpanQueue } from "./span-queue.ts";

/** A span under which so many processes died is not tried again. */
const MOST_DEATHS = 5;

/** Milliseconds between looks at what others have done: at first, and at most. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 2000;

/** A pass. */
export type SharedPass = {
	/** In claims: [a-z0-9-]. */
	readonly name: string;
	readonly blocks: readonly number[];
	/** Spans that the blocks are cut to, at most. */
	readonly spans: number;
	/** The span that is begun with; one by chance where it is missing. */
	readonly first?: number;
	readonly claims: Claims;
	/** Blocks at once. */
	readonly lanes: number;
	/** All that is recorded, by whomever. */
	recorded(): Promise<ReadonlySet<number>>;
	isRecorded(block: number): Promise<boolean>;
	perform(block: number): Promise<void>;
	/** Blocks that are done, by whomever. */
	onDone(done: number): void;
	/** Looks whether it is still of use. @throws where it is not */
	check(): Promise<void>;
	readonly signal?: AbortSignal | undefined;
};

/** Does a pass with others; all its blocks are recorded then. @throws as its blocks; RUN where processes die again and again; CANCELLED */
export async function sharePass(pass: SharedPass): Promise<void> {
	const work = new PassWork(pass);
	for (let wait = FIRST_PAUSE; !(await work.isDone()); wait = Math.min(LONGEST_PAUSE, wait * 1.5)) {
		throwIfAborted(pass.signal);
		await pass.check();
		if (await work.doWhatIsFree()) wait = FIRST_PAUSE;
		else await sleep(wait, pass.signal);
	}
}

class PassWork {
	readonly #pass: SharedPass;
	readonly #spans: readonly (readonly number[])[];
	readonly #queue: SpanQueue;
	readonly #known = new Set<number>();

	constructor(pass: SharedPass) {
		this.#pass = pass;
		const size = Math.max(1, Math.ceil(pass.blocks.length / pass.spans));
		const count = Math.ceil(pass.blocks.length / size);
		this.#spans = Array.from({ length: count }, (_, n) => pass.blocks.slice(n * size, (n + 1) * size));
		this.#queue = new SpanQueue(count, pass.first ?? Math.floor(Math.random() * count));
	}

	/** Looks at the records. Spans that others had and did not do are free again. */
	async isDone(): Promise<boolean> {
		for (const block of await this.#pass.recorded()) this.#known.add(block);
		this.#tell();
		let left = 0;
		for (const [n, span] of this.#spans.entries()) {
			if (this.#isRecorded(span)) {
				this.#queue.drop(n);
				continue;
			}
			this.#queue.reopen(n);
			left++;
		}
		return left === 0;
	}

	/** Does every span that nobody has; true where there was one. */
	async doWhatIsFree(): Promise<boolean> {
		let didAny = false;
		const queue = this.#queue;
		function* spans(): Generator<number> {
			for (let n = queue.take(); n !== undefined; n = queue.take()) yield n;
		}
		await inLanes(spans(), this.#pass.lanes, async (n) => {
			throwIfAborted(this.#pass.signal);
			const claim = await this.#pass.claims.take(`${this.#pass.name}-${n}`);
			if (claim === undefined) return;
			try {
				this.#requireAlive(claim);
				if (await this.#doSpan(this.#spans[n] ?? [])) didAny = true;
			} finally {
				await claim.release();
			}
		});
		return didAny;
	}

	/** Does what of a span is not done; true where that was anything. */
	async #doSpan(span: readonly number[]): Promise<boolean> {
		let [mine, others] = [0, 0];
		for (const block of span) {
			if (this.#known.has(block)) continue;
			throwIfAborted(this.#pass.signal);
			const isTheirs = await this.#pass.isRecorded(block);
			if (isTheirs) others++;
			else await this.#perform(block).then(() => mine++);
			this.#known.add(block);
			this.#tell();
		}
		if (others > 0) await this.#lookAround();
		return mine > 0;
	}

	async #perform(block: number): Promise<void> {
		await this.#pass.check();
		await this.#pass.perform(block);
	}

	/** Somebody else was here: what else did they do? */
	async #lookAround(): Promise<void> {
		for (const block of await this.#pass.recorded()) this.#known.add(block);
		for (const [n, span] of this.#spans.entries()) if (this.#isRecorded(span)) this.#queue.drop(n);
	}

	#isRecorded(span: readonly number[]): boolean {
		return span.every((block) => this.#known.has(block));
	}

	#tell(): void {
		this.#pass.onDone(this.#known.size);
	}

	#requireAlive({ deaths, name }: Claim): void {
		if (deaths < MOST_DEATHS) return;
		throw new NnvolError(
			"RUN",
			`${deaths} processes died while they did the same blocks (${name}); they may have run out of memory: lower --memory or --workers, and run the same again to go on`,
			{ fields: { deaths, name } },
		);
	}
}
