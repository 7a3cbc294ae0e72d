/**
 * Kills a run of 40 files with SIGKILL at random moments, again and again, and compares what is left with an undisturbed run.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ndarray } from "../../src/core/array.ts";
import { png } from "../../src/volume/png/png.ts";
import { committed, readWhole } from "../parity/agreement.ts";

const CLI = join(import.meta.dirname, "..", "..", "dist", "cli", "main.js");
const FILES = 40;

/** What came of the kills. */
export type KillReport = {
	readonly kills: number;
	readonly runs: number;
	readonly files: number;
	readonly leftovers: readonly string[];
};

/** Kills runs in `folder` until `kills` were made, ending each run well at last; throws where an output differs. */
export async function killAgainAndAgain(folder: string, kills: number, random: () => number): Promise<KillReport> {
	const inputs = join(folder, "inputs");
	await makeInputs(inputs);
	const undisturbed = join(folder, "undisturbed");
	const begun = Date.now();
	await endWell(undisturbed, inputs);
	const duration = Date.now() - begun;
	let made = 0;
	let runs = 0;
	let leftovers: string[] = [];
	while (made < kills) {
		const out = join(folder, `killed-${runs++}`);
		// several kills in one run: each life lasts a part of what the whole run needs
		while (made < kills && !(await endsWithin(out, inputs, duration * (0.05 + 0.45 * random())))) made++;
		await endWell(out, inputs);
		await requireEqual(out, undisturbed);
		leftovers = leftovers.concat((await readdir(out)).filter((name) => !name.endsWith(".png") && name !== ".nnvol"));
		await rm(out, { recursive: true });
	}
	return { kills: made, runs, files: FILES, leftovers };
}

async function makeInputs(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true });
	const image = await readWhole(committed("rgb2d", "inputs", "a_0000.png"));
	const data = Uint8Array.from(image.data, Number);
	for (let n = 0; n < FILES; n++) {
		const shifted = Uint8Array.from(data, (_, i) => data[(i + n * 1011) % data.length] ?? 0);
		const path = join(folder, `case${String(n).padStart(2, "0")}_0000.png`);
		const writer = await png.create(path, { dtype: "uint8", shape: image.shape, axes: "yxc" });
		await writer.write([0, 0, 0], ndarray("uint8", image.shape, shifted));
		await writer.finish();
	}
}

function start(out: string, inputs: string): ChildProcess {
	const words = [
		"predict",
		committed("rgb2d", "model"),
		inputs,
		out,
		"--folds",
		"0",
		"--no-tta",
		"--quiet",
		"--device",
		"cpu",
		"--threads",
		"1",
	];
	return spawn(process.execPath, [CLI, ...words], { stdio: ["ignore", "ignore", "pipe"] });
}

/** True where the run ended by itself within `milliseconds`; else it was killed. */
async function endsWithin(out: string, inputs: string, milliseconds: number): Promise<boolean> {
	const child = start(out, inputs);
	const ended = new Promise<boolean>((resolve) => child.on("close", (code) => resolve(code === 0)));
	const timer = new AbortController();
	const killed = pause(milliseconds, undefined, { signal: timer.signal }).then(
		() => child.kill("SIGKILL"),
		() => false,
	);
	const ok = await ended;
	timer.abort();
	await killed;
	return ok;
}

async function endWell(out: string, inputs: string): Promise<void> {
	const child = start(out, inputs);
	let text = "";
	child.stderr?.on("data", (part: Buffer) => {
		text += part.toString();
	});
	const code = await new Promise((resolve) => child.on("close", resolve));
	if (code !== 0) throw new Error(`the resumed run ended with ${String(code)}: ${text}`);
}

async function requireEqual(folder: string, reference: string): Promise<void> {
	const names = (await readdir(reference)).filter((name) => name.endsWith(".png"));
	if (names.length !== FILES) throw new Error(`the undisturbed run wrote ${names.length} of ${FILES}`);
	for (const name of names) {
		const found = await readWhole(join(folder, name));
		const expected = await readWhole(join(reference, name));
		const same = Buffer.compare(new Uint8Array(found.data.buffer), new Uint8Array(expected.data.buffer)) === 0;
		if (!same || found.shape.join() !== expected.shape.join())
			throw new Error(`${name} differs from the undisturbed run`);
	}
	const report = await readFile(join(folder, ".nnvol", "report.json"), "utf8");
	if (!report.includes('"state": "finished"')) throw new Error("the report is not finished");
}
