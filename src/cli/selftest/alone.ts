/**
 * The self-test without predictions of nnU-Net: the network on a random tile, against itself and, on a GPU, against
 * the CPU.
 *
 * @module
 */
import type { LoadedModel } from "../../model/load.ts";
import { checkTile, equalLabels, largestDifference, type TileRun } from "../../run/tile-check.ts";
import { type ChosenDevice, chooseDevice } from "../../runtime/devices.ts";
import { modelText, percentText, seconds } from "./text.ts";

/** How the network is run. */
export type AloneOptions = { readonly device: string; readonly threads: number; readonly json: boolean };

/** How a GPU's output compares with the CPU's. */
type Beside = { readonly seconds: number; readonly equal: number; readonly difference: number };

const RUNS = 3;

/**
 * Runs and prints; gives the exit code: 0 where a CPU gives the same bits again, and a GPU labels that are equal to the
 * CPU's in at least `tolerance` of the voxels.
 * @throws RUNTIME where the network cannot be run, or its output is not finite
 */
export async function checkAlone(model: LoadedModel, options: AloneOptions, tolerance: number): Promise<number> {
	const chosen = await chooseDevice(options.device);
	const { device } = chosen;
	const name = device.kind === "cpu" ? "cpu" : `cuda:${device.index}`;
	const run = await checkTile(model, { device: name, threads: options.threads, runs: RUNS });
	const beside = device.kind === "cpu" ? undefined : await onCpu(model, run, options.threads);
	const passed = beside === undefined ? run.spread === 0 : beside.equal >= tolerance;
	const tileSeconds = Math.min(...run.seconds);
	if (options.json) {
		const { loading, spread, heads } = run;
		const result = { kind: "selftest", passed, compared: false, device: name, threads: options.threads };
		process.stdout.write(`${JSON.stringify({ ...result, loading, tileSeconds, heads, spread, cpu: beside })}\n`);
		return passed ? 0 : 1;
	}
	const rows: (readonly [string, string])[] = [
		...modelText(model),
		["device", deviceText(chosen, name, options.threads)],
		["tile", `${model.spec.patch.join(" x ")}, random numbers of a fixed seed`],
		["loading", seconds(run.loading)],
		["one tile", `${seconds(tileSeconds)} (best of ${RUNS})`],
		["output", `finite, ${run.heads} channels`],
		["run again", run.spread === 0 ? "bit-equal" : `differs by up to ${run.spread.toExponential(1)}`],
		...(beside === undefined ? [] : [["on the CPU", besideText(beside)] as const]),
	];
	process.stdout.write(`${rows.map(([left, right]) => `${left.padEnd(12)}${right}\n`).join("")}\n${verdict(passed)}`);
	return passed ? 0 : 1;
}

async function onCpu(model: LoadedModel, run: TileRun, threads: number): Promise<Beside> {
	const cpu = await checkTile(model, { device: "cpu", threads, runs: 1 });
	return {
		seconds: cpu.seconds[0] ?? 0,
		equal: equalLabels(run.output, cpu.output, run.heads),
		difference: largestDifference(run.output, cpu.output),
	};
}

function deviceText({ device, note }: ChosenDevice, name: string, threads: number): string {
	const on = device.kind === "cpu" ? `, ${threads} thread${threads === 1 ? "" : "s"}` : "";
	return `${name}${on}${note === undefined ? "" : ` (${note})`}`;
}

function besideText(beside: Beside): string {
	return `${percentText(beside.equal)} of the highest channels equal, values within ${beside.difference.toExponential(1)}, ${seconds(beside.seconds)}`;
}

function verdict(passed: boolean): string {
	const found = passed ? "The network runs here." : "FAILED: the network does not give the same on every run.";
	return `${found} Nothing was compared with nnU-Net: name nnU-Net's predictions by --reference FOLDER and the images they were made from by --input IMAGES.\n`;
}
