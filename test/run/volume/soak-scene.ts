/**
 * What streamed runs are disturbed in: tiny genuine models, a Zarr of many blocks, the built program, and a check that
 * compares what a disturbed run left with what an undisturbed one made.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findOutputs } from "../../../src/run/found-outputs.ts";
import { type VolumeVerdict, verifyVolume } from "../../../src/run/verify-volume.ts";
import { formatByName } from "../../../src/volume/formats.ts";
import { isTemporaryName } from "../../../src/volume/publish.ts";
import { pattern, readJson, readVolume, treeOf, writeModel } from "../../cli/scene.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

/** The built program. */
const MAIN = join(ROOT, "dist", "cli", "main.js");

/** A volume and the models that are run on it. */
export type SoakScene = {
	readonly folder: string;
	readonly input: string;
	readonly shape: readonly [number, number, number];
	/** Deep and wide enough for each its own block. */
	readonly chunks: readonly [number, number, number];
};

/** Makes a volume of `depth` sections; blocks of one section and 512 columns. */
export async function makeSoakScene(folder: string, depth: number, width: number): Promise<SoakScene> {
	const model = writeModel(join(folder, "3d"), { network: "1 channel 3D", reader: "Tiff3DIO", ending: ".tif" });
	writeFileSync(join(model, "plans.json"), JSON.stringify(linear(readJson(join(model, "plans.json")))));
	writeModel(join(folder, "2d"));
	const input = join(folder, "in.zarr");
	const shape = [depth, 20, width] as const;
	const zarr = await formatByName("zarr");
	const layout = { chunks: [4, 20, 128], compression: "gzip" } as const;
	const writer = await zarr.create(input, { dtype: "uint8", shape, axes: "zyx", layout });
	await writer.write([0, 0, 0], pattern(shape));
	await writer.finish();
	return { folder, input, shape, chunks: [1, 20, 64] };
}

/** Plans as nnU-Net makes them: probabilities are resampled linearly, so that a volume can be streamed. */
function linear(plans: Record<string, unknown>): Record<string, unknown> {
	const kwargs = { is_seg: false, order: 1, order_z: 0, force_separate_z: null };
	const resampling = { resampling_fn_probabilities_kwargs: kwargs };
	const configurations = Object.entries(Object(plans["configurations"]));
	const changed = configurations.map(([name, values]) => [name, { ...Object(values), ...resampling }]);
	return { ...plans, configurations: Object.fromEntries(changed) };
}

/** Outputs that are staged, and have no chunks or other ones than their staging. */
const UNCHUNKED = /output_format=(h5|tiff|nii\.gz)/;

/** Words of a command that streams the volume (or the one at `input`) into `out`. */
export function wordsOf(scene: SoakScene, out: string, more: readonly string[] = [], input = scene.input): string[] {
	const list = join(scene.folder, `list-${input === scene.input ? "own" : "other"}.txt`);
	writeFileSync(list, `${input}\n`);
	return [
		"infer-volume",
		"--quiet",
		...(more.includes("--checkpoint") ? [] : ["--checkpoint", join(scene.folder, "3d")]),
		`inference.volume_mode.file_list=${list}`,
		`inference.data.output_path=${out}`,
		"inference.data.output_format=zarr",
		...(more.some((word) => UNCHUNKED.test(word)) ? [] : [`inference.data.chunks=[${scene.chunks.join(", ")}]`]),
		"inference.volume_mode.stream=true",
		"inference.sliding_window.overlap=0.25",
		"inference.test_time_augmentation.flip_axes=none",
		"system.device=cpu",
		"system.num_cpus=1",
		...more,
	];
}

/** How a program ended: its exit code (null where a signal ended it) and what it said. */
export type Ending = { readonly code: number | null; readonly text: string };

/** A program that was started. */
export type Life = { readonly child: ChildProcess; readonly ended: Promise<Ending> };

/** Starts the built program. */
export function begin(words: readonly string[]): Life {
	const env = { ...process.env, NNVOL_STORE_TRIES: "4" }; // servers that are gone are given up soon
	const child = spawn(process.execPath, [MAIN, ...words], { stdio: ["ignore", "pipe", "pipe"], env });
	let text = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream?.on("data", (part: Buffer) => {
			text += part.toString();
		});
	}
	const ended = new Promise<Ending>((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (code) => resolve({ code, text }));
	});
	return { child, ended };
}

/** Runs the built program to its end. @throws where it does not exit with `code` */
export async function endsWith(code: number, words: readonly string[]): Promise<string> {
	const ending = await begin(words).ended;
	if (ending.code === code) return ending.text;
	throw new Error(`expected exit code ${code}, found ${String(ending.code)}: ${ending.text}`);
}

/** Every record of a done block: its file and what tells that it was not written again. */
export type Records = ReadonlyMap<string, string>;

/** The records below an output folder. */
export function recordsOf(out: string): Records {
	const blocks = join(out, ".nnvol", "blocks");
	const names = treeOf(blocks).filter((name) => name.endsWith(".done.json"));
	return new Map(names.map((name) => [name, signOf(join(blocks, name))]));
}

function signOf(path: string): string {
	return `${statSync(path).ino} ${readFileSync(path, "utf8")}`;
}

/** @throws where a block that was recorded before was recorded anew, or its record is gone */
export function requireKept(before: Records, out: string): Records {
	const after = recordsOf(out);
	for (const [name, sign] of before) {
		if (after.get(name) === sign) continue;
		throw new Error(`the record ${name} was ${after.has(name) ? "written again" : "lost"}`);
	}
	return after;
}

/** What verification finds of the one volume below `out`. */
export async function verdictOf(out: string): Promise<VolumeVerdict> {
	const { folder, volumes } = await findOutputs(out);
	const [found, more] = volumes;
	if (found === undefined || more !== undefined) throw new Error(`${volumes.length} volumes are recorded in ${out}`);
	return verifyVolume(folder, found);
}

/** @throws where the outputs of `out` are not those of `reference`, or are not what is recorded of them */
export async function requireSame(out: string, reference: string): Promise<void> {
	const verdict = await verdictOf(out);
	if (!verdict.clean) throw new Error(`not clean: ${JSON.stringify(verdict).slice(0, 2000)}`);
	const names = outputNames(reference);
	if (outputNames(out).join() !== names.join()) {
		throw new Error(`expected the outputs ${names.join(", ")}, found ${outputNames(out).join(", ")}`);
	}
	for (const name of names.filter((each) => !each.endsWith(".json"))) {
		await requireEqual(join(out, name), join(reference, name));
	}
}

async function requireEqual(path: string, reference: string): Promise<void> {
	const [found, expected] = [await readVolume(path), await readVolume(reference)];
	const facts = `${found.dtype} ${found.shape.join("x")}`;
	const wanted = `${expected.dtype} ${expected.shape.join("x")}`;
	if (facts !== wanted) throw new Error(`${path}: expected ${wanted}, found ${facts}`);
	const [a, b] = [found, expected].map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
	if (a === undefined || b === undefined || !a.equals(b)) throw new Error(`${path} differs from the undisturbed run's`);
}

/** Names beside `.nnvol`. */
function outputNames(out: string): string[] {
	return readdirSync(out)
		.filter((name) => name !== ".nnvol" && !isTemporaryName(name))
		.sort();
}

/** What is left below `out` that is neither output nor record: temporaries, and what was staged. */
export function straysOf(out: string): string[] {
	const staging = join(".nnvol", "staging");
	const isStray = (name: string) => name.split(/[\\/]/).some(isTemporaryName) || name.startsWith(`${staging}/`);
	return existsSync(out) ? treeOf(out).filter(isStray) : [];
}

/** A folder below `scene`'s, made. */
export function folderIn(scene: SoakScene, name: string): string {
	const path = join(scene.folder, name);
	mkdirSync(path, { recursive: true });
	return path;
}
