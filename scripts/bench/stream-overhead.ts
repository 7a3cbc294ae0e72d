/**
 * `npm run bench -- stream overhead`: nnU-Net's default 2D network (33.5 million parameters, patch 384x512) over 32 sections of
 * 1024x1024, streamed by the command: its wall time, less the time during which the network runs, taken in the thread that the
 * network blocks (of runs that overlap each moment once). Asked: the rest is less than a tenth, the start of the command and the
 * loading of the network included.
 *
 * By default with step 1 and no mirroring, so that it takes minutes; nnU-Net's own step of 0.5, mirrored, has ten times the runs of
 * the network and the same input and output. Options: `--full` for that; `--step N`; `--mirror`; `--sections 32`; `--command FILE`.
 *
 * @module
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { inBenchFolder } from "./bench-folder.ts";
import { COMMAND, covered, measureCommand } from "./measured-command.ts";
import { DEFAULT_NETWORKS, writePlainModel } from "./plain-model.ts";
import { OVERHEAD_RUNS, type OverheadRun } from "./stream-results.ts";
import { overheadTable } from "./stream-tables.ts";
import { makeVolume, type Shape } from "./stream-volume.ts";

const MOST = 0.1;
const SECTIONS = 32;

type Settings = { readonly sections: number; readonly step: number; readonly mirrored: boolean };

/** Measures it; gives the exit code: 1 where it is more than asked. */
export async function benchOverhead(args: readonly string[]): Promise<number> {
	const { values } = parseArgs({
		args: [...args],
		options: {
			full: { type: "boolean", default: false },
			step: { type: "string" },
			mirror: { type: "boolean", default: false },
			sections: { type: "string", default: String(SECTIONS) },
			command: { type: "string", default: COMMAND },
		},
	});
	const step = Number(values.step ?? (values.full ? 0.5 : 1));
	const settings = { sections: Number(values.sections), step, mirrored: values.full || values.mirror };
	const run = await inBenchFolder(tmpdir(), false, (folder) => measure(folder, values.command, settings));
	console.log(overheadTable([run]));
	const others = (OVERHEAD_RUNS.read() ?? []).filter((other) => !isSame(other, run));
	if (settings.sections === SECTIONS) await OVERHEAD_RUNS.keep([...others, run]);
	return run.seconds - run.network <= MOST * run.seconds ? 0 : 1;
}

async function measure(folder: string, command: string, settings: Settings): Promise<OverheadRun> {
	const { sections, step, mirrored } = settings;
	const shape: Shape = [sections, 1024, 1024];
	const [model, input] = [join(folder, "model"), join(folder, "in.zarr")];
	await writePlainModel(model, DEFAULT_NETWORKS["2d"]);
	await makeVolume(input, "zarr", shape);
	const words = ["predict", model, input, join(folder, "out", "out.zarr"), "--stream", "--step-size", String(step)];
	if (!mirrored) words.push("--no-tta");
	const measured = await measureCommand(command, [...words, "--device", "cpu", "--quiet"], folder);
	const { seconds, lived, network } = measured;
	const [begun, ended] = [network[0]?.[0] ?? lived[1], Math.max(lived[0], ...network.map(([, to]) => to))];
	return {
		shape: [...shape],
		step,
		mirrored,
		seconds,
		network: covered(network),
		runs: network.length,
		before: begun - lived[0],
		after: lived[1] - ended,
	};
}

function isSame(a: OverheadRun, b: OverheadRun): boolean {
	return a.step === b.step && a.mirrored === b.mirrored && a.shape.join() === b.shape.join();
}
