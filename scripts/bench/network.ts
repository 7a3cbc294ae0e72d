/**
 * Races the emitted graph in ONNX Runtime against PyTorch on the CPU: the same weights, the same number of threads,
 * runs interleaved, minima compared. Needs the oracle (nnU-Net and PyTorch in a Python environment).
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { sizeOf } from "../../src/core/shape.ts";
import { emitOnnx } from "../../src/graph/emit.ts";
import { loadModel } from "../../src/model/load.ts";
import { findModel } from "../../src/model/locate.ts";
import { openSession } from "../../src/runtime/open-session.ts";
import type { Session } from "../../src/runtime/session.ts";
import { DEFAULT_NETWORKS, writePlainPlans } from "./plain-model.ts";

type Race = { readonly name: "2d" | "3d"; readonly title: string; readonly batch: number; readonly target: number };

const RACES: readonly Race[] = [
	{ name: "2d", title: "2D default, 384x512, one tile", batch: 1, target: 1.25 },
	{ name: "2d", title: "2D default, 384x512, batch of four", batch: 4, target: 1.7 },
	{ name: "3d", title: "3D default, 64x128x128, one tile", batch: 1, target: 1.2 },
];

/** Pause before each run, so that the other side's threads have stopped spinning. */
const SETTLE_MS = 300;

/** Runs the races; `args`: `--rounds N`, `--threads N`, `--only 2d|3d`. Gives the exit code. */
export async function raceNetwork(args: readonly string[]): Promise<number> {
	const { values } = parseArgs({
		args: [...args],
		options: { rounds: { type: "string" }, threads: { type: "string" }, only: { type: "string" } },
	});
	const { NNVOL_ORACLE_PYTHON: named } = process.env;
	const python = named ?? resolve("oracle-venv/bin/python");
	if (!existsSync(python)) {
		console.error(`bench network: no Python at ${python}. Set up PyTorch and nnU-Net:
  python3 -m venv oracle-venv
  oracle-venv/bin/pip install nnunetv2==2.8.1 torch==2.15.0
or name a Python that has them in NNVOL_ORACLE_PYTHON.`);
		return 2;
	}
	const threads = Number(values.threads ?? availableParallelism());
	const races = RACES.filter(({ name }) => values.only === undefined || values.only === name);
	const folder = await mkdtemp(join(tmpdir(), "nnvol-bench-"));
	const torch = new Torch(python, folder);
	try {
		for (const name of new Set(races.map((race) => race.name)))
			await writePlainPlans(join(folder, name), DEFAULT_NETWORKS[name]);
		const version = await torch.start(threads);
		console.log(versions(version, threads));
		for (const race of races) console.log(await run(race, folder, torch, threads, Number(values.rounds ?? 5)));
		return 0;
	} finally {
		await torch.stop();
		await rm(folder, { recursive: true });
	}
}

function versions(torch: string, threads: number): string {
	const require = createRequire(import.meta.url);
	const ort: { version: string } = require(join(dirname(require.resolve("onnxruntime-node")), "..", "package.json"));
	return [
		`onnxruntime-node ${ort.version}, PyTorch ${torch}, Node ${process.version}, ${threads} threads, ${cpus()[0]?.model ?? "?"}`,
		`${"network".padEnd(36)}${["nnvol s", "torch s", "ratio", "target", "difference"].map((head) => head.padStart(11)).join("")}`,
	].join("\n");
}

async function run(race: Race, folder: string, torch: Torch, threads: number, rounds: number): Promise<string> {
	const model = await loadModel(await findModel(join(folder, race.name)));
	const [fold] = model.folds;
	if (fold === undefined) throw new Error("the bench wrote no checkpoint");
	const { architecture, patch } = model.spec;
	const onnx = emitOnnx(architecture, await fold.weights(), { patch, form: "cpu" });
	const session = await openSession(onnx, { device: { kind: "cpu" }, threads });
	try {
		const difference = await compare(session, torch, join(folder, race.name), race.name, patch);
		const ours: number[] = [];
		const theirs: number[] = [];
		for (let round = 0; round <= rounds; round++) {
			await sleep(SETTLE_MS);
			const seconds = await timeSession(session, [race.batch, 1, ...patch]);
			await sleep(SETTLE_MS);
			const other = Number(await torch.ask(`run ${race.name} ${race.batch}`));
			if (round > 0) {
				ours.push(seconds); // the first round warms both up
				theirs.push(other);
			}
		}
		const [a, b] = [Math.min(...ours), Math.min(...theirs)];
		const cells = [
			a.toFixed(3),
			b.toFixed(3),
			`${(b / a).toFixed(2)}x`,
			`${race.target}x`,
			difference.toExponential(1),
		];
		return `${race.title.padEnd(36)}${cells.map((cell) => cell.padStart(11)).join("")}`;
	} finally {
		await session.close();
	}
}

/** Largest difference of both sides' logits for one random tile, relative to the largest logit. */
async function compare(
	session: Session,
	torch: Torch,
	folder: string,
	name: string,
	patch: readonly number[],
): Promise<number> {
	const input = noise(sizeOf(patch));
	await writeFile(join(folder, "input.f32"), new Uint8Array(input.slice().buffer));
	await torch.ask(`check ${name}`);
	const expected = new Float32Array(new Uint8Array(await readFile(join(folder, "logits.f32"))).buffer);
	const found = (await session.run({ data: input, shape: [1, 1, ...patch] })).data;
	let worst = 0;
	let scale = 0;
	for (let i = 0; i < expected.length; i++) {
		worst = Math.max(worst, Math.abs((found[i] ?? 0) - (expected[i] ?? 0)));
		scale = Math.max(scale, Math.abs(expected[i] ?? 0));
	}
	return worst / scale;
}

async function timeSession(session: Session, shape: readonly number[]): Promise<number> {
	const data = noise(sizeOf(shape));
	const start = performance.now();
	await session.run({ data, shape });
	return (performance.now() - start) / 1000;
}

function noise(length: number): Float32Array<ArrayBuffer> {
	return new Float32Array(length).map(() => Math.random() * 2 - 1);
}

/** The Python process: one line asked, one line answered. */
class Torch {
	readonly #python: string;
	readonly #folder: string;
	#child: ChildProcess | undefined;
	#lines: AsyncIterator<string> | undefined;

	constructor(python: string, folder: string) {
		this.#python = python;
		this.#folder = folder;
	}

	/** Starts it; gives the version of PyTorch. */
	async start(threads: number): Promise<string> {
		const script = fileURLToPath(new URL("torch-network.py", import.meta.url));
		const child = spawn(this.#python, [script, this.#folder, String(threads)], { stdio: ["pipe", "pipe", "pipe"] });
		const stderr: string[] = [];
		child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk.toString()));
		child.once("exit", (code) => {
			if (code !== null && code !== 0) console.error(`PyTorch's side ended with code ${code}:\n${stderr.join("")}`);
		});
		this.#child = child;
		this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
		return (await this.#answer()).replace("ready ", "");
	}

	async ask(line: string): Promise<string> {
		const answer = this.#answer();
		this.#child?.stdin?.write(`${line}\n`);
		return answer;
	}

	async stop(): Promise<void> {
		const child = this.#child;
		if (child === undefined || child.exitCode !== null) return;
		const exited = new Promise((done) => child.once("exit", done));
		child.stdin?.end();
		await exited;
	}

	async #answer(): Promise<string> {
		const line = await this.#lines?.next();
		if (line === undefined || line.done) throw new Error("PyTorch's side ended");
		return line.value;
	}
}
