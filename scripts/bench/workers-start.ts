/**
 * `npm run bench -- workers start`: how long a worker takes, from the start of its process, until it has found 100,000 blocks
 * recorded and begins with what is left. Asked: less than two seconds.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inBenchFolder } from "./bench-folder.ts";
import { START_RUN } from "./workers-results.ts";
import { writeScene } from "./workers-simulated.ts";

const WORKER = fileURLToPath(new URL("simulated-worker.mjs", import.meta.url));
const FAN = 1000;

/** Measures it; gives the exit code: 1 where it takes longer. */
export async function benchStart(args: readonly string[]): Promise<number> {
	const { values } = parseArgs({
		args: [...args],
		options: { records: { type: "string", default: "100000" }, rounds: { type: "string", default: "3" } },
	});
	const records = Number(values.records);
	const seconds = await inBenchFolder(tmpdir(), false, async (folder) => {
		const job = await writeScene(folder, records + 4);
		await begin(job); // measures the volume, and makes the folder of records
		await fill(folder, records);
		const found: number[] = [];
		for (let round = 0; round < Number(values.rounds); round++) found.push(await begin(job));
		return found;
	});
	await START_RUN.keep({ records, seconds });
	console.log(`${records} records: ${seconds.map((value) => value.toFixed(2)).join(", ")} s`);
	return Math.min(...seconds) < 2 ? 0 : 1;
}

/** Seconds until a worker has its first block to do; it is killed then. */
async function begin(job: string): Promise<number> {
	const begun = performance.now();
	const child = spawn(process.execPath, [WORKER, job, "0", "1", "shares"], { stdio: ["pipe", "pipe", "inherit"] });
	const ended = new Promise((resolve) => child.on("close", resolve));
	child.stdin.write("go\n");
	for await (const line of createInterface({ input: child.stdout })) if (line === "first") break;
	const seconds = (performance.now() - begun) / 1000;
	child.kill("SIGKILL");
	await ended;
	return seconds;
}

/** Records of blocks that somebody did. */
async function fill(folder: string, records: number): Promise<void> {
	const runs = join(folder, "out", ".nnvol", "blocks", "out.zarr");
	const key = (await readdir(runs)).find((name) => /^[0-9a-f]{16}$/.test(name));
	if (key === undefined) throw new Error("no records");
	for (let id = 0; id < records; id++) {
		const fan = join(runs, key, String(Math.floor(id / FAN)).padStart(3, "0"));
		if (id % FAN === 0) await mkdir(fan, { recursive: true });
		await writeFile(join(fan, `${id}.done.json`), record(id));
	}
}

function record(id: number): string {
	const finished = new Date().toISOString();
	const box = { start: [id, 0, 0], stop: [id + 1, 128, 128] };
	return `${JSON.stringify({ version: 1, id, box, products: [], seconds: 0, worker: "bench-1", finished })}\n`;
}
