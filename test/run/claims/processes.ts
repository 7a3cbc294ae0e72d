/**
 * Worker processes of tests, told what to do by lines and answering by lines of JSON.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM = join(import.meta.dirname, "claim-worker.ts");

/** A process of `claim-worker.ts`. */
export class WorkerProcess {
	readonly child: ChildProcess;
	readonly #lines: AsyncIterator<string>;

	constructor(...args: readonly string[]) {
		this.child = spawn(process.execPath, ["--import", "tsx", PROGRAM, ...args], { stdio: ["pipe", "pipe", "inherit"] });
		if (this.child.stdout === null) throw new Error("no standard output");
		this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
	}

	/** What it says next. */
	async says(): Promise<unknown> {
		const { value, done } = await this.#lines.next();
		if (done === true) throw new Error(`the worker ended with ${this.child.exitCode}, and said nothing`);
		return JSON.parse(value);
	}

	/** Tells it something, and what it says then. */
	asks(order: string): Promise<unknown> {
		this.child.stdin?.write(`${order}\n`);
		return this.says();
	}

	/** Sends a signal; after one that ends it, waits for the end. */
	async signal(name: NodeJS.Signals): Promise<void> {
		this.child.kill(name);
		if (name === "SIGKILL") await this.ended();
	}

	/** Its exit code; null after a signal. */
	async ended(): Promise<number | null> {
		if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
		return this.child.exitCode;
	}
}

/** One that takes these names, and holds what it gets. */
export function holder(
	folder: string,
	lease: number,
	kind: "exclusive" | "marked",
	worker: string,
	...names: readonly string[]
): WorkerProcess {
	return new WorkerProcess("hold", folder, String(lease), kind, worker, ...names);
}
