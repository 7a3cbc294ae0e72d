/**
 * What watches a run while a command carries it out: progress, the sinks that were asked for, memory of graphics cards.
 *
 * @module
 */
import { type Monitor, openMonitor } from "../monitor/open-monitor.ts";
import type { Plan } from "../plan/plan.ts";
import { watchGpuMemory } from "../run/gpu-memory.ts";
import type { RunRequest } from "./run-plan.ts";

/** Begins to watch; never throws. `close` may be called twice. */
export async function watchRun({ options, progress, device }: RunRequest, plan: Plan): Promise<Monitor> {
	const { monitor: settings, share } = options;
	const monitor = await openMonitor({ settings, share, cases: plan.cases, onEvent: progress.onEvent });
	const endGpu = device === "cpu" ? () => undefined : watchGpuMemory();
	let closing: Promise<void> | undefined;
	return {
		onEvent: monitor.onEvent,
		close: () => {
			endGpu();
			closing ??= monitor.close();
			return closing;
		},
	};
}
