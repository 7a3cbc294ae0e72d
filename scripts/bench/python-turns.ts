/**
 * The Python that the rates are raced against: one process a race, a JSON job a line, a JSON answer a line.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** A Python that runs one of the scripts beside this file. End it in a `finally`. */
export class Python {
	readonly #child: ChildProcessByStdio<Writable, Readable, null>;
	readonly #lines: AsyncIterator<string>;

	/** @param script name of the script: "rates-zarr.py" */
	constructor(command: string, script: string) {
		this.#child = spawn(command, ["-W", "ignore", join(import.meta.dirname, script)], {
			stdio: ["pipe", "pipe", "inherit"],
		});
		this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
	}

	/** What it answers to a job. */
	async answer(job: object): Promise<unknown> {
		this.#child.stdin.write(`${JSON.stringify(job)}\n`);
		const { value, done } = await this.#lines.next();
		if (done === true) throw new Error("the Python ended");
		return JSON.parse(value);
	}

	/** The seconds that a job took. */
	async ask(job: object): Promise<number> {
		const answer = await this.answer(job);
		return Number(typeof answer === "object" && answer !== null ? Reflect.get(answer, "seconds") : Number.NaN);
	}

	end(): void {
		this.#child.stdin.end();
	}
}

/** Seconds of `work`. */
export async function timed(work: () => Promise<void>): Promise<number> {
	const start = performance.now();
	await work();
	return (performance.now() - start) / 1000;
}
