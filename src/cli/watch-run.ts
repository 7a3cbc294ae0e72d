/**
 * What watches a run while a command carries it out: progress, the sinks that were asked for, memory of graphics cards.
 *
 * @module
 */
import { type Monitor, openMonitor } from "../monitor/open-monitor.ts";
import type { Plan } from "../plan/plan.ts";
import { watchGpuMemory } from "../run/gpu-memory.ts";
import type { WorkersView } from "./progress.ts";
import type { RunRequest } from "./run-plan.ts";

/** Watches; told of the processes that do the run, where this one only leads them. */
export type RunWatch = Monitor & { showWorkers(view: WorkersView): void };

/** Begins to watch; never throws. `close` may be called twice. */
export async function watchRun({ options, progress, device }: RunRequest, plan: Plan): Promise<RunWatch> {
	let workers: WorkersView | undefined;
	const { monitor: settings, share } = options;
	const workersMemory = () => workers?.memory() ?? 0;
	const monitor = await openMonitor({ settings, share, cases: plan.cases, workersMemory, onEvent: progress.onEvent });
	const endGpu = device === "cpu" ? () => undefined : watchGpuMemory();
	let closing: Promise<void> | undefined;
	return {
		onEvent: monitor.onEvent,
		showWorkers: (view) => {
			workers = view;
			progress.showWorkers?.(view);
		},
		close: () => {
			endGpu();
			closing ??= monitor.close();
			return closing;
		},
	};
}
