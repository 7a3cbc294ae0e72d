/**
 * Tasks of arrays and indexed jobs, by the variables of the schedulers.
 *
 * Where several are set the first of this order counts: AWS Batch, Google Batch, Cloud Run, SLURM, Kubernetes, PBS, Torque,
 * LSF, SGE. The services of clouds run on top of others (AWS Batch in pods of Kubernetes) and tell their count.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { type Environment, wholeNumber } from "./environment.ts";

type Place = { readonly index: number; readonly count: number };

/** A task of an array. */
export type ArrayTask = {
	readonly scheduler: string;
	/** Its variable, for people. */
	readonly text: string;
	/** The index as the scheduler has it, less 1 where it counts from 1. */
	readonly index: number;
	/** One more than the last index of what was submitted, where the scheduler tells. */
	readonly end?: number;
	/** The place within what was submitted, from its first index, where the scheduler tells. */
	readonly span?: Place;
	/** The place in the whole array, where the scheduler tells. */
	readonly told?: Place;
	/** True where an array cannot be submitted in part, so that `told` is the truth. */
	readonly whole: boolean;
	/** How an array of `count` tasks is submitted. */
	readonly wanted: (count: number) => string;
};

/**
 * The array task that this process is, undefined outside arrays.
 *
 * @throws NnvolError CONFIG where a variable is not a number, or a service's index not below its count.
 */
export function findArrayTask(env: Environment): ArrayTask | undefined {
	for (const read of READERS) {
		const task = read(env);
		if (task !== undefined) return task;
	}
	return undefined;
}

type Reader = (env: Environment) => ArrayTask | undefined;

const READERS: readonly Reader[] = [
	service("AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE"),
	service("Google Batch", "BATCH_TASK_INDEX", "BATCH_TASK_COUNT"),
	service("Cloud Run", "CLOUD_RUN_TASK_INDEX", "CLOUD_RUN_TASK_COUNT"),
	slurm,
	plain("Kubernetes", "JOB_COMPLETION_INDEX", (count) => `completions: ${count}`),
	plain("PBS", "PBS_ARRAY_INDEX", (count) => `-J 0-${count - 1}`),
	plain("Torque", "PBS_ARRAYID", (count) => `-t 0-${count - 1}`),
	lsf,
	sge,
];

/** A cloud's service: arrays are always whole, from 0, and tell their count. */
function service(scheduler: string, indexName: string, countName: string): Reader {
	return (env) => {
		const index = wholeNumber(env, indexName);
		if (index === undefined) return undefined;
		const count = wholeNumber(env, countName);
		const text = `${indexName}=${index}`;
		if (count !== undefined && index >= count) {
			throw new NnvolError(
				"CONFIG",
				`${text} of ${countName}=${count}: indexes count from 0; say the share with --shard i/n`,
			);
		}
		return {
			scheduler,
			text,
			index,
			...(count === undefined ? {} : { told: { index, count } }),
			whole: true,
			wanted: (n) => `an array of ${n}`,
		};
	};
}

/** An index from 0 and nothing else. */
function plain(scheduler: string, indexName: string, wanted: (count: number) => string): Reader {
	return (env) => {
		const index = wholeNumber(env, indexName);
		if (index === undefined) return undefined;
		return { scheduler, text: `${indexName}=${index}`, index, whole: false, wanted };
	};
}

/** SLURM: from 0 by habit. SLURM_ARRAY_TASK_COUNT counts what was submitted this time, so it is never taken for the whole. */
function slurm(env: Environment): ArrayTask | undefined {
	const id = wholeNumber(env, "SLURM_ARRAY_TASK_ID");
	if (id === undefined) return undefined;
	const first = wholeNumber(env, "SLURM_ARRAY_TASK_MIN");
	const last = wholeNumber(env, "SLURM_ARRAY_TASK_MAX");
	return {
		scheduler: "SLURM",
		text: `SLURM_ARRAY_TASK_ID=${id}`,
		index: id,
		...(last === undefined ? {} : { end: last + 1 }),
		...spanned(id, first, last, wholeNumber(env, "SLURM_ARRAY_TASK_STEP")),
		whole: false,
		wanted: (count) => `--array=0-${count - 1}`,
	};
}

/** LSF: from 1, and 0 outside arrays. The last index is told, the first is not, and is 1 by habit. */
function lsf(env: Environment): ArrayTask | undefined {
	const id = wholeNumber(env, "LSB_JOBINDEX");
	if (id === undefined || id === 0) return undefined;
	const last = wholeNumber(env, "LSB_JOBINDEX_END");
	const { span } = spanned(id, 1, last, wholeNumber(env, "LSB_JOBINDEX_STEP"));
	return fromOne("LSF", "LSB_JOBINDEX", id, last, span, span, (count) => `-J "name[1-${count}]"`);
}

/** SGE: from 1. An array that starts later is a part of one, whose count is not told. */
function sge(env: Environment): ArrayTask | undefined {
	const id = wholeNumber(env, "SGE_TASK_ID");
	if (id === undefined || id === 0) return undefined;
	const first = wholeNumber(env, "SGE_TASK_FIRST");
	const last = wholeNumber(env, "SGE_TASK_LAST");
	const { span } = spanned(id, first, last, wholeNumber(env, "SGE_TASK_STEPSIZE"));
	return fromOne("SGE", "SGE_TASK_ID", id, last, span, first === 1 ? span : undefined, (count) => `-t 1-${count}`);
}

function fromOne(
	scheduler: string,
	name: string,
	id: number,
	last: number | undefined,
	span: Place | undefined,
	told: Place | undefined,
	wanted: (count: number) => string,
): ArrayTask {
	return {
		scheduler,
		text: `${name}=${id}`,
		index: id - 1,
		...(last === undefined ? {} : { end: last }),
		...(span === undefined ? {} : { span }),
		...(told === undefined ? {} : { told }),
		whole: false,
		wanted,
	};
}

/** The place of `id` in `first`, `first + step`, ... up to `last`. */
function spanned(id: number, first?: number, last?: number, step = 1): { readonly span?: Place } {
	if (first === undefined || last === undefined || id < first || id > last) return {};
	const apart = step === 0 ? 1 : step;
	if ((id - first) % apart !== 0) return {};
	return { span: { index: (id - first) / apart, count: Math.floor((last - first) / apart) + 1 } };
}
