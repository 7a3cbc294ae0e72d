/**
 * Cases scored in this thread or in several: who comes first is served first, by whichever thread is free.
 *
 * @module
 */
import { builtFile } from "../core/built-file.ts";
import { TaskThread } from "../run/task-thread.ts";
import type { Scores } from "./metrics.ts";
import { perform, type ScoreTask } from "./score-task.ts";

/** Who scores. Close it in a `finally`. */
export interface ScorePool {
	/** How many cases it scores at once. */
	readonly workers: number;
	/** Waits until the task can be begun, and begins it. `scores` throws what the task throws. */
	begin(task: ScoreTask): Promise<{ readonly scores: Promise<Scores> }>;
	/** Ends the threads once what is begun has ended. */
	close(): Promise<void>;
}

/** A pool of so many threads; of one it is the calling thread itself. */
export function openScorePool(workers: number): ScorePool {
	if (workers === 1) {
		return {
			workers,
			begin: async (task) => ({ scores: Promise.resolve(perform(task)) }),
			close: async () => undefined,
		};
	}
	const threads = Array.from(
		{ length: workers },
		(_, n) => new TaskThread<ScoreTask, Scores>(builtFile("tune/score-thread.js"), `nnvol score ${n}`, "scores cases"),
	);
	return new Pool(threads);
}

type Thread = TaskThread<ScoreTask, Scores>;

class Pool implements ScorePool {
	readonly workers: number;
	readonly #threads: readonly Thread[];
	readonly #idle: Thread[];
	readonly #waiting: ((thread: Thread) => void)[] = [];

	constructor(threads: readonly Thread[]) {
		this.workers = threads.length;
		this.#threads = threads;
		this.#idle = [...threads];
	}

	async begin(task: ScoreTask): Promise<{ readonly scores: Promise<Scores> }> {
		const thread = this.#idle.pop() ?? (await new Promise<Thread>((resolve) => this.#waiting.push(resolve)));
		const scores = thread.perform(task).finally(() => this.#free(thread));
		scores.catch(() => undefined); // whoever waits for them meets it
		return { scores };
	}

	#free(thread: Thread): void {
		const next = this.#waiting.shift();
		if (next === undefined) this.#idle.push(thread);
		else next(thread);
	}

	async close(): Promise<void> {
		await Promise.all(this.#threads.map((thread) => thread.end()));
	}
}
