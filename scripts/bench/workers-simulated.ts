/**
 * `npm run bench -- workers simulated`: 1 to 64 workers share one volume of 10,000 blocks; the network is a pause of half a second
 * a block, so that the workers of a cluster fit one machine. Efficiency: the seconds of all pauses, divided by the number of
 * workers, over the time from the moment at which all of them have their first block in hand until the last one has ended. 64 of them
 * load on the cores of one machine here; how long one takes to begin is a bench of its own.
 *
 * Options: `--workers 1,2,4` (default: 8,16,32,64), `--blocks 10000`, `--claims`.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { modelSettings } from "../../src/plan/model-settings.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { formatByName } from "../../src/volume/formats.ts";
import { modelSpec } from "../../test/model-spec.ts";
import { inBenchFolder } from "./bench-folder.ts";
import { SIMULATED_RUNS, type SimulatedRun } from "./workers-results.ts";

const WORKER = fileURLToPath(new URL("simulated-worker.mjs", import.meta.url));
const SECONDS = 0.5;
const SIDE = 128;

/** Measures it; gives the exit code: 1 where an efficiency is below 0.95. */
export async function benchSimulated(args: readonly string[]): Promise<number> {
	const { values } = parseArgs({
		args: [...args],
		options: {
			workers: { type: "string", default: "8,16,32,64" },
			blocks: { type: "string", default: "10000" },
			claims: { type: "boolean", default: false },
		},
	});
	const blocks = Number(values.blocks);
	let worst = 1;
	for (const workers of values.workers.split(",").map(Number)) {
		const run = await inBenchFolder(tmpdir(), false, (folder) => measure(folder, workers, blocks, values.claims));
		worst = Math.min(worst, run.efficiency);
		console.log(
			`${workers} workers${values.claims ? ", claims" : ""}: ${run.seconds.toFixed(1)} s, efficiency ${run.efficiency.toFixed(3)}`,
		);
		const others = (SIMULATED_RUNS.read() ?? []).filter((other) => !isSame(other, run));
		await SIMULATED_RUNS.keep([...others, run]);
	}
	return worst >= 0.95 ? 0 : 1;
}

function isSame(a: SimulatedRun, b: SimulatedRun): boolean {
	return a.workers === b.workers && a.claims === b.claims;
}

async function measure(folder: string, workers: number, blocks: number, claims: boolean): Promise<SimulatedRun> {
	const job = await writeScene(folder, blocks);
	const started = Array.from({ length: workers }, (_, n) => start(job, n, workers, claims));
	await Promise.all(started.map(({ ready }) => ready));
	const begun = performance.now();
	for (const { child } of started) child.stdin?.write("go\n");
	await Promise.all(started.map(({ ended }) => ended));
	const seconds = (performance.now() - begun) / 1000;
	return { workers, claims, blocks, pause: SECONDS, seconds, efficiency: (blocks * SECONDS) / workers / seconds };
}

/** A volume of so many sections, each of which is a block and a tile. */
export async function writeScene(folder: string, blocks: number): Promise<string> {
	const base = modelSpec({ dimensions: 2, patch: [SIDE, SIDE] });
	const spec = { ...base, normalization: [{ kind: "none" }] };
	const settings = { ...modelSettings(base), views: [[]], step: 1 };
	const model = { dataset: "bench", configuration: "2d", trainer: "bench", spec: "bench", checkpoints: [] };
	const planOf = async (name: string, sections: number) => {
		const [input, out] = [join(folder, `${name}-in.zarr`), join(folder, name)];
		await writeSections(input, sections);
		const entry = { id: "out", files: [input], index: 0, output: join(out, "out.zarr"), format: "zarr" } as const;
		return makePlan(model, settings, out, [entry]);
	};
	const path = join(folder, "job.json");
	const job = { plan: await planOf("out", blocks), warm: await planOf("warm", 2), spec, seconds: SECONDS };
	await writeFile(path, JSON.stringify(job));
	return path;
}

/** Sections of zeros, of which nothing lies on the disk. */
async function writeSections(path: string, sections: number): Promise<void> {
	const zarr = await formatByName("zarr");
	const layout = { chunks: [1, SIDE, SIDE], compression: "none" } as const;
	const shape = [sections, SIDE, SIDE];
	const writer = await zarr.create(path, { dtype: "uint8", shape, axes: "zyx", layout });
	await writer.finish();
}

type Started = { readonly child: ChildProcess; readonly ready: Promise<void>; readonly ended: Promise<void> };

function start(job: string, index: number, count: number, claims: boolean): Started {
	const words = [WORKER, job, String(index), String(count), claims ? "claims" : "shares"];
	const child = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
	const lines = createInterface({ input: child.stdout });
	const ready = new Promise<void>((resolve) => lines.on("line", (line) => line === "ready" && resolve()));
	const ended = new Promise<void>((resolve, reject) => {
		child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`worker ${index} ended with ${code}`))));
	});
	return { child, ready, ended };
}
