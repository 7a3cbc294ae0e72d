/**
 * Shows a run's events: one rewritten line on a terminal, plain lines now and then in a log, JSON lines for machines.
 *
 * Progress goes to standard error, results to standard output.
 *
 * @module
 */
import { assertNever } from "../core/errors.ts";
import type { OnEvent, RunEvent } from "../core/events.ts";
import { boxText } from "./output-text.ts";
import { durationText, rateText } from "./rate-text.ts";
import { VolumeProgress } from "./volume-progress.ts";

/** Pause between plain lines in a log, milliseconds. */
const LOG_PAUSE = 30_000;
/** Pause between redraws on a terminal, milliseconds. */
const DRAW_PAUSE = 100;

/** Where text goes; the process's own streams by default. */
export type Streams = {
	readonly out: { write(text: string): unknown };
	readonly err: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
	/** Milliseconds. */
	readonly now: () => number;
	/** Resident memory, bytes. */
	readonly memory: () => number;
};

/** How events are shown. */
export type ProgressOptions = { readonly json: boolean; readonly quiet: boolean };

/** Receives events; `close` clears the line on a terminal. */
export type Progress = {
	readonly onEvent: OnEvent;
	close(): void;
	/** Several processes do the run: how many of them are there is shown, and what they hold is counted. */
	showWorkers?(view: WorkersView): void;
};

/** Processes that do a run. */
export type WorkersView = {
	readonly workers: number;
	running(): number;
	/** Resident memory of all, bytes. */
	memory(): number;
};

/** A renderer of events. */
export function makeProgress(options: ProgressOptions, streams: Streams = processStreams()): Progress {
	if (options.json)
		return { onEvent: (event) => void streams.out.write(`${JSON.stringify(event)}\n`), close: () => undefined };
	const view = new TextProgress(options, streams);
	return {
		onEvent: (event) => view.show(event),
		close: () => view.clear(),
		showWorkers: (workers) => view.showWorkers(workers),
	};
}

function processStreams(): Streams {
	return { out: process.stdout, err: process.stderr, now: () => Date.now(), memory: () => process.memoryUsage.rss() };
}

class TextProgress {
	readonly #options: ProgressOptions;
	readonly #streams: Streams;
	#total = 0;
	#skipped = 0;
	#finished = 0;
	#begun = 0;
	#lastShown = 0;
	#line = "";
	#workers: WorkersView | undefined;
	/** Part of each case in hand that is done, 0 to 1. */
	readonly #parts = new Map<string, number>();
	/** Those in hand that are streamed. */
	readonly #volumes = new Map<string, VolumeProgress>();

	constructor(options: ProgressOptions, streams: Streams) {
		this.#options = options;
		this.#streams = streams;
	}

	show(event: RunEvent): void {
		switch (event.kind) {
			case "started":
				this.#start(event);
				break;
			case "case-started":
				this.#parts.set(event.id, 0);
				this.#tick();
				break;
			case "tile":
				this.#parts.set(event.id, event.done / Math.max(1, event.total));
				this.#volumes.get(event.id)?.takeTiles(event.done, event.total, this.#streams.now());
				this.#tick();
				break;
			case "phase":
			case "block":
				this.#volumeOf(event.id).take(event);
				this.#tick();
				break;
			case "block-done":
				break;
			case "block-failed":
				this.#say(`warning: ${event.id}: block ${event.block} (${boxText(event.box)}) failed: ${event.error}`);
				break;
			case "retry":
				this.#say(`${event.id}: try ${event.attempt} failed, trying again: ${event.error}`);
				break;
			case "case-done":
			case "case-failed":
				this.#finish(event);
				break;
			case "note":
				this.#say(event.text);
				break;
			case "warning":
				this.#say(`warning: ${event.text}`);
				break;
			case "finished":
				this.clear();
				break;
			default:
				assertNever(event);
		}
	}

	/** Shows a run of several processes from here on. */
	showWorkers(workers: WorkersView): void {
		this.#workers = workers;
	}

	/** Clears the line on a terminal. */
	clear(): void {
		if (this.#line !== "") this.#streams.err.write("\r\u001b[K");
		this.#line = "";
	}

	#start({ total, skipped, remaining }: Extract<RunEvent, { kind: "started" }>): void {
		this.#total = total;
		this.#skipped = skipped;
		this.#begun = this.#streams.now();
		this.#lastShown = this.#streams.err.isTTY === true ? Number.NEGATIVE_INFINITY : this.#begun;
		const text =
			skipped > 0
				? `Skipped ${skipped}/${total} existing files, processing ${remaining} remaining`
				: `Processing ${total} file${total === 1 ? "" : "s"}`;
		this.clear();
		this.#streams.out.write(`${text}\n`);
	}

	#finish(event: Extract<RunEvent, { kind: "case-done" | "case-failed" }>): void {
		this.#parts.delete(event.id);
		this.#volumes.delete(event.id);
		this.#finished++;
		if (event.kind === "case-failed") this.#say(`failed: ${event.id}: ${event.error}`);
		this.#tick();
	}

	#volumeOf(id: string): VolumeProgress {
		const known = this.#volumes.get(id) ?? new VolumeProgress();
		this.#volumes.set(id, known);
		return known;
	}

	#say(text: string): void {
		const line = this.#line;
		this.clear();
		this.#streams.err.write(`${text}\n`);
		this.#draw(line);
	}

	#tick(): void {
		if (this.#options.quiet) return;
		const now = this.#streams.now();
		const isTerminal = this.#streams.err.isTTY === true;
		if (now - this.#lastShown < (isTerminal ? DRAW_PAUSE : LOG_PAUSE)) return;
		this.#lastShown = now;
		const text = this.#status(now);
		if (!isTerminal) {
			this.#streams.err.write(`${text}\n`);
			return;
		}
		this.#draw(text.slice(0, (this.#streams.err.columns || 80) - 1));
	}

	/** Shows the one line of a terminal. */
	#draw(line: string): void {
		if (line !== "") this.#streams.err.write(`\r\u001b[K${line}`);
		this.#line = line;
	}

	#status(now: number): string {
		const memory = `${this.#workersText()}${((this.#streams.memory() + (this.#workers?.memory() ?? 0)) / 2 ** 30).toFixed(1)} GiB`;
		const files = `${this.#skipped + this.#finished}/${this.#total} files`;
		const [volume] = this.#volumes.values(); // they are done one by one
		if (volume === undefined) return `${files}, ${this.#pace(now)}${memory}`;
		return `${this.#total > 1 ? `${files}, ` : ""}${volume.text(now)}, ${memory}`;
	}

	/** `4 workers, `; `3 of 4 workers, ` while one is started again. */
	#workersText(): string {
		if (this.#workers === undefined) return "";
		const { workers } = this.#workers;
		const running = this.#workers.running();
		return `${running === workers ? "" : `${running} of `}${workers} workers, `;
	}

	/** How far the files are, all together. */
	#pace(now: number): string {
		const done = this.#finished + [...this.#parts.values()].reduce((a, b) => a + b, 0);
		const seconds = (now - this.#begun) / 1000;
		const todo = this.#total - this.#skipped;
		const rate = seconds > 0 ? done / seconds : 0;
		const percent = todo === 0 ? 100 : (100 * done) / todo;
		const pace = rate > 0 ? `${rateText(rate)}, ${durationText((todo - done) / rate)} left, ` : "";
		return `${percent.toFixed(1)} %, ${pace}`;
	}
}
