/**
 * One life of a worker: a child process, from its start to its end.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { RunEvent } from "../../core/events.ts";
import { parseLine, type WorkerError } from "./event-line.ts";
import { type Question, WORKER_VARIABLE } from "./parent.ts";
import type { Lifetime } from "./restarts.ts";

/** A program and its first words. */
export type Command = { readonly file: string; readonly args: readonly string[] };

/** How a worker is started, and who is told what it says. */
export type WorkerSpec = {
	readonly command: Command;
	readonly env: NodeJS.ProcessEnv;
	readonly onEvent: (event: RunEvent) => void;
	/** Told of lines on its standard error that warn. */
	readonly onWarning: (text: string) => void;
};

/** How a worker ended. */
export type Ending = {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	/** What it said it ends by. */
	readonly error?: WorkerError;
	/** Cases that it has accounted for, and those of its plan; absent where it did not come to its end. */
	readonly account?: { readonly settled: number; readonly total: number };
	/** Its last words on standard error. */
	readonly words: readonly string[];
	readonly life: Lifetime;
};

/** Last lines of standard error that are kept. */
const KEPT_LINES = 12;

/** What a library says that somebody ought to see. nnvol's own warnings and errors come as events. */
const WARNS = /\b(warn(ing)?|error|fatal|abort(ed)?|out of memory|failed|exception)\b/i;

/** A running worker. */
export class WorkerProcess {
	readonly ended: Promise<Ending>;
	readonly #child: ChildProcess;
	readonly #spec: WorkerSpec;
	readonly #words: string[] = [];
	#error: WorkerError | undefined;
	#total = 0;
	#settled: number | undefined;
	#spoke = false;
	#achieved = false;
	#memory = 0;
	#peak = 0;
	#unanswered = 0;
	/** It has answered once: from then on it can be asked to. */
	#answers = false;

	constructor(spec: WorkerSpec) {
		this.#spec = spec;
		const { command, env } = spec;
		this.#child = spawn(command.file, [...command.args], {
			env: { ...env, [WORKER_VARIABLE]: "1" },
			stdio: ["ignore", "pipe", "pipe", "ipc"],
		});
		this.#child.on("message", (message) => this.#hear(message));
		this.ended = this.#end();
	}

	/** Resident memory when it was last heard of, bytes. */
	get memory(): number {
		return this.#memory;
	}

	/** Most memory that it was heard to hold, bytes. */
	get peakMemory(): number {
		return this.#peak;
	}

	/** Questions in a row that it has not answered since it first did. */
	get unanswered(): number {
		return this.#unanswered;
	}

	/** True where it has never answered: it is starting. */
	get isStarting(): boolean {
		return !this.#answers;
	}

	/** Asks for a sign of life. */
	ping(): void {
		if (this.#answers) this.#unanswered++;
		this.#ask({ kind: "ping" });
	}

	/** Asks it to drop what it has in hand; one that is stopped goes on for that. */
	stop(): void {
		this.#ask({ kind: "stop" });
		if (process.platform === "win32") return; // where a signal is the end at once
		this.#child.kill("SIGTERM");
		this.#child.kill("SIGCONT");
	}

	/** Ends it at once. */
	kill(): void {
		this.#child.kill("SIGKILL");
	}

	/** True where it is known to be stopped by a signal (Linux). */
	isStopped(): boolean {
		try {
			const text = readFileSync(`/proc/${this.#child.pid}/stat`, "latin1");
			return /^\s*[Tt]/.test(text.slice(text.lastIndexOf(")") + 1));
		} catch {
			return false;
		}
	}

	#ask(question: Question): void {
		if (this.#child.connected) this.#child.send(question, () => undefined);
	}

	#hear(message: unknown): void {
		this.#unanswered = 0;
		this.#answers = true;
		if (typeof message !== "object" || message === null || !("memory" in message)) return;
		if (typeof message.memory !== "number") return;
		this.#memory = message.memory;
		const highest = "peak" in message && typeof message.peak === "number" ? message.peak : message.memory;
		this.#peak = Math.max(this.#peak, highest);
	}

	async #end(): Promise<Ending> {
		const { stdout, stderr } = this.#child;
		const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
			this.#child.once("error", (error) => {
				this.#keepWords(error.message);
				if (this.#child.pid === undefined) resolve({ code: null, signal: null });
			});
			this.#child.once("close", (code, signal) => resolve({ code, signal }));
		});
		const read = [this.#read(stdout, (text) => this.#take(text)), this.#read(stderr, (text) => this.#takeWords(text))];
		const { code, signal } = await exit;
		if (this.#child.pid !== undefined) await Promise.all(read);
		this.#memory = 0;
		return {
			code,
			signal,
			...(this.#error === undefined ? {} : { error: this.#error }),
			...(this.#settled === undefined ? {} : { account: { settled: this.#settled, total: this.#total } }),
			words: this.#words,
			life: { spoke: this.#spoke, achieved: this.#achieved },
		};
	}

	#read(stream: Readable | null, take: (line: string) => void): Promise<void> {
		return new Promise((resolve) => {
			if (stream === null) return resolve();
			createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", take).once("close", resolve);
		});
	}

	#take(text: string): void {
		const line = parseLine(text);
		if (line?.kind === "error") this.#error = line.error;
		if (line?.kind !== "event") return;
		this.#note(line.event);
		this.#spec.onEvent(line.event);
	}

	/** What an event says about the worker itself. */
	#note(event: RunEvent): void {
		switch (event.kind) {
			case "started":
				this.#total = event.total;
				return;
			case "finished":
				this.#settled = event.done + event.failed + event.skipped;
				this.#peak = Math.max(this.#peak, event.peakMemory ?? 0);
				return;
			case "block-done":
			case "case-done":
				this.#achieved = true;
				return;
			case "tile":
			case "phase":
				this.#spoke = true;
				return;
			default:
		}
	}

	#takeWords(text: string): void {
		const words = text.trim();
		if (words === "" || words.startsWith("nnvol: ")) return;
		if (WARNS.test(words)) this.#spec.onWarning(words);
		else this.#keepWords(words);
	}

	#keepWords(text: string): void {
		this.#words.push(text);
		if (this.#words.length > KEPT_LINES) this.#words.shift();
	}
}
