/**
 * `nnvol slurm submit`: a configured run as jobs of SLURM's.
 *
 * The plan is made here and now, so that mistakes are told before anything waits in a queue; with `--plan-job` a job makes it.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { loadConfig, type ResolvedConfig } from "../../config/load.ts";
import { missingKeys } from "../../config/required.ts";
import { writeAtomically } from "../../core/atomic-file.ts";
import { NnvolError } from "../../core/errors.ts";
import { makeFolder } from "../../core/folder.ts";
import { arrayParts } from "../../launch/slurm/array-part.ts";
import { environmentFor } from "../../launch/slurm/directives.ts";
import { DEFAULT_ARRAY_SIZE, maxArraySize } from "../../launch/slurm/program.ts";
import { isAlive, readQueue } from "../../launch/slurm/queue.ts";
import { remainingOf } from "../../launch/slurm/remaining.ts";
import { type JobScript, scriptsOf } from "../../launch/slurm/scripts-of.ts";
import { memoryOf, type SlurmSettings, slurmSettings } from "../../launch/slurm/settings.ts";
import {
	jobPath,
	type PlacedSubmission,
	readSubmission,
	scriptPath,
	submissionId,
	submissionsIn,
	writeSubmission,
} from "../../launch/slurm/submission.ts";
import { type Step, stepsOf, submitSteps } from "../../launch/slurm/submit.ts";
import { type Job, writeJob } from "../../run/job.ts";
import { absolutePath, isRemote, plainPath } from "../../volume/stores/location.ts";
import { sourceOf, type VolumeFlags } from "../flags.ts";
import { jobOf, requireNoOverwrite } from "../job-of.ts";
import { planOf } from "../run-plan.ts";
import { type SlurmFlags, slurmOverrides } from "../slurm-flags.ts";
import { scriptsText, stepsText, submittedText } from "../slurm-text.ts";
import { runVolumes } from "./volumes.ts";

/** Options of `slurm submit`. */
export type SubmitFlags = SlurmFlags &
	Omit<VolumeFlags, "overwrite" | "predictions"> & {
		readonly mode?: "infer-volume" | "infer";
		readonly planJob?: boolean;
		readonly dryRun?: boolean;
	};

/** What is submitted, before it is. */
type Draft = {
	readonly resolved: ResolvedConfig;
	readonly settings: SlurmSettings;
	readonly submission: PlacedSubmission;
	readonly mode: "infer-volume" | "infer";
	readonly overrides: readonly string[];
	readonly flags: SubmitFlags;
};

/** Submits; gives the exit code. */
export async function runSlurmSubmit(words: readonly string[], flags: SubmitFlags): Promise<number> {
	const draft = await draftOf([...words, ...slurmOverrides(flags)], flags);
	const { settings, submission } = draft;
	const scripts = await scriptsOf(submission, settings, wordsOf(draft));
	const size = await maxArraySize().catch((error) => {
		if (flags.dryRun === true) return DEFAULT_ARRAY_SIZE;
		throw error;
	});
	const steps = stepsOf({
		folder: submission.folder,
		plans: flags.planJob === true,
		parts: arrayParts([...new Array(submission.shards).keys()], size),
		maxParallel: settings.max_parallel,
	});
	if (flags.dryRun === true) return rehearse(draft, scripts, steps);
	await requireNothingQueued(dirname(submission.folder));
	return submit(draft, scripts, steps);
}

async function draftOf(overrides: readonly string[], flags: SubmitFlags): Promise<Draft> {
	const resolved = await loadConfig({ overrides, ...sourceOf(flags) });
	const { config } = resolved;
	const { volume_mode: volumes, data } = config.inference;
	const listed = volumes.file_list !== null || volumes.file_pattern !== null;
	const mode = flags.mode ?? (listed ? "infer-volume" : "infer");
	const missing = missingKeys(config, mode, flags.checkpoint !== undefined);
	if (missing.length > 0) throw new NnvolError("CONFIG", missing.map(({ text }) => text).join("\n"));
	const settings = slurmSettings(config);
	const output = plainPath(data.output_path ?? "");
	const [id, folder] = await placeOf(output, settings);
	const submission: PlacedSubmission = {
		version: 1,
		id,
		mode,
		output: isRemote(output) ? output : absolutePath(output),
		cwd: process.cwd(),
		shards: settings.tasks,
		max_parallel: settings.max_parallel,
		logs: settings.logs === null ? join(folder, "logs") : absolutePath(settings.logs),
		jobs: [],
		folder,
	};
	return { resolved, settings, submission, mode, overrides, flags };
}

/** A name that is free, and the folder of that name. @throws CONFIG where outputs lie behind a URL and no folder is named */
async function placeOf(output: string, { folder }: SlurmSettings): Promise<readonly [string, string]> {
	if (folder === null && isRemote(output)) {
		throw new NnvolError(
			"CONFIG",
			`the outputs go to ${output}, where scripts and logs cannot lie: set slurm.folder to a folder that all nodes see`,
		);
	}
	const root = absolutePath(folder ?? join(output, ".nnvol", "slurm"));
	const taken = new Set(await submissionsIn(root));
	const base = submissionId();
	for (let n = 1; ; n++) {
		const id = n === 1 ? base : `${base}-${n}`;
		if (!taken.has(join(root, id))) return [id, join(root, id)];
	}
}

/** Options of nnvol in the scripts. */
function wordsOf({ settings, submission, mode, flags }: Draft) {
	const array = ["--threads", String(settings.cpus_per_task), ...(settings.claims ? ["--claims"] : [])];
	if (flags.planJob !== true) return { array };
	const own = [
		...(flags.checkpoint === undefined ? [] : ["--checkpoint", absolutePath(flags.checkpoint)]),
		...(flags.stream === undefined ? [] : [flags.stream ? "--stream" : "--no-stream"]),
		...(flags.acceptExisting === true ? ["--accept-existing"] : []),
	];
	return {
		array,
		plan: ["--config", join(submission.folder, "config.yaml"), "--mode", mode, ...own, ...memoryWords(flags, settings)],
	};
}

function memoryWords({ memory }: SubmitFlags, settings: SlurmSettings): string[] {
	const size = memory ?? memoryOf(settings);
	return size === undefined ? [] : ["--memory", size];
}

/** Another submission of the same outputs that is in the queue would do the same work. @throws CONFIG */
async function requireNothingQueued(root: string): Promise<void> {
	for (const folder of await submissionsIn(root)) {
		const { id, jobs } = await readSubmission(folder);
		const alive = (await readQueue(jobs.map((job) => job.id))).filter(isAlive);
		if (alive.length === 0) continue;
		throw new NnvolError(
			"CONFIG",
			`the submission ${id} of these outputs is in the queue (${alive.length} jobs and tasks); 'nnvol slurm cancel ${folder}' takes it out, 'nnvol slurm resume ${folder}' adds what failed of it`,
			{ fields: { folder } },
		);
	}
}

/** Finds mistakes and prints what would be done. */
async function rehearse(draft: Draft, scripts: readonly JobScript[], steps: readonly Step[]): Promise<number> {
	if (draft.flags.planJob !== true) await planned(draft, async () => undefined);
	process.stdout.write(`${scriptsText(draft.submission.folder, scripts)}${stepsText(steps)}`);
	process.stderr.write("nothing was written or submitted (--dry-run)\n");
	return 0;
}

async function submit(draft: Draft, scripts: readonly JobScript[], steps: readonly Step[]): Promise<number> {
	const { submission, settings, resolved, flags } = draft;
	const { folder } = submission;
	if (flags.planJob !== true) {
		let job: Job | undefined;
		await planned(draft, async (made) => {
			job = made;
		});
		if (job !== undefined && (await isAllDone(job))) return tellDone(job, flags);
		if (job !== undefined) {
			await makeFolder(folder);
			await writeJob(jobPath(folder), job);
		}
	}
	await makeFolder(folder);
	await makeFolder(submission.logs);
	await writeAtomically(join(folder, "config.yaml"), resolved.text);
	for (const { kind, text } of scripts) await writeAtomically(scriptPath(folder, kind), text);
	await writeSubmission(submission);
	const env = environmentFor(
		scripts.flatMap(({ directives }) => directives),
		process.env,
	);
	let current = submission;
	try {
		await submitSteps(steps, env, async (made) => {
			current = { ...current, jobs: [...current.jobs, made] };
			await writeSubmission(current);
		});
	} catch (error) {
		await rm(folder, { recursive: true, force: true });
		throw error;
	}
	process.stdout.write(
		flags.json === true ? `${JSON.stringify(current, null, 2)}\n` : submittedText(current, settings.max_parallel),
	);
	return 0;
}

/** Makes the plan and hands over the job. @throws what a run would be refused by */
async function planned(draft: Draft, onJob: (job: Job) => Promise<void>): Promise<void> {
	const { settings, mode, overrides, flags, resolved } = draft;
	const { json: _, memory: _memory, ...rest } = flags;
	const own = resolved.config.system.memory === null ? (flags.memory ?? memoryOf(settings)) : flags.memory;
	await runVolumes(mode, overrides, { ...rest, ...(own === undefined ? {} : { memory: own }) }, async (request) => {
		requireNoOverwrite(request);
		const plan = await planOf(request);
		request.progress.close();
		await onJob(jobOf(request, plan, settings.cpus_per_task));
		return 0;
	});
}

async function isAllDone(job: Job): Promise<boolean> {
	const { outputs } = await remainingOf(job);
	return outputs.done === outputs.total;
}

function tellDone({ plan }: Job, { json }: SubmitFlags): number {
	const text = `nothing was submitted: all ${plan.cases.length} outputs in ${plan.folder} are done`;
	process.stdout.write(json === true ? `${JSON.stringify({ submitted: false, text })}\n` : `${text}\n`);
	return 0;
}
