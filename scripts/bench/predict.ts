/**
 * `npm run bench -- predict`: the command against nnU-Net's commands, as whole processes on the CPU. Same models, same
 * inputs, runs interleaved, minima compared.
 *
 * `volume`: 4 classes, patch 32x96x96, 160x320x320 voxels 1.5 times finer than the model. `hundred`: the same with 100
 * classes. `images`: 200 PNG of 96x96 with a small 2D network.
 *
 * Options: `--quick` one round of each; `--rounds N`; `--only NAME,NAME`; `--hundred-both` also runs nnU-Net with 100
 * classes, in one process (minutes, gigabytes); `--python PATH`; `--command FILE` another build of the command.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { findPython } from "../parity/python.ts";
import { imagesTable, type Runs, type Side, stagesText, volumeTable } from "./predict-table.ts";
import { type Watched, watch } from "./watched-process.ts";

const COMMAND = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const SCRIPT = fileURLToPath(new URL("predict-nnunet.py", import.meta.url));
const IMAGES = 200;

/** nnU-Net's side is ended where it takes more than this. */
const MOST_MEMORY = 20e9;

const Stages = z.object({ read: z.number(), preprocess: z.number(), export: z.number() });
const Report = z.object({ cases: z.array(z.object({ timing: z.record(z.string(), z.number()).optional() })) });

type Bench = { readonly python: string; readonly command: string; readonly folder: string; readonly threads: number };

/** One of the races: which model, which inputs. */
type Race = {
	readonly model: string;
	readonly id: string;
	readonly inputs: string;
	readonly configuration: string;
	readonly ending: string;
	readonly mirror: boolean;
};

const VOLUME = { inputs: "volume", configuration: "3d_fullres", ending: ".nii.gz", mirror: false };
const RACES: Readonly<Record<"volume" | "hundred" | "images", Race>> = {
	volume: { model: "Dataset900_volume", id: "900", ...VOLUME },
	hundred: { model: "Dataset901_hundred", id: "901", ...VOLUME },
	images: {
		model: "Dataset902_images",
		id: "902",
		inputs: "images",
		configuration: "2d",
		ending: ".png",
		mirror: true,
	},
};

/** Runs the races; gives the exit code. */
export async function racePredict(args: readonly string[]): Promise<number> {
	const { values } = parseArgs({
		args: [...args],
		options: {
			quick: { type: "boolean" },
			rounds: { type: "string" },
			only: { type: "string" },
			python: { type: "string" },
			command: { type: "string" },
			"hundred-both": { type: "boolean" },
		},
	});
	const found = findPython(values.python);
	if ("problem" in found) {
		console.error(`bench predict: ${found.problem}`);
		return 2;
	}
	if (values.command === undefined) {
		const built = spawnSync("npm", ["run", "--silent", "build"], {
			stdio: "inherit",
			shell: process.platform === "win32",
		});
		if (built.status !== 0) console.error("bench predict: the build failed; what was built before is measured");
	}
	const rounds = Number(values.rounds ?? (values.quick === true ? 1 : 2));
	const wanted = values.only?.split(",") ?? Object.keys(RACES);
	const folder = await mkdtemp(join(tmpdir(), "nnvol-bench-predict-"));
	const command = values.command ?? COMMAND;
	const bench: Bench = { python: found.python, command, folder, threads: availableParallelism() };
	try {
		await python(bench, ["make", folder, String(IMAGES)]);
		console.log(`${cpus()[0]?.model ?? "?"}, ${bench.threads} cores, Node ${process.version}, ${rounds} rounds\n`);
		if (wanted.includes("volume")) await raceVolume(bench, RACES.volume, rounds, ["default", "sequential"]);
		if (wanted.includes("hundred"))
			await raceVolume(bench, RACES.hundred, 1, values["hundred-both"] === true ? ["sequential"] : []);
		if (wanted.includes("images")) await raceImages(bench, rounds);
		return 0;
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

async function raceVolume(bench: Bench, race: Race, rounds: number, theirs: readonly Side[]): Promise<void> {
	const both = theirs.length > 0;
	const runs = await interleave(bench, race, rounds, ["ours", ...theirs]);
	console.log(`${volumeTable(race.model, runs)}\n`);
	const own = await ownStages(bench, race);
	const stages: unknown = both
		? JSON.parse(
				await python(bench, ["stages", modelOf(bench, race), join(bench.folder, race.inputs), String(bench.threads)]),
			)
		: undefined;
	const equal = both ? await agreement(bench, race) : undefined;
	console.log(`${stagesText(own, stages === undefined ? undefined : Stages.parse(stages), equal)}\n`);
}

async function raceImages(bench: Bench, rounds: number): Promise<void> {
	const runs = await interleave(bench, RACES.images, rounds, ["ours", "default", "sequential"]);
	console.log(`${imagesTable(IMAGES, runs, await agreement(bench, RACES.images))}\n`);
}

/** Every side in every round, one after the other; nnU-Net's default, which takes longest, in the first only. */
async function interleave(bench: Bench, race: Race, rounds: number, sides: readonly Side[]): Promise<Runs> {
	const runs: Record<Side, Watched[]> = { ours: [], default: [], sequential: [] };
	for (let round = 0; round < rounds; round++) {
		for (const side of sides.filter((name) => round === 0 || name !== "default")) {
			const target = join(bench.folder, `${race.model}-${side}`);
			await rm(target, { recursive: true, force: true });
			await mkdir(target);
			const run = side === "ours" ? await runOurs(bench, race, target) : await runTheirs(bench, race, target, side);
			if (run.code !== 0) console.log(`${race.model}: ${side} ended with ${run.code}: ${run.said.slice(-600)}`);
			runs[side].push(run);
		}
	}
	return runs;
}

function runOurs(bench: Bench, race: Race, target: string): Promise<Watched> {
	const args = ["predict", modelOf(bench, race), join(bench.folder, race.inputs), target, "--folds", "0", "--quiet"];
	return watch(process.execPath, [bench.command, ...args, "--device", "cpu", ...(race.mirror ? [] : ["--no-tta"])]);
}

/** nnU-Net's own command: with its worker processes, or with none. */
function runTheirs(bench: Bench, race: Race, target: string, side: Side): Promise<Watched> {
	const command = join(dirname(bench.python), "nnUNetv2_predict");
	const args = [
		"-i",
		join(bench.folder, race.inputs),
		"-o",
		target,
		"-d",
		race.id,
		"-c",
		race.configuration,
		"-f",
		"0",
	];
	args.push("-device", "cpu", "--disable_progress_bar", ...(race.mirror ? [] : ["--disable_tta"]));
	if (side === "sequential") args.push("-npp", "0", "-nps", "0");
	const results = join(bench.folder, "results");
	const env = { nnUNet_results: results, nnUNet_raw: results, nnUNet_preprocessed: results };
	return watch(bench.python, ["-W", "ignore", command, ...args], { env, memory: MOST_MEMORY });
}

function modelOf(bench: Bench, race: Race): string {
	return join(bench.folder, "results", race.model, `nnUNetTrainer__nnUNetPlans__${race.configuration}`);
}

/** Seconds of each stage, as nnvol's report tells them. */
async function ownStages(bench: Bench, race: Race): Promise<Readonly<Record<string, number>> | undefined> {
	const path = join(bench.folder, `${race.model}-ours`, ".nnvol", "report.json");
	try {
		return Report.parse(JSON.parse(await readFile(path, "utf8"))).cases[0]?.timing;
	} catch {
		return undefined; // A run that failed has told so already.
	}
}

async function agreement(bench: Bench, race: Race): Promise<number> {
	const folders = ["ours", "sequential"].map((side) => join(bench.folder, `${race.model}-${side}`));
	const said: unknown = JSON.parse(await python(bench, ["compare", ...folders, race.ending]));
	return z.object({ equal: z.number() }).parse(said).equal;
}

/** The last line that the script prints. */
async function python(bench: Bench, args: readonly string[]): Promise<string> {
	const { code, said } = await watch(bench.python, ["-W", "ignore", SCRIPT, ...args]);
	if (code !== 0) throw new Error(`predict-nnunet.py ${args[0]} ended with ${code}:\n${said}`);
	return said.trim().split("\n").at(-1) ?? "";
}
