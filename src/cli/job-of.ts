/**
 * The job of a request: what workers need to do their shares of it.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import type { Plan } from "../plan/plan.ts";
import type { Job } from "../run/job.ts";
import { invocation } from "./invocation.ts";
import type { RunRequest } from "./run-plan.ts";
import { VERSION } from "./version.ts";

/** The job that carries out `plan`, which is the request's. @param threads of one worker; null: as many as it may use */
export function jobOf(request: RunRequest, plan: Plan, threads: number | null): Job {
	const { overwrite: _, share: _share, ...options } = request.options;
	const made = invocation();
	return {
		version: 1,
		nnvol: VERSION,
		created: new Date().toISOString(),
		cwd: process.cwd(),
		plan,
		models: [request, ...(request.further ?? [])].map(({ model }) => model.files),
		device: request.device,
		threads,
		options: { ...options, ...(made === undefined ? {} : { invocation: made }) },
		provenance: request.provenance ?? {},
		beside: request.beside ?? {},
	};
}

/** @throws CONFIG where outputs are to be made anew, which only a run can do */
export function requireNoOverwrite({ options }: RunRequest): void {
	if (!options.overwrite) return;
	throw new NnvolError(
		"CONFIG",
		"--save writes a plan for workers, who would each make outputs anew; give --overwrite to the command that starts them, or remove the outputs first",
	);
}
