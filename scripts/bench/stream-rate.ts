/**
 * What streaming itself costs: Zarr to Zarr through the whole engine with a network that takes no time.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ndarray } from "../../src/core/array.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { modelSettings } from "../../src/plan/model-settings.ts";
import { makePlan } from "../../src/plan/plan.ts";
import type { Checked } from "../../src/run/checked.ts";
import { identify } from "../../src/run/input-identity.ts";
import { openLedger } from "../../src/run/ledger.ts";
import { Network } from "../../src/run/network.ts";
import { Stopwatch } from "../../src/run/timing.ts";
import { closeVolumeCase, openVolumeCase } from "../../src/run/volume/open-case.ts";
import { predictVolume } from "../../src/run/volume/volume-case.ts";
import type { Session, Tensor } from "../../src/runtime/session.ts";
import { formatByName } from "../../src/volume/formats.ts";
import type { Compression } from "../../src/volume/volume.ts";
import { modelSpec } from "../../test/model-spec.ts";

/** One way to run it. */
export type RateCase = {
	readonly shape: readonly [number, number, number];
	readonly step: number;
	readonly compression: Compression;
	readonly patch?: readonly number[];
	/** Of the output. */
	readonly shards?: readonly number[];
	readonly memory: number;
};

/** Seconds of each part, and of all. */
export type Rate = {
	readonly seconds: number;
	/** Seconds of processor time, of all threads. */
	readonly cpu: { readonly user: number; readonly system: number };
	readonly megabytes: number;
	readonly timing: Stopwatch["timing"];
};

/** Answers at once, with the same values each time. */
function instantSession(): Session {
	let output = new Float32Array(0);
	return {
		device: { kind: "cpu" },
		run: async ({ data, shape }: Tensor) => {
			const [items = 1, channels = 1, ...patch] = shape;
			const length = (data.length / channels) * 2;
			if (output.length !== length) output = Float32Array.from({ length }, (_, i) => Math.sin(i / 100));
			return { data: output, shape: [items, 2, ...patch], spent: data };
		},
		close: async () => undefined,
	};
}

/** Runs a case in a folder of its own. */
export async function measureRate(one: RateCase): Promise<Rate> {
	const folder = mkdtempSync(join(tmpdir(), "nnvol-rate-"));
	try {
		const input = join(folder, "input.zarr");
		await makeInput(input, one);
		return await run(folder, input, one);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

async function makeInput(path: string, { shape, compression }: RateCase): Promise<void> {
	const zarr = await formatByName("zarr");
	const writer = await zarr.create(path, {
		dtype: "uint8",
		shape,
		axes: "zyx",
		layout: { chunks: [32, 256, 256], compression },
	});
	const [depth, height, width] = shape;
	const slab = [32, height, width];
	const voxels = Uint8Array.from({ length: sizeOf(slab) }, (_, i) => 100 + 60 * Math.sin(i / 37) + (i % 13));
	for (let z = 0; z < depth; z += 32) await writer.write([z, 0, 0], ndarray("uint8", slab, voxels));
	await writer.finish();
}

async function run(folder: string, input: string, one: RateCase): Promise<Rate> {
	const patch = one.patch ?? [384, 512];
	const dimensions = patch.length === 2 ? 2 : 3;
	const spec = modelSpec({ dimensions, patch });
	const settings = { ...modelSettings(spec), step: one.step, views: [[]] };
	const model = { dataset: "D", configuration: "c", trainer: "t", spec: "s", checkpoints: [] };
	const output = join(folder, "out", "out.zarr");
	const plan = makePlan(model, settings, join(folder, "out"), [
		{ id: "a", files: [input], index: 0, output, format: "zarr" },
	]);
	const [entry] = plan.cases;
	if (entry === undefined) throw new Error("no case");
	const network = new Network([[instantSession()]], 2);
	const options = {
		overwrite: false,
		acceptExisting: false,
		stopOnError: false,
		casesHeld: 1,
		batchSize: 4,
		tries: 1,
		reportEvery: 1,
		share: "",
		attributes: {},
		memory: one.memory,
		layout: { compression: one.compression, ...(one.shards === undefined ? {} : { shards: one.shards }) },
	} as const;
	const watch = new Stopwatch();
	const ledger = await openLedger(plan.folder);
	const begun = performance.now();
	const used = process.cpuUsage();
	const checked: Checked = { entry, inputs: await identify(entry.files), state: { kind: "missing" } };
	const open = await openVolumeCase(entry, plan, spec, options);
	const engine = { spec, network: async () => network };
	await predictVolume(checked, open, { plan, ledger, engine, options }, watch);
	await closeVolumeCase(open);
	const seconds = (performance.now() - begun) / 1000;
	const { user, system } = process.cpuUsage(used);
	return {
		seconds,
		cpu: { user: user / 1e6, system: system / 1e6 },
		megabytes: sizeOf(one.shape) / 1e6,
		timing: watch.timing,
	};
}
