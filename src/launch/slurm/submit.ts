/**
 * Hands the jobs of a submission to SLURM: the planning job where there is one, the arrays, the finishing job after them.
 *
 * Dependencies never hang: every job has `--kill-on-invalid-dep=yes`, and the finishing job comes after the arrays whatever
 * became of them. Where one job is refused, those before it are cancelled.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { type ArrayPart, rangesText } from "./array-part.ts";
import type { JobKind } from "./directives.ts";
import { type RunProgram, runProgram, saidText } from "./program.ts";
import { shellLine } from "./shell-text.ts";
import { type SubmittedJob, scriptPath } from "./submission.ts";

/** What is to be submitted. */
export type Wanted = {
	/** Folder of the scripts. */
	readonly folder: string;
	/** True: a job makes the plan first. */
	readonly plans: boolean;
	/** None: only what is left of finishing is done. */
	readonly parts: readonly ArrayPart[];
	readonly maxParallel: number | null;
	/** Arrays that are in the queue already, which finishing waits for as well. */
	readonly before?: readonly string[];
	/** Options of the arrays for this time, which win over those of the script. */
	readonly options?: readonly string[];
};

/** A job that is about to be submitted, as words, with the jobs before it by their place in the list. */
export type Step = {
	readonly kind: JobKind;
	readonly part?: ArrayPart;
	readonly after?: {
		readonly kind: "afterok" | "afterany";
		readonly steps: readonly number[];
		readonly ids?: readonly string[];
	};
	readonly options: readonly string[];
	readonly words: readonly string[];
};

/** The jobs in their order. Arrays that share a limit on what runs at a time come one after the other. */
export function stepsOf({ folder, plans, parts, maxParallel, before = [], options = [] }: Wanted): readonly Step[] {
	const steps: Step[] = [];
	if (plans) steps.push({ kind: "plan", options: [], words: [scriptPath(folder, "plan")] });
	const arrays: number[] = [];
	for (const part of parts) {
		const previous = arrays.at(-1);
		const isChained = maxParallel !== null && previous !== undefined;
		const after = isChained
			? { kind: "afterany" as const, steps: [previous] }
			: plans
				? { kind: "afterok" as const, steps: [0] }
				: undefined;
		const limit = maxParallel === null ? "" : `%${maxParallel}`;
		arrays.push(steps.length);
		steps.push({
			kind: "array",
			part,
			...(after === undefined ? {} : { after }),
			options: [`--array=${rangesText(part.indices)}${limit}`, ...options],
			words: [scriptPath(folder, "array"), ...(part.first === 0 ? [] : [String(part.first)])],
		});
	}
	steps.push({
		kind: "finish",
		...(arrays.length + before.length === 0 ? {} : { after: { kind: "afterany", steps: arrays, ids: before } }),
		options: [],
		words: [scriptPath(folder, "finish")],
	});
	return steps;
}

/** The command line of a step. @param ids of the steps before it, or what stands for them */
export function commandOf({ after, options, words }: Step, ids: readonly string[]): readonly string[] {
	const before = [...(after?.steps ?? []).map((n) => ids[n] ?? ""), ...(after?.ids ?? [])].join(":");
	const dependency = after === undefined ? [] : [`--dependency=${after.kind}:${before}`];
	return ["sbatch", "--parsable", ...dependency, ...options, ...words];
}

/** Submits; `onJob` is told of each job at once. @throws RUN with what SLURM said, nothing of it left in the queue */
export async function submitSteps(
	steps: readonly Step[],
	env: NodeJS.ProcessEnv,
	onJob: (job: SubmittedJob) => Promise<void>,
	run: RunProgram = runProgram,
): Promise<void> {
	const ids: string[] = [];
	try {
		for (const step of steps) {
			const words = commandOf(step, ids);
			const answer = await run(words, env);
			const [, id] = /^(\d+)(;.*)?\s*$/m.exec(answer.out) ?? [];
			if (!answer.ok || id === undefined) {
				throw new NnvolError(
					"RUN",
					`SLURM refused the job: ${saidText(answer)} (${shellLine(words)}); sinfo -s lists partitions, and every option is a key of the section slurm of the configuration`,
				);
			}
			ids.push(id);
			await onJob(jobOf(step, id, words));
		}
	} catch (error) {
		if (ids.length > 0) await run(["scancel", ...ids]).catch(() => undefined);
		throw error;
	}
}

function jobOf({ kind, part }: Step, id: string, words: readonly string[]): SubmittedJob {
	const array = part === undefined ? {} : { array: rangesText(part.indices), first: part.first };
	return { kind, id, ...array, command: shellLine(words), submitted: new Date().toISOString() };
}
