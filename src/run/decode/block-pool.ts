/**
 * Blocks done one after another in this thread, or in several at once.
 *
 * A thread gets a block when it is done with the one before: tables that go with blocks are made when they are needed. After
 * the first failure no more are begun; it is thrown when those under way have ended.
 *
 * @module
 */
import { builtFile } from "../../core/built-file.ts";
import { throwIfAborted } from "../../core/errors.ts";
import type { BlockTask } from "../../decode/volume/block-task.ts";
import { BlockWorker } from "../../decode/volume/block-worker.ts";
import { inLanes } from "../../volume/lanes.ts";
import { TaskThread } from "../task-thread.ts";

/** How tasks are done. */
export type PoolOptions = {
	readonly signal?: AbortSignal | undefined;
	/** Most tasks at once, where the threads are more. */
	readonly atOnce?: number | undefined;
};

/** Who does blocks. Close it in a `finally`. */
export interface BlockPool {
	/** How many blocks it does at once. */
	readonly workers: number;
	/** Does one task, of as many at once as it can. @throws what the task throws */
	perform(task: BlockTask): Promise<void>;
	/** Does all tasks, in any order. @throws what a task throws; CANCELLED */
	run(tasks: Iterable<BlockTask>, onDone: () => void, options?: PoolOptions): Promise<void>;
	close(): Promise<void>;
}

/** A pool of so many threads; of one it is the calling thread itself. */
export function openPool(workers: number): BlockPool {
	if (workers === 1) return inlinePool();
	const threads = Array.from(
		{ length: workers },
		(_, n) =>
			new TaskThread<BlockTask, void>(builtFile("run/decode/block-thread.js"), `nnvol blocks ${n}`, "decodes blocks"),
	);
	const idle = [...threads];
	const perform = async (task: BlockTask): Promise<void> => {
		const thread = idle.pop();
		if (thread === undefined) throw new RangeError("more tasks at once than threads");
		await thread.perform(task).finally(() => idle.push(thread));
	};
	return {
		workers,
		perform,
		run: (tasks, onDone, { signal, atOnce = workers } = {}) =>
			inLanes(tasks, Math.min(workers, atOnce), async (task) => {
				throwIfAborted(signal);
				await perform(task);
				onDone();
			}),
		close: async () => {
			await Promise.all(threads.map((thread) => thread.end()));
		},
	};
}

function inlinePool(): BlockPool {
	const worker = new BlockWorker();
	return {
		workers: 1,
		perform: (task) => worker.perform(task),
		run: (tasks, onDone, { signal } = {}) =>
			inLanes(tasks, 1, async (task) => {
				throwIfAborted(signal);
				await worker.perform(task);
				onDone();
			}),
		close: () => worker.close(),
	};
}
