/**
 * Kernels beside the packages that Python has for them, on one volume: the two take turns, the fastest turn counts.
 *
 *     npm run bench -- kernels [--python PYTHON] [--rounds 5] [--only TEXT] [--size 256] [--page]
 *
 * Prints a table; with `--page` it is put into docs/performance.md. Rows lie in `kernels-objects.ts` and
 * `kernels-distance.ts`. Results of rows that have a reference are compared: the exit code is 1 where they differ. A target
 * that is missed is told. Both the time that passes and the processor's time of all threads are noted: on a machine that
 * has other work only the second tells something.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeAtomically } from "../../src/core/atomic-file.ts";
import { inBenchFolder } from "./bench-folder.ts";
import { DISTANCE_ENTRIES } from "./kernels-distance.ts";
import type { KernelEntry, Scene } from "./kernels-entry.ts";
import { OBJECT_ENTRIES } from "./kernels-objects.ts";
import { makeScene } from "./kernels-scene.ts";
import { Python } from "./python-turns.ts";
import { between, PAGE } from "./stream-page.ts";

const ENTRIES: readonly KernelEntry[] = [...OBJECT_ENTRIES, ...DISTANCE_ENTRIES];

/** Seconds that passed, and of all threads together. */
type Seconds = { readonly wall: number; readonly cpu: number };

type Row = {
	readonly entry: KernelEntry;
	readonly ours: Seconds;
	readonly theirs: Seconds;
	readonly equal: boolean;
};

/** Runs the rows; gives the exit code. */
export async function benchKernels(args: readonly string[]): Promise<number> {
	const { values } = parseArgs({
		args: [...args],
		options: {
			python: { type: "string", default: "python3" },
			rounds: { type: "string", default: "5" },
			only: { type: "string", default: "" },
			size: { type: "string", default: "256" },
			page: { type: "boolean", default: false },
		},
	});
	const size = Number(values.size);
	const entries = ENTRIES.filter(({ name, beside }) => `${name} ${beside}`.includes(values.only));
	const scene = makeScene([size, size, size]);
	const python = new Python(values.python, "kernels.py");
	try {
		return await inBenchFolder(tmpdir(), false, async (folder) => {
			for (const name of ["mask", "gray", "cells"] as const) writeFileSync(join(folder, name), scene[name]);
			const loaded = await python.answer({ op: "load", folder, shape: scene.shape });
			console.log(`${cpus()[0]?.model ?? "?"}, Node ${process.version}, ${JSON.stringify(loaded)}\n`);
			console.log(HEADS);
			const rows: Row[] = [];
			for (const entry of entries) {
				const row = await raced(entry, scene, python, folder, Number(values.rounds));
				console.log(lineOf(row));
				rows.push(row);
			}
			if (values.page) {
				const table = [HEADS, ...rows.map(lineOf)].join("\n");
				await writeAtomically(PAGE, between(await readFile(PAGE, "utf8"), "kernels", "kernels", table));
			}
			return rows.every(({ equal }) => equal) ? 0 : 1;
		});
	} finally {
		python.end();
	}
}

async function raced(entry: KernelEntry, scene: Scene, python: Python, folder: string, rounds: number): Promise<Row> {
	const equal = entry.reference === undefined || (await areEqual(entry, scene, python, join(folder, "result")));
	let ours = NEVER;
	let theirs = NEVER;
	for (let round = 0; round < rounds; round++) {
		const before = clocks();
		await entry.ours(scene);
		const after = clocks();
		ours = less(ours, { wall: after.wall - before.wall, cpu: after.cpu - before.cpu });
		theirs = less(theirs, secondsOf(await python.answer({ op: "run", python: entry.python })));
	}
	return { entry, ours, theirs, equal };
}

const NEVER: Seconds = { wall: Number.POSITIVE_INFINITY, cpu: Number.POSITIVE_INFINITY };

function less(a: Seconds, b: Seconds): Seconds {
	return { wall: Math.min(a.wall, b.wall), cpu: Math.min(a.cpu, b.cpu) };
}

function clocks(): Seconds {
	const { user, system } = process.cpuUsage();
	return { wall: performance.now() / 1000, cpu: (user + system) / 1e6 };
}

/** NaN where the package is missing. */
function secondsOf(answer: unknown): Seconds {
	const of = (name: string) =>
		Number(typeof answer === "object" && answer !== null ? Reflect.get(answer, name) : Number.NaN);
	return { wall: of("seconds"), cpu: of("cpu") };
}

async function areEqual(entry: KernelEntry, scene: Scene, python: Python, file: string): Promise<boolean> {
	const found = await entry.ours(scene);
	const seconds = await python.ask({ op: "run", python: entry.reference, save: file });
	if (Number.isNaN(seconds)) return true; // the package is missing
	const { buffer } = new Uint8Array(readFileSync(file));
	if (found instanceof Float32Array) return isSame(found, new Float32Array(buffer));
	if (found instanceof Uint8Array || found instanceof Uint16Array || found instanceof Uint32Array) {
		return isSame(found, new Uint32Array(buffer));
	}
	return false;
}

function isSame(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return a.length === b.length;
}

const HEADS =
	"| | beside | nnvol | theirs | ratio | target | processor: nnvol | theirs | ratio |\n|---|---|---|---|---|---|---|---|---|";

function lineOf({ entry, ours, theirs, equal }: Row): string {
	const { name, beside, target } = entry;
	const milliseconds = (seconds: number) => (Number.isFinite(seconds) ? `${(seconds * 1000).toFixed(0)} ms` : "");
	const ratio = (a: number, b: number) => (Number.isFinite(b / a) ? (b / a).toFixed(2) : "not installed");
	const missed = target !== undefined && theirs.wall / ours.wall < target ? " (missed)" : "";
	return `| ${[
		equal ? name : `${name} (RESULTS DIFFER)`,
		beside,
		milliseconds(ours.wall),
		milliseconds(theirs.wall),
		`${ratio(ours.wall, theirs.wall)}${missed}`,
		target === undefined ? "" : String(target),
		milliseconds(ours.cpu),
		milliseconds(theirs.cpu),
		ratio(ours.cpu, theirs.cpu),
	].join(" | ")} |`;
}
