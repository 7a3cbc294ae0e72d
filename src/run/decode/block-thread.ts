/**
 * The thread that does blocks for `block-pool.ts`.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import type { BlockTask } from "../../decode/volume/block-task.ts";
import { BlockWorker } from "../../decode/volume/block-worker.ts";
import { serveTasks } from "../task-thread.ts";

if (parentPort !== null) {
	const worker = new BlockWorker();
	serveTasks(
		parentPort,
		(task: BlockTask) => worker.perform(task),
		() => worker.close(),
	);
}
