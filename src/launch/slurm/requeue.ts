/**
 * A task that puts itself back into SLURM's queue: asked for before its time limit (USR2), so that it goes on later.
 *
 * SLURM ends the task itself when it takes it back, so what is in hand must be dropped before this is called.
 *
 * @module
 */
import { isNnvolError } from "../../core/errors.ts";
import { type Environment, wholeNumber } from "../environment.ts";
import { type RunProgram, runProgram, saidText } from "./program.ts";

/** What became of it; `text` is for people. */
export type Requeued = { readonly requeued: boolean; readonly text: string };

/** Variable with the most times that a task puts itself back; 0 for never. `nnvol slurm submit` sets it. */
export const REQUEUES = "NNVOL_SLURM_REQUEUES";

/** Times where the variable is not set: scripts of users. */
const MOST = 50;

/** Puts the job, or the task of an array, that this process is part of back into the queue. Never throws. */
export async function requeueSelf(env: Environment = process.env, run: RunProgram = runProgram): Promise<Requeued> {
	try {
		const id = ownId(env);
		if (id === undefined) return refused("this is no job of SLURM's");
		const most = wholeNumber(env, REQUEUES) ?? MOST;
		const before = wholeNumber(env, "SLURM_RESTART_COUNT") ?? 0;
		if (most === 0) return refused(`job ${id} is not to be put back (slurm.requeue)`);
		if (before >= most) {
			return refused(`job ${id} was put back ${before} times already, the most that slurm.max_requeues allows`);
		}
		const answer = await run(["scontrol", "requeue", id]);
		if (!answer.ok) return refused(`SLURM did not put job ${id} back: ${saidText(answer)}`);
		return { requeued: true, text: `job ${id} is back in the queue and goes on when SLURM starts it again` };
	} catch (error) {
		if (!isNnvolError(error)) throw error;
		const isMissing = error.code === "CONFIG" && /there is no 'scontrol'/.test(error.message);
		return refused(
			isMissing
				? "there is no 'scontrol' here (within a container it has to be bound in); submit again to go on: nnvol slurm resume"
				: error.message,
		);
	}
}

function refused(text: string): Requeued {
	return { requeued: false, text };
}

/** `ARRAY_TASK` for a task of an array: its own job id is another one. */
function ownId(env: Environment): string | undefined {
	const array = wholeNumber(env, "SLURM_ARRAY_JOB_ID");
	const task = wholeNumber(env, "SLURM_ARRAY_TASK_ID");
	if (array !== undefined && task !== undefined) return `${array}_${task}`;
	return wholeNumber(env, "SLURM_JOB_ID")?.toString();
}
