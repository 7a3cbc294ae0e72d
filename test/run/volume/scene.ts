/**
 * Small volumes for tests of streamed runs: made in a temporary folder, predicted in memory and streamed.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NdArray, ndarray } from "../../../src/core/array.ts";
import { wholeBox } from "../../../src/core/box.ts";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import type { ModelSpec } from "../../../src/model/spec.ts";
import { makePlan, type Plan } from "../../../src/plan/plan.ts";
import type { Settings } from "../../../src/plan/settings.ts";
import type { VolumeFacts, VolumePlan } from "../../../src/plan/volume-plan.ts";
import { readImage } from "../../../src/preprocess/image.ts";
import { predictImage } from "../../../src/run/case.ts";
import type { Checked } from "../../../src/run/checked.ts";
import { identify } from "../../../src/run/input-identity.ts";
import { openLedger } from "../../../src/run/ledger.ts";
import { Network } from "../../../src/run/network.ts";
import type { RunOptions } from "../../../src/run/run-options.ts";
import { Stopwatch } from "../../../src/run/timing.ts";
import { closeVolumeCase, openVolumeCase } from "../../../src/run/volume/open-case.ts";
import type { VolumeChoices, VolumeShare } from "../../../src/run/volume/run-facts.ts";
import { predictVolume } from "../../../src/run/volume/volume-case.ts";
import type { VolumeOutcome } from "../../../src/run/volume/volume-end.ts";
import { formatByName, openVolume } from "../../../src/volume/formats.ts";
import type { FormatName, Layout } from "../../../src/volume/volume.ts";
import { fakeSession, type ItemNetwork, lopsided } from "../fake-session.ts";

/** A volume on the disk and the model that is run on it. */
export type Scene = {
	readonly folder: string;
	readonly input: string;
	readonly spec: ModelSpec;
	readonly settings: Settings;
	readonly network: ItemNetwork;
	readonly heads: number;
};

/** How a scene is made. */
export type SceneSpec = {
	readonly spec: ModelSpec;
	readonly settings: Settings;
	readonly array: NdArray;
	readonly axes: string;
	readonly spacing?: Zyx;
	readonly chunks?: readonly number[];
	readonly format?: FormatName;
	readonly network?: ItemNetwork;
};

/** Makes the scene for the time of `work`. */
export async function withScene<T>(made: SceneSpec, work: (scene: Scene) => Promise<T>): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), "nnvol-volume-"));
	try {
		const format = await formatByName(made.format ?? "zarr");
		const input = join(folder, `input${format.extensions[0]}`);
		const { array, axes, spacing, chunks } = made;
		const writer = await format.create(input, {
			dtype: array.dtype,
			shape: array.shape,
			axes,
			...(spacing === undefined ? {} : { spacing }),
			...(chunks === undefined ? {} : { layout: { chunks } }),
		});
		await writer.write(wholeBox(array.shape).start, array);
		await writer.finish();
		const { spec, settings, network = lopsided } = made;
		return await work({ folder, input, spec, settings, network, heads: 2 });
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** Labels and probabilities of the whole volume in memory. */
export async function inMemory({ input, spec, settings, network, heads }: Scene) {
	const image = await readImage([input], spec);
	const { outputs: _, ...plain } = settings;
	const whole: Settings = { ...plain, output: { kind: "labels", probabilities: true, dtype: "uint8" } };
	return predictImage(image, spec, whole, networkOf(network, heads), { batchSize: 3 });
}

export function networkOf(network: ItemNetwork, heads: number, sizes: number[] = []): Network {
	return new Network([[fakeSession(heads, network, sizes)]], heads);
}

/** How a scene is streamed. */
export type StreamOptions = {
	readonly choices?: VolumeChoices;
	readonly layout?: Layout;
	readonly batchSize?: number;
	readonly format?: FormatName;
	readonly options?: Partial<RunOptions>;
	readonly name?: string;
	readonly network?: ItemNetwork;
	/** The share of a worker. */
	readonly share?: VolumeShare;
	/** Further folds. */
	readonly folds?: readonly ItemNetwork[];
};

/** The plan of a scene's one case. */
export function planOfScene(
	{ folder, input, settings }: Scene,
	{ format = "zarr", name = "out" }: StreamOptions,
): Plan {
	const ending = { zarr: ".zarr", tiff: ".tif", hdf5: ".h5", nifti: ".nii.gz" } as const;
	const output = join(folder, "out", `${name}${Reflect.get(ending, format) ?? `.${format}`}`);
	const model = { dataset: "D", configuration: "c", trainer: "t", spec: "s", checkpoints: [] };
	return makePlan(model, settings, join(folder, "out"), [{ id: name, files: [input], index: 0, output, format }]);
}

/** Streams a scene; run again it goes on. */
export async function stream(scene: Scene, how: StreamOptions = {}): Promise<VolumeOutcome> {
	const { batchSize = 2 } = how;
	const plan = planOfScene(scene, how);
	const [entry] = plan.cases;
	if (entry === undefined) throw new Error("no case");
	const ledger = await openLedger(plan.folder);
	const options: RunOptions = {
		overwrite: false,
		acceptExisting: false,
		stopOnError: false,
		casesHeld: 1,
		batchSize,
		tries: 1,
		reportEvery: 1,
		share: "",
		attributes: { nnvol: "test" },
		memory: 16 * 2 ** 30,
		...(how.layout === undefined ? {} : { layout: how.layout }),
		...how.options,
	};
	const checked: Checked = { entry, inputs: await identify(entry.files), state: { kind: "missing" } };
	const folds = [how.network ?? scene.network, ...(how.folds ?? [])];
	const network = new Network([folds.map((fold) => fakeSession(scene.heads, fold))], scene.heads);
	const engine = { spec: scene.spec, network: async () => network };
	const { choices, share } = how;
	const open = await openVolumeCase(entry, plan, scene.spec, options, { inline: true, ...choices });
	try {
		const run = {
			plan,
			ledger,
			engine,
			options,
			...(choices === undefined ? {} : { choices }),
			...(share === undefined ? {} : { share }),
		};
		return await predictVolume(checked, open, run, new Stopwatch());
	} finally {
		await closeVolumeCase(open);
	}
}

/** The voxels of an output of a scene, whole. */
export async function outputOf({ folder }: Scene, name: string): Promise<NdArray> {
	const reader = await openVolume(join(folder, "out", name));
	try {
		return await reader.read(wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

/** Columns of so many blocks along y and x, whatever they take. */
export function columnsOf(rows: number, columns: number, slab: number): (facts: VolumeFacts) => VolumePlan {
	return ({ layout }) => {
		const ranges = (axis: 1 | 2, size: number) => {
			const count = layout.cuts[axis].length - 1;
			return Array.from(
				{ length: Math.ceil(count / size) },
				(_, n) => [n * size, Math.min(count, (n + 1) * size)] as const,
			);
		};
		return { rows: ranges(1, rows), columns: ranges(2, columns), slab, tiles: 1, tilesRun: 1, bytes: 0 };
	};
}

/** An image with structure: waves, a little noise, and zeros around `border` voxels. */
export function wavy(
	dtype: "uint8" | "uint16" | "float32",
	shape: readonly number[],
	border: number,
	seed: number,
): NdArray {
	const [depth = 1, height = 1, width = 1] = shape.slice(-3);
	const values = Array.from({ length: sizeOf(shape) }, (_, i) => {
		const x = i % width;
		const y = Math.floor(i / width) % height;
		const z = Math.floor(i / width / height) % depth;
		const inside = y >= border && y < height - border && x >= border && x < width - border;
		return inside
			? 40 + Math.floor(30 * Math.sin(x / 2 + seed) + 20 * Math.cos(y / 3 + z) + ((i * 7919 + seed) % 11))
			: 0;
	});
	if (dtype === "uint8") return ndarray("uint8", shape, Uint8Array.from(values));
	if (dtype === "uint16")
		return ndarray(
			"uint16",
			shape,
			Uint16Array.from(values, (value) => value * 17),
		);
	return ndarray(
		"float32",
		shape,
		Float32Array.from(values, (value) => value / 3),
	);
}

/** Before any test. */
export const SINCE = "2026-01-01T00:00:00.000Z";

/** The share of one of several workers on a volume; with `claims` it does what the others leave. */
export function shareOf(index: number, count: number, claims: boolean) {
	const base = {
		index,
		count,
		offset: 0,
		workers: count,
		lease: 60_000,
		finish: true,
		closesOnly: false,
		since: SINCE,
	};
	return { ...base, others: claims, wait: claims };
}

/** A network that is not to be run. */
export const never: ItemNetwork = () => {
	throw new Error("the network was run");
};
