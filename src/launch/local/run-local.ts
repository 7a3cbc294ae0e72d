/**
 * A run by several processes of this machine: starts them, shows them as one, and starts again those that die.
 *
 * Who does what is between the workers (claims and records); a worker that ends by itself has seen everything done. So the rest of
 * the run needs only one that lives.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, NnvolError } from "../../core/errors.ts";
import type { OnEvent, RunEvent } from "../../core/events.ts";
import { MergedEvents } from "./merged-events.ts";
import type { Place } from "./places.ts";
import { countDeath, type Deaths, NO_DEATHS, pauseAfter, RESTART_RULES, type RestartRules } from "./restarts.ts";
import { type Command, type Ending, WorkerProcess } from "./worker-process.ts";

/** Who runs, where, and who is told. */
export type LocalOptions = {
	/** The file that `nnvol plan --save` writes. */
	readonly job: string;
	/** One worker each. */
	readonly places: readonly Place[];
	/** The program; `work --plan ...` follows its words. */
	readonly command: Command;
	/** Bytes that all workers may hold together. */
	readonly memory?: number;
	/** Seconds after which others take what a silent worker has in hand. */
	readonly lease?: number;
	/** True: the first case that fails ends the run. */
	readonly stopOnError?: boolean;
	readonly onEvent: OnEvent;
	readonly signal?: AbortSignal;
	/** Told of the workers once they are started, to show them. */
	readonly onStart?: (view: LocalView) => void;
	readonly env?: NodeJS.ProcessEnv;
	readonly rules?: Partial<LocalRules>;
};

/** Limits and times of the watch over workers, milliseconds. */
export type LocalRules = RestartRules & {
	/** Between two questions to each worker. */
	readonly ask: number;
	/** Questions without an answer after which a worker is taken for hung: while there is work, and once all is done. */
	readonly patience: number;
	readonly lastPatience: number;
};

/** What can be seen of the workers at any time. */
export type LocalView = {
	readonly workers: number;
	running(): number;
	/** Resident memory of all, bytes. */
	memory(): number;
};

/** What it took. */
export type LocalOutcome = {
	readonly deaths: number;
	readonly givenUp: number;
	/** What each worker held at most, in all of its lives, added up: bytes that all together did not exceed. */
	readonly peakMemory: number;
};

const LOCAL_RULES: LocalRules = { ...RESTART_RULES, ask: 1000, patience: 300, lastPatience: 20 };

const LEASE = 60;

/** Errors that the same command meets again each time. */
const LASTING: readonly ErrorCode[] = ["CONFIG", "INPUT", "UNBUILT", "MODEL", "CHECKPOINT", "GRAPH", "RUN"];

/**
 * Runs workers until everything is done or given up by them. What became of cases is in the records: `finish` makes the report.
 *
 * @throws CANCELLED where interrupted; what ended a worker where each would end by it (CONFIG, MODEL, ...); RUN where all workers
 * were given up
 */
export async function runLocal(options: LocalOptions): Promise<LocalOutcome> {
	const fleet = new Fleet(options);
	const killAll = () => fleet.kill();
	const stop = () => fleet.stop();
	process.on("exit", killAll); // a second interruption ends this process at once, and them with it
	options.signal?.addEventListener("abort", stop);
	try {
		return await fleet.run();
	} finally {
		options.signal?.removeEventListener("abort", stop);
		process.off("exit", killAll);
	}
}

/** How one worker's part ended. */
type SlotEnd = "complete" | "stopped" | "given up";

class Fleet {
	readonly #options: LocalOptions;
	readonly #rules: LocalRules;
	readonly #merged: MergedEvents;
	/** Running workers by their numbers. */
	readonly #alive = new Map<number, WorkerProcess>();
	/** What each worker held at most, by its number. */
	readonly #peaks = new Map<number, number>();
	/** Numbers of workers that this process killed. */
	readonly #killed = new Set<number>();
	readonly #stopping = new AbortController();
	/** Ends pauses: there is nothing left to start again for. */
	readonly #awake = new AbortController();
	#isComplete = false;
	#givenUp = 0;
	/** Rounds of questions since all was done, or since nobody is left but those that do not answer. */
	#asked = 0;
	#lives = 0;
	#deaths = 0;
	#lastWords = "";
	#error: NnvolError | undefined;

	constructor(options: LocalOptions) {
		this.#options = options;
		this.#rules = { ...LOCAL_RULES, ...options.rules };
		this.#merged = new MergedEvents((event) => this.#tell(event));
	}

	async run(): Promise<LocalOutcome> {
		const { places, signal, onStart } = this.#options;
		if (signal?.aborted) this.stop();
		onStart?.({ workers: places.length, running: () => this.#alive.size, memory: () => this.#memory() });
		const timer = setInterval(() => this.#watch(), this.#rules.ask);
		let ends: readonly SlotEnd[];
		try {
			ends = await Promise.all(places.map((place, n) => this.#keep(n, place)));
		} finally {
			clearInterval(timer);
		}
		if (this.#error !== undefined) throw this.#error;
		if (signal?.aborted) throw new NnvolError("CANCELLED", "interrupted; run the same command again to go on");
		const givenUp = ends.filter((end) => end === "given up").length;
		if (givenUp === places.length) throw allGivenUp(givenUp, this.#lastWords);
		const peakMemory = [...this.#peaks.values()].reduce((sum, peak) => sum + peak, 0);
		return { deaths: this.#deaths, givenUp, peakMemory };
	}

	/** Lets all workers drop what they have in hand, and starts none again. */
	stop(): void {
		if (this.#stopping.signal.aborted) return;
		this.#stopping.abort();
		this.#awake.abort();
		for (const worker of this.#alive.values()) worker.stop();
	}

	kill(): void {
		for (const worker of this.#alive.values()) worker.kill();
	}

	#tell(event: RunEvent): void {
		this.#options.onEvent(event);
		if (event.kind === "case-failed" && this.#options.stopOnError === true) this.stop();
	}

	#memory(): number {
		return [...this.#alive.values()].reduce((sum, worker) => sum + worker.memory, 0);
	}

	/** Keeps worker `n` running until there is nothing left to do. */
	async #keep(n: number, place: Place): Promise<SlotEnd> {
		let deaths = NO_DEATHS;
		while (!this.#stopping.signal.aborted) {
			const ending = await this.#live(n, place);
			if (isComplete(ending)) {
				this.#isComplete = true;
				this.#awake.abort();
				return "complete";
			}
			if (this.#stopping.signal.aborted) return "stopped";
			if (this.#endByError(ending)) return "stopped";
			this.#deaths++;
			// who ended has seen all done: there is nothing to start again for
			if (this.#isComplete) return "complete";
			deaths = countDeath(deaths, ending.life);
			const isLeft = await this.#pause(n, ending, deaths);
			if (!isLeft) {
				this.#givenUp++;
				return "given up";
			}
			if (this.#isComplete) return "complete";
		}
		return "stopped";
	}

	async #live(n: number, place: Place): Promise<Ending> {
		const life = this.#lives++;
		const worker = new WorkerProcess({
			command: this.#commandFor(n, place),
			env: {
				...(this.#options.env ?? process.env),
				...(place.gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: place.gpu }),
			},
			onEvent: (event) => !isGreeting(event) && this.#merged.take(life, event),
			onWarning: (text) => this.#merged.take(life, { kind: "warning", text: `worker ${n + 1}: ${text}` }),
		});
		this.#alive.set(n, worker);
		try {
			return await worker.ended;
		} finally {
			this.#alive.delete(n);
			this.#peaks.set(n, Math.max(this.#peaks.get(n) ?? 0, worker.peakMemory));
			this.#merged.endLife(life);
		}
	}

	#commandFor(n: number, { device, threads, cores }: Place): Command {
		const { command, job, places, memory, lease = LEASE } = this.#options;
		const words = [...command.args, "work", "--plan", job, "--shard", `${n}/${places.length}`, "--claims", "--json"];
		words.push("--device", device, "--threads", `${threads}`, "--lease", `${lease}`);
		if (memory !== undefined) words.push("--memory", `${Math.floor(memory / places.length)}`);
		if (cores === undefined) return { file: command.file, args: words };
		return { file: "taskset", args: ["-c", cores.join(","), command.file, ...words] };
	}

	/** True where the run ends because each worker would end so. */
	#endByError({ error }: Ending): boolean {
		const code = LASTING.find((lasting) => lasting === error?.code);
		if (code === undefined || error === undefined) return false;
		this.#error ??= new NnvolError(code, error.message);
		this.stop();
		return true;
	}

	/** Says how a worker died and waits; false where it is given up. */
	async #pause(n: number, ending: Ending, deaths: Deaths): Promise<boolean> {
		const how = this.#howItEnded(n, ending);
		this.#lastWords = how;
		const pause = pauseAfter(deaths, this.#rules);
		if (pause === undefined) {
			const times = Math.max(deaths.silent, deaths.fruitless);
			this.#say(
				n,
				`${how}, ${times} times in a row with nothing done in between; it is given up, the others take over`,
			);
			return false;
		}
		this.#say(n, `${how}; started again${pause >= 1000 ? ` in ${Math.round(pause / 1000)} s` : ""}`);
		await sleep(pause, undefined, { signal: this.#awake.signal }).catch(() => undefined);
		return true;
	}

	#howItEnded(n: number, { code, signal, error, words }: Ending): string {
		if (error?.code === "CANCELLED") return "was told to stop by somebody else";
		const said = error?.message ?? words.join(" | ");
		const why = said === "" ? "" : `: ${said}`;
		if (this.#killed.delete(n)) return "did not answer and was ended";
		if (signal === "SIGKILL") return "was killed (out of memory?)";
		if (signal !== null) return `was ended by ${signal}${why}`;
		return code === null ? `cannot be started${why}` : `ended with code ${code}${why}`;
	}

	#say(n: number, text: string): void {
		this.#options.onEvent({ kind: "warning", text: `worker ${n + 1}: ${text}` });
	}

	/**
	 * Asks each worker for a sign of life. One that hangs is killed and started again; one that somebody stopped is left in peace
	 * while others work, who take over what it has in hand, and killed once they have done everything.
	 */
	#watch(): void {
		const isOver = this.#isComplete || this.#stopping.signal.aborted;
		// with the others given up, nobody is left to take over from those that are stopped
		const isLast = this.#givenUp > 0 && this.#givenUp + this.#alive.size === this.#options.places.length;
		const most = isOver ? this.#rules.lastPatience : this.#rules.patience;
		if (isOver || isLast) this.#asked++;
		for (const [n, worker] of this.#alive) {
			const isHeld = !isOver && worker.isStopped();
			const isAsked = worker.isStarting && (isOver || isHeld);
			const silent = isAsked ? this.#asked : worker.unanswered;
			if (silent < most || (isHeld && !isLast)) {
				worker.ping();
				continue;
			}
			this.#killed.add(n);
			worker.kill();
		}
	}
}

/** What a worker says of its shard, which is not news to who gave it. */
function isGreeting(event: RunEvent): boolean {
	return event.kind === "note" && /^worker \d+ of \d+ /.test(event.text);
}

/** True where a worker has accounted for every case. */
function isComplete({ code, account }: Ending): boolean {
	return account === undefined ? code === 0 : account.settled >= account.total;
}

function allGivenUp(count: number, how: string): NnvolError {
	return new NnvolError(
		"RUN",
		`all ${count} workers died again and again; the last one ${how}. What is done is kept. Fewer workers (--workers) take less memory; without --workers the error is shown as it comes`,
	);
}
