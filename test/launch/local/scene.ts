/**
 * A folder with a script for workers that stand in for real ones, and what they left in it.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import type { Place } from "../../../src/launch/local/places.ts";
import { type LocalOptions, type LocalRules, runLocal } from "../../../src/launch/local/run-local.ts";
import { testFolder } from "../../folder.ts";

/** Short pauses, so that tests do not wait; long ones where a busy machine must not be taken for a hung worker. */
export const QUICK: Partial<LocalRules> = { pause: 10, longestPause: 100, ask: 50, patience: 100, lastPatience: 40 };

export const CPU: Place = { device: "cpu", threads: 1 };

/** A run by workers that do what `script` says. */
export class StandInScene {
	readonly folder = testFolder();
	readonly events: RunEvent[] = [];
	readonly #script: readonly (readonly string[])[];

	constructor(script: readonly (readonly string[])[]) {
		this.#script = script;
		writeFileSync(join(this.folder, "script.json"), JSON.stringify(script));
	}

	/** Options of the run. */
	options(more: Partial<LocalOptions> = {}): LocalOptions {
		return {
			job: "job.json",
			places: this.#script.map(() => CPU),
			command: {
				file: process.execPath,
				args: ["--import", "tsx", join(import.meta.dirname, "stand-in.ts"), this.folder],
			},
			onEvent: (event) => this.events.push(event),
			rules: QUICK,
			...more,
		};
	}

	run(more: Partial<LocalOptions> = {}) {
		return runLocal(this.options(more));
	}

	/** `[worker, process, gpu, ...arguments]` of each life so far. */
	get lives(): readonly (readonly string[])[] {
		return this.#lines("lives").map((line) => line.split(" "));
	}

	/** Workers that were stopped cleanly. */
	get stopped(): readonly string[] {
		return [...this.#lines("stopped")].sort();
	}

	/** Texts of warnings and notes. */
	said(kind: "warning" | "note"): readonly string[] {
		return this.events.flatMap((event) => (event.kind === kind ? [event.text] : []));
	}

	ofKind(kind: RunEvent["kind"]): readonly RunEvent[] {
		return this.events.filter((event) => event.kind === kind);
	}

	#lines(name: string): readonly string[] {
		const path = join(this.folder, name);
		return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
	}
}

/** Waits until `is` holds; a busy machine may take its time. */
export async function until(is: () => boolean): Promise<void> {
	for (let n = 0; n < 1200 && !is(); n++) await pause(25);
	expect(is()).toBe(true);
}

/** True while a process is there. */
export function isThere(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
