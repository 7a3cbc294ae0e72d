/**
 * `npm run bench -- stream memory`: the command streams generated volumes of 1 GiB and of 10 GiB through tiny 2D and 3D networks,
 * Zarr to Zarr and HDF5 to HDF5, within `--memory`. Asked: the peak is at most 1.15 times that, and for the largest volume within
 * 10 % of the smallest one's.
 *
 * Options: `--size 1,10` (GiB); `--memory 2` (GB); `--side 2048`, the extents of sections in place of those
 * that go with the size; `--only zarr,2D` (what all have to match); `--again` also what was measured before;
 * `--keep` leaves the files; `--folder DIR` for them (about three volumes); `--command FILE` another build.
 *
 * A run that is done is kept in `out/bench/stream-memory.json` and not done again.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sizeOf } from "../../src/core/shape.ts";
import { openVolume } from "../../src/volume/formats.ts";
import { inBenchFolder } from "./bench-folder.ts";
import { COMMAND, measureCommand } from "./measured-command.ts";
import { type PlainNetwork, writePlainModel } from "./plain-model.ts";
import { shorten } from "./resident-memory.ts";
import { MEMORY_RUNS, type MemoryRun } from "./stream-results.ts";
import { memoryTable, tooMuch } from "./stream-tables.ts";
import { makeVolume, type Shape, type StreamFormat, shapeOf } from "./stream-volume.ts";

/** So small that ten gibibytes take minutes. */
const NETWORKS: Readonly<Record<MemoryRun["network"], PlainNetwork>> = {
	"2D": { patch: [512, 512], features: [2, 4], convs: 1 },
	"3D": { patch: [64, 128, 128], features: [2, 4], convs: 1 },
};
const NAMES = ["2D", "3D"] as const;
const FORMATS = ["zarr", "hdf5"] as const;
const ENDINGS: Readonly<Record<StreamFormat, string>> = { zarr: ".zarr", hdf5: ".h5" };

/** Points of a course that are kept. */
const POINTS = 240;

type Wanted = Pick<MemoryRun, "format" | "network" | "gib" | "memory"> & { readonly shape: Shape };

/** Runs what is wanted; gives the exit code: 1 where memory was not kept to. */
export async function benchMemory(args: readonly string[]): Promise<number> {
	const { values } = parseArgs({
		args: [...args],
		options: {
			size: { type: "string", default: "1,10" },
			memory: { type: "string", default: "2" },
			side: { type: "string" },
			only: { type: "string", default: "" },
			again: { type: "boolean", default: false },
			keep: { type: "boolean", default: false },
			folder: { type: "string", default: tmpdir() },
			command: { type: "string", default: COMMAND },
		},
	});
	if (process.platform !== "linux") {
		console.error("bench stream memory: memory is read from Linux's /proc; run it there");
		return 2;
	}
	const sizes = values.size.split(",").map(Number);
	const memory = Number.parseFloat(values.memory) * 1e9;
	const only = values.only.split(",").filter((word) => word !== "");
	const side = values.side === undefined ? undefined : Number(values.side);
	const all = sizes.flatMap((gib) =>
		FORMATS.flatMap((format) =>
			NAMES.map((network): Wanted => ({ format, network, gib, memory, shape: shapeOf(gib, side) })),
		),
	);
	const wanted = all.filter(({ format, network }) => only.every((word) => [format, network].some((is) => is === word)));
	const isDone = (one: Wanted) => !values.again && kept().some((run) => isSame(run, one));
	await inBenchFolder(values.folder, values.keep, async (folder) => {
		for (const gib of sizes) {
			for (const format of FORMATS) {
				const left = wanted.filter((one) => one.gib === gib && one.format === format && !isDone(one));
				if (left.length > 0) await runAll(left, folder, values.command, values.keep);
			}
		}
	});
	const runs = kept().filter((run) => wanted.some((one) => isSame(run, one)));
	console.log(`\n${memoryTable(runs)}`);
	const excesses = tooMuch(runs);
	for (const excess of excesses) console.error(`bench stream memory: ${excess}`);
	return excesses.length === 0 ? 0 : 1;
}

/** Runs of one format and size: they share the input. */
async function runAll(wanted: readonly Wanted[], folder: string, command: string, keep: boolean): Promise<void> {
	const [first] = wanted;
	if (first === undefined) return;
	const { format, gib, shape } = first;
	const input = join(folder, `in-${gib}${ENDINGS[format]}`);
	console.log(`making ${format}, ${gib} GiB ...`);
	await makeVolume(input, format, shape);
	for (const one of wanted) await runOne(one, input, folder, command, keep);
	if (!keep) await rm(input, { recursive: true });
}

async function runOne(one: Wanted, input: string, folder: string, command: string, keep: boolean): Promise<void> {
	const { format, network, gib, memory, shape } = one;
	const model = join(folder, network);
	await writePlainModel(model, NETWORKS[network]);
	const out = join(folder, `out-${network}-${gib}`);
	const output = join(out, `labels${ENDINGS[format]}`);
	const limits = ["--stream", "--memory", `${memory / 1e9}GB`, "--step-size", "1", "--no-tta"];
	const words = ["predict", model, input, output, ...limits, "--device", "cpu", "--quiet"];
	const { seconds, peak, course } = await measureCommand(command, words, folder);
	await requireLabels(output, shape);
	if (!keep) await rm(out, { recursive: true });
	const rate = sizeOf(shape) / 1e6 / seconds;
	console.log(
		`${format}, ${network}, ${gib} GiB: ${seconds.toFixed(1)} s, ${rate.toFixed(0)} MB/s, peak ${(peak / 1e9).toFixed(2)} GB`,
	);
	const others = kept().filter((run) => !isSame(run, one));
	await MEMORY_RUNS.keep([
		...others,
		{ ...one, shape: [...shape], peak, seconds, course: [...shorten(course, POINTS)] },
	]);
}

/** @throws where the middle of the output is not what a network makes */
async function requireLabels(path: string, shape: readonly number[]): Promise<void> {
	const reader = await openVolume(path);
	try {
		if (reader.info.shape.join() !== shape.join()) throw new Error(`${path}: found a shape of ${reader.info.shape}`);
		const [depth = 0, height = 0, width = 0] = shape;
		const middle = Math.floor(depth / 2);
		const { data } = await reader.read({ start: [middle, 0, 0], stop: [middle + 1, height, width] });
		const found = new Set<number | bigint>(data);
		if (found.size < 2) throw new Error(`${path}: section ${middle} has the one label ${[...found]}`);
	} finally {
		await reader.close();
	}
}

function kept(): readonly MemoryRun[] {
	return MEMORY_RUNS.read() ?? [];
}

function isSame(a: Omit<Wanted, "shape"> & Pick<MemoryRun, "shape">, b: Wanted): boolean {
	const [one, other] = [a, b].map(({ format, network, memory, shape }) => [format, network, memory, ...shape].join());
	return one === other;
}
