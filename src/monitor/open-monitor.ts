/**
 * All that watches a run, together: events go to each sink that was asked for, and curves get a point every interval.
 *
 * Law: it never fails or holds up the run. A sink that cannot be opened, or goes wrong later, is one warning, and is off from
 * then on.
 *
 * @module
 */
import { hostLabel } from "../core/atomic-file.ts";
import { errorText } from "../core/errors.ts";
import type { OnEvent, RunEvent } from "../core/events.ts";
import type { MonitorSettings } from "../run/monitor-settings.ts";
import { openEventsFile } from "./events-file.ts";
import { memoryMeter } from "./memory-meter.ts";
import { RunMetrics } from "./run-metrics.ts";
import type { Sink, Watched } from "./sink.ts";

/** Milliseconds before the first point of curves: also short runs have more than their end. */
const FIRST = 1000;

/** Milliseconds between looks at memory, for its highest. */
const MEMORY = 2000;

/** Milliseconds that sinks are waited for at the end. */
const PATIENCE = 10_000;

/** Takes the events of a run. */
export type Monitor = { readonly onEvent: OnEvent; close(): Promise<void> };

/** What is watched. */
export type MonitorTask = {
	readonly settings: MonitorSettings | undefined;
	/** `-0-of-4`; empty where one process does all. */
	readonly share: string;
	readonly cases: Watched["cases"];
	/** Bytes that processes hold which this one started. */
	readonly workersMemory?: () => number;
	/** Takes the events as well, and warnings of what cannot be watched. */
	readonly onEvent: OnEvent;
};

/** Opens what the settings name. Never throws; where they name nothing, events are only passed on. */
export async function openMonitor(task: MonitorTask): Promise<Monitor> {
	const { settings, share, cases, onEvent } = task;
	if (settings === undefined) return { onEvent, close: async () => undefined };
	const sinks = new Sinks(onEvent);
	const metrics = new RunMetrics();
	const memory = memoryMeter(task.workersMemory);
	const watched = { share: share.replace(/^-/, ""), host: hostLabel(), pid: process.pid, cases, memory };
	await openSinks(sinks, settings, metrics, watched);
	const { interval } = settings;
	const tick = () => sinks.tick(metrics);
	const timers = [setTimeout(tick, FIRST), setInterval(tick, 1000 * interval), setInterval(memory.now, MEMORY)];
	for (const timer of timers) timer.unref();
	return {
		onEvent: (event) => {
			onEvent(event);
			metrics.take(event);
			sinks.take(event);
		},
		close: async () => {
			for (const timer of timers) clearTimeout(timer); // of intervals as well
			tick();
			await sinks.close();
		},
	};
}

async function openSinks(
	sinks: Sinks,
	{ tensorboard, prometheus, events, images }: MonitorSettings,
	metrics: RunMetrics,
	watched: Omit<Watched, "onFault">,
): Promise<void> {
	const whose = (onFault: Watched["onFault"]): Watched => ({ ...watched, onFault });
	if (events !== undefined) await sinks.open(`events in ${events}`, (fault) => openEventsFile(events, whose(fault)));
	if (prometheus !== undefined) {
		await sinks.open(`metrics at ${prometheus}`, async (fault) => {
			const { openPrometheus } = await import("./prometheus.ts");
			return openPrometheus(prometheus, metrics, whose(fault));
		});
	}
	if (tensorboard !== undefined) {
		await sinks.open(`TensorBoard files in ${tensorboard}`, async (fault) => {
			const { openTensorBoard } = await import("./tensorboard.ts");
			return openTensorBoard(tensorboard, images, whose(fault));
		});
	}
}

/** The sinks that still work. */
class Sinks {
	readonly #onEvent: OnEvent;
	readonly #open = new Map<string, Sink>();
	readonly #faulty = new Set<string>();

	constructor(onEvent: OnEvent) {
		this.#onEvent = onEvent;
	}

	/** @param what for people, after "cannot write" */
	async open(what: string, make: (onFault: (error: unknown) => void) => Promise<Sink>): Promise<void> {
		try {
			const sink = await make((error) => this.#turnOff(what, error));
			if (!this.#faulty.has(what)) this.#open.set(what, sink);
		} catch (error) {
			this.#turnOff(what, error);
		}
	}

	take(event: RunEvent): void {
		this.#each((sink) => sink.take?.(event));
	}

	tick(metrics: RunMetrics): void {
		this.#each((sink) => sink.tick?.(metrics));
	}

	/** Closes them, those that hang but for so long. */
	async close(): Promise<void> {
		let timer: NodeJS.Timeout | undefined;
		const patience = new Promise<void>((resolve) => {
			timer = setTimeout(resolve, PATIENCE);
		});
		const closed = [...this.#open].map(([what, sink]) => sink.close().catch((error) => this.#turnOff(what, error)));
		await Promise.race([Promise.all(closed), patience]);
		clearTimeout(timer);
	}

	#each(work: (sink: Sink) => void): void {
		for (const [what, sink] of this.#open) {
			try {
				work(sink);
			} catch (error) {
				this.#turnOff(what, error);
			}
		}
	}

	#turnOff(what: string, error: unknown): void {
		if (this.#faulty.has(what)) return;
		this.#faulty.add(what);
		const sink = this.#open.get(what);
		this.#open.delete(what);
		this.#onEvent({
			kind: "warning",
			text: `cannot write ${what}: ${errorText(error)}; the run goes on without`,
		});
		sink?.close().catch(() => undefined);
	}
}
