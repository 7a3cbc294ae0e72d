/**
 * The request that a job comes to, in a worker: its models loaded and found to be those that were planned with.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { hashOf } from "../core/hash.ts";
import { type LoadedModel, loadModel } from "../model/load.ts";
import type { Plan } from "../plan/plan.ts";
import { type Job, readJob } from "../run/job.ts";
import { parseCount, parseMemory } from "./arguments.ts";
import type { Progress } from "./progress.ts";
import { identityOf, type RunRequest, threadsOf } from "./run-plan.ts";

/** Reads a job, and goes to the folder that its paths are relative to. @throws CONFIG */
export async function openJob(path: string): Promise<Job> {
	const job = await readJob(path);
	try {
		process.chdir(job.cwd);
	} catch {
		// paths that are absolute or behind URLs are the same everywhere; others are met where they are read
	}
	return job;
}

/** What a worker may choose otherwise than the job says. */
export type OwnChoices = { readonly device?: string; readonly threads?: string; readonly memory?: string };

/** What a worker carries out. @throws MODEL where a model is another than the one that was planned with */
export async function requestOf(job: Job, own: OwnChoices, progress: Progress): Promise<RunRequest> {
	const { plan } = job;
	const [first, ...further] = await modelsOf(job);
	if (first === undefined) throw new RangeError("a plan without a model");
	const memory = parseMemory(own.memory) ?? job.options.memory;
	const threads = own.threads === undefined ? (job.threads ?? -1) : parseCount("--threads", own.threads);
	return {
		...first,
		further,
		folder: plan.folder,
		plan,
		cases: plan.cases,
		device: own.device ?? job.device,
		threads: threadsOf(threads),
		progress,
		provenance: job.provenance,
		beside: job.beside,
		options: { ...job.options, overwrite: false, share: "", ...(memory === undefined ? {} : { memory }) },
	};
}

type Member = { readonly model: LoadedModel; readonly settings: Plan["settings"] };

async function modelsOf({ plan, models }: Job): Promise<Member[]> {
	const loaded: Member[] = [];
	for (const [n, member] of [plan, ...(plan.further ?? [])].entries()) {
		const files = models[n];
		if (files === undefined)
			throw new NnvolError("CONFIG", "the plan names fewer models than it averages; make it again");
		const model = await loadModel(files);
		await requireSame(model, member.model);
		loaded.push({ model, settings: member.settings });
	}
	return loaded;
}

async function requireSame(model: LoadedModel, planned: Plan["model"]): Promise<void> {
	if (hashOf(await identityOf(model)) === hashOf(planned)) return;
	throw new NnvolError(
		"MODEL",
		`${model.files.checkpoints[0]?.path ?? model.files.plans} is another model than the one that the plan was made with; make the plan again`,
	);
}
