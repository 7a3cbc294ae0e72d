/**
 * Kernels beside the packages that Python has for them, on one volume: the two take turns, the fastest turn counts.
 *
 *     npm run bench -- kernels [--python PYTHON] [--rounds 5] [--only TEXT] [--size 256] [--clock wall|cpu]
 *
 * Prints the table of docs/performance.md. Rows lie in `kernels-objects.ts` and `kernels-distance.ts`. Results of rows that
 * say so are compared: the exit code is 1 where they differ. A target that is missed is told. On a machine that has other
 * work, `--clock cpu` counts the processor's time of both instead of the time that passes.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { inBenchFolder } from "./bench-folder.ts";
import { DISTANCE_ENTRIES } from "./kernels-distance.ts";
import type { KernelEntry, Scene } from "./kernels-entry.ts";
import { OBJECT_ENTRIES } from "./kernels-objects.ts";
import { makeScene } from "./kernels-scene.ts";
import { Python } from "./python-turns.ts";

const ENTRIES: readonly KernelEntry[] = [...OBJECT_ENTRIES, ...DISTANCE_ENTRIES];

type Row = { readonly entry: KernelEntry; readonly ours: number; readonly theirs: number; readonly equal: boolean };

/** Runs the rows; gives the exit code. */
export async function benchKernels(args: readonly string[]): Promise<number> {
	const { values } = parseArgs({
		args: [...args],
		options: {
			python: { type: "string", default: "python3" },
			rounds: { type: "string", default: "5" },
			only: { type: "string", default: "" },
			size: { type: "string", default: "256" },
			clock: { type: "string", default: "wall" },
		},
	});
	const size = Number(values.size);
	const entries = ENTRIES.filter(({ name, beside }) => `${name} ${beside}`.includes(values.only));
	const scene = makeScene([size, size, size]);
	const clock = values.clock === "cpu" ? processorSeconds : wallSeconds;
	const python = new Python(values.python, "kernels.py");
	try {
		return await inBenchFolder(tmpdir(), false, async (folder) => {
			for (const name of ["mask", "gray", "cells"] as const) writeFileSync(join(folder, name), scene[name]);
			const loaded = await python.answer({ op: "load", folder, shape: scene.shape });
			console.log(`${cpus()[0]?.model ?? "?"}, Node ${process.version}, ${JSON.stringify(loaded)}\n`);
			console.log("| | beside | nnvol | theirs | ratio | target |\n|---|---|---|---|---|---|");
			let differing = 0;
			for (const entry of entries) {
				const row = await raced(entry, scene, python, folder, Number(values.rounds), clock);
				console.log(lineOf(row));
				if (!row.equal) differing++;
			}
			return differing === 0 ? 0 : 1;
		});
	} finally {
		python.end();
	}
}

async function raced(
	entry: KernelEntry,
	scene: Scene,
	python: Python,
	folder: string,
	rounds: number,
	clock: () => number,
): Promise<Row> {
	const equal = entry.reference === undefined || (await areEqual(entry, scene, python, join(folder, "result")));
	let ours = Number.POSITIVE_INFINITY;
	let theirs = Number.POSITIVE_INFINITY;
	for (let round = 0; round < rounds; round++) {
		const start = clock();
		await entry.ours(scene);
		ours = Math.min(ours, clock() - start);
		theirs = Math.min(theirs, await python.ask({ op: "run", python: entry.python, cpu: clock === processorSeconds }));
	}
	return { entry, ours, theirs, equal };
}

function wallSeconds(): number {
	return performance.now() / 1000;
}

/** Of all threads of this process. */
function processorSeconds(): number {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1e6;
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

function lineOf({ entry, ours, theirs, equal }: Row): string {
	const ratio = theirs / ours;
	const milliseconds = (seconds: number) => (Number.isFinite(seconds) ? `${(seconds * 1000).toFixed(0)} ms` : "");
	const { name, beside, target } = entry;
	const missed = target !== undefined && ratio < target ? " (missed)" : "";
	return `| ${[
		equal ? name : `${name} (RESULTS DIFFER)`,
		beside,
		milliseconds(ours),
		milliseconds(theirs),
		Number.isFinite(ratio) ? `${ratio.toFixed(2)}${missed}` : "not installed",
		target === undefined ? "" : String(target),
	].join(" | ")} |`;
}
