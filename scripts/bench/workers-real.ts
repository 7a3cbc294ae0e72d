/**
 * `npm run bench -- workers real`: nnU-Net's default 2D network (33.5 million parameters, patch 384x512) over sections of 1024x1024,
 * done by two `nnvol work` of one thread each, beside two processes that only run the network as often, in turns. Each is measured
 * from the start of its processes to the end of the last one, loading of the network included. Asked: at least 0.95.
 *
 * Options: `--sections 32`, `--rounds 2`.
 *
 * @module
 */
import { execFileSync, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inBenchFolder } from "./bench-folder.ts";
import { COMMAND } from "./measured-command.ts";
import { DEFAULT_NETWORKS, writePlainModel } from "./plain-model.ts";
import { makeVolume } from "./stream-volume.ts";
import { REAL_RUN } from "./workers-results.ts";

const NETWORK = fileURLToPath(new URL("network-only.mjs", import.meta.url));
const WORKERS = 2;

/** Tiles of a section of 1024x1024 at step 1: three times two. */
const TILES = 6;

/** Measures it; gives the exit code: 1 where it is below 0.95. */
export async function benchReal(args: readonly string[]): Promise<number> {
	const { values } = parseArgs({
		args: [...args],
		options: { sections: { type: "string", default: "32" }, rounds: { type: "string", default: "2" } },
	});
	const [sections, rounds] = [Number(values.sections), Number(values.rounds)];
	const run = await inBenchFolder(tmpdir(), false, (folder) => measure(folder, sections, rounds));
	await REAL_RUN.keep(run);
	const share = Math.min(...run.network) / Math.min(...run.work);
	console.log(`workers ${run.work.join(", ")} s; network alone ${run.network.join(", ")} s: ${share.toFixed(3)}`);
	return share >= 0.95 ? 0 : 1;
}

async function measure(folder: string, sections: number, rounds: number) {
	const [model, input, out, job] = ["model", "in.zarr", "out", "job.json"].map((name) => join(folder, name));
	if (model === undefined || input === undefined || out === undefined || job === undefined) throw new RangeError();
	const { patch } = DEFAULT_NETWORKS["2d"];
	await writePlainModel(model, DEFAULT_NETWORKS["2d"]);
	await makeVolume(input, "zarr", [sections, 1024, 1024]);
	const words = ["plan", model, input, join(out, "out.zarr"), "--stream", "--step-size", "1", "--no-tta"];
	execFileSync(process.execPath, [COMMAND, ...words, "--device", "cpu", "--save", job], { stdio: "ignore" });
	const tiles = (sections * TILES) / WORKERS;
	const [work, network]: [number[], number[]] = [[], []];
	for (let round = 0; round < rounds; round++) {
		network.push(await together(() => [NETWORK, model, String(tiles), ...patch.map(String)]));
		rmSync(out, { recursive: true, force: true });
		const share = (n: number) => ["--shard", `${n}/${WORKERS}`, "--threads", "1", "--memory", "4GB", "--quiet"];
		work.push(await together((n) => [COMMAND, "work", "--plan", job, ...share(n)]));
	}
	return { tiles: sections * TILES, work, network };
}

/** Seconds until all of the processes have ended. */
async function together(words: (n: number) => readonly string[]): Promise<number> {
	const begun = performance.now();
	await Promise.all(Array.from({ length: WORKERS }, (_, n) => ended(words(n))));
	return Math.round((performance.now() - begun) / 10) / 100;
}

function ended(words: readonly string[]): Promise<void> {
	const child = spawn(process.execPath, [...words], { stdio: ["ignore", "ignore", "pipe"] });
	let said = "";
	child.stderr.on("data", (part: Buffer) => {
		said += part.toString();
	});
	return new Promise((resolve, reject) => {
		child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`${words.join(" ")}\n${said}`))));
	});
}
