/**
 * A thread that does tasks, one after the other, and answers each with what came of it or with its error.
 *
 * Idle it keeps no process alive. One that dies fails the task in hand and all that come after.
 *
 * @module
 */
import { type MessagePort, Worker } from "node:worker_threads";
import { errorText, NnvolError } from "../core/errors.ts";
import { type ErrorRecord, record, revive } from "./volume/io-protocol.ts";

type Answer<R> =
	| { readonly kind: "done"; readonly result: R }
	| { readonly kind: "failed"; readonly error: ErrorRecord };

type Pending<R> = { readonly resolve: (result: R) => void; readonly reject: (error: unknown) => void };

/** The thread as the one who gives it tasks has it. Tasks and results are what can be sent between threads. */
export class TaskThread<T, R> {
	readonly #worker: Worker;
	#pending: Pending<R> | undefined;
	#ended: NnvolError | undefined;

	/** @param file a built module that calls `serveTasks` @param does what it does, in the error of tasks whose thread has died */
	constructor(file: URL, name: string, does: string) {
		this.#worker = new Worker(file, { execArgv: [], name });
		this.#worker.unref();
		this.#worker.on("message", (answer: Answer<R>) => {
			const pending = this.#pending;
			this.#pending = undefined;
			this.#worker.unref();
			if (answer.kind === "failed") pending?.reject(revive(answer.error));
			else pending?.resolve(answer.result);
		});
		this.#worker.on("error", (error) => this.#fail(died(does, errorText(error), error)));
		this.#worker.on("exit", (code) => this.#fail(died(does, `it ended with code ${code}`)));
	}

	/** Does one task; the next one only when it is done. @throws what the task throws */
	perform(task: T): Promise<R> {
		return new Promise((resolve, reject) => {
			if (this.#ended !== undefined) throw this.#ended;
			this.#pending = { resolve, reject };
			this.#worker.ref();
			this.#worker.postMessage(task);
		});
	}

	/** Ends it once the task in hand is done. */
	async end(): Promise<void> {
		if (this.#ended !== undefined) return;
		const exited = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
		this.#worker.ref();
		this.#worker.postMessage("end");
		await exited;
	}

	#fail(reason: NnvolError): void {
		this.#ended ??= reason;
		this.#pending?.reject(this.#ended);
		this.#pending = undefined;
	}
}

function died(does: string, how: string, cause?: unknown): NnvolError {
	return new NnvolError(
		"RUN",
		`a thread that ${does} died: ${how}; it may have run out of memory: lower --memory or --workers, and run the same again to go on`,
		cause === undefined ? {} : { cause },
	);
}

/** The thread's own side: does what comes until it is told to end. */
export function serveTasks<T extends object, R>(
	port: MessagePort,
	perform: (task: T) => Promise<R>,
	close: () => Promise<void> = async () => undefined,
): void {
	const answer = (sent: Answer<R>) => port.postMessage(sent);
	port.on("message", (message: T | "end") => {
		if (message === "end") {
			close()
				.catch(() => undefined)
				.finally(() => port.close());
			return;
		}
		perform(message).then(
			(result) => answer({ kind: "done", result }),
			(error: unknown) => answer({ kind: "failed", error: record(error) }),
		);
	});
}
