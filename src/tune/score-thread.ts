/**
 * The thread that scores cases for `score-pool.ts`.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import { serveTasks } from "../run/task-thread.ts";
import { perform, type ScoreTask } from "./score-task.ts";

if (parentPort !== null) serveTasks(parentPort, async (task: ScoreTask) => perform(task));
