/**
 * A plan as two Jobs of batch/v1: an indexed one whose pods are workers, and a suspended one that finishes.
 *
 * Kubernetes starts no job after another, so the second waits until it is told to go. Pods that the cluster takes away
 * (drained, preempted) are made again and cost no try; wrong arguments (exit 2) are not tried again; a task that fails does
 * not stop the others.
 *
 * @module
 */
import { CONTAINER, labelsOf, podTemplate } from "./pod.ts";
import type { ManifestSettings } from "./settings.ts";

/** What nnvol ends with: interrupted, wrong arguments, some failed. */
const INTERRUPTED = 130;
const WRONG = 2;
const SOME_FAILED = 3;

/** The two jobs, as objects of the API. */
export function jobsOf(settings: ManifestSettings): readonly object[] {
	return [workers(settings), finisher(settings)];
}

/** The finishing job's name. */
export function finishName(name: string): string {
	return `${name}-finish`;
}

function workers(settings: ManifestSettings): object {
	const { name, plan, tasks, parallelism, retries, gpus, claims } = settings;
	const device = gpus === 0 ? "cpu" : "cuda:0";
	const args = ["work", "--plan", plan, "--shard", `auto/${tasks}`, "--device", device];
	args.push("--threads", `${threadsOf(settings.cpu)}`, ...(claims ? ["--claims"] : []));
	return job(settings, name, {
		completionMode: "Indexed",
		completions: tasks,
		parallelism: Math.min(parallelism, tasks),
		backoffLimitPerIndex: retries,
		podFailurePolicy: failurePolicy("FailIndex", [WRONG]),
		template: podTemplate(settings, args, gpus),
	});
}

function finisher(settings: ManifestSettings): object {
	const args = ["finish", "--plan", settings.plan];
	return job(settings, finishName(settings.name), {
		suspend: true,
		completions: 1,
		parallelism: 1,
		backoffLimit: settings.retries,
		podFailurePolicy: failurePolicy("FailJob", [WRONG, SOME_FAILED]),
		template: podTemplate(settings, args, 0),
	});
}

function job(settings: ManifestSettings, name: string, spec: object): object {
	const { namespace } = settings;
	const metadata = { name, ...(namespace === undefined ? {} : { namespace }), labels: labelsOf(settings) };
	return { apiVersion: "batch/v1", kind: "Job", metadata, spec };
}

/** Rules are tried in order. A worker that was told to stop says so by its exit code. */
function failurePolicy(action: "FailIndex" | "FailJob", hopeless: readonly number[]): object {
	const exits = (values: readonly number[]) => ({ containerName: CONTAINER, operator: "In", values });
	return {
		rules: [
			{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
			{ action: "Ignore", onExitCodes: exits([INTERRUPTED]) },
			{ action, onExitCodes: exits(hopeless) },
		],
	};
}

/** Whole cores of a quantity, at least one: a process in a container sees all cores of the node. */
function threadsOf(cpu: string): number {
	const cores = cpu.endsWith("m") ? Number(cpu.slice(0, -1)) / 1000 : Number(cpu);
	return Number.isFinite(cores) ? Math.max(1, Math.floor(cores)) : 1;
}
