/**
 * `nnvol postprocess OUTPUT --config F`: objects from probabilities that were saved, without the network.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { NnvolError } from "../../core/errors.ts";
import { shapeText, zyx } from "../../core/shape.ts";
import { parseSteps } from "../../decode/step.ts";
import type { VolumeProgram } from "../../decode/volume/program.ts";
import { programOf } from "../../decode/volume/program-of-steps.ts";
import { placeOf, shapeAt, type VoxelPlace } from "../../decode/volume/voxel-place.ts";
import { decodeVolume } from "../../run/decode/decode-volume.ts";
import { endingOf, formatOfName, openVolume, stripEnding } from "../../volume/formats.ts";
import type { FormatName, VolumeInfo } from "../../volume/volume.ts";
import { parseCount, parseMemory } from "../arguments.ts";
import { interruptible } from "../interrupt.ts";
import { makeProgress, type Progress } from "../progress.ts";

/** Options as the parser gives them. */
export type PostprocessFlags = {
	readonly config?: string;
	readonly output?: string;
	readonly dataset?: string;
	readonly channels?: string;
	readonly scale?: string;
	readonly workers: string;
	readonly block?: string;
	readonly memory: string;
	readonly overwrite?: boolean;
	readonly json?: boolean;
	readonly quiet?: boolean;
};

/** Decodes one volume; gives the exit code. */
export async function runPostprocess(
	input: string,
	overrides: readonly string[],
	flags: PostprocessFlags,
): Promise<number> {
	const { config } = await loadConfig({ overrides, ...(flags.config === undefined ? {} : { file: flags.config }) });
	const progress = makeProgress({ json: flags.json === true, quiet: flags.quiet === true });
	try {
		const reader = await openVolume(input, flags.dataset === undefined ? {} : { dataset: flags.dataset });
		await reader.close();
		const place = placeFor(reader.info, config, flags, progress);
		const program = programFor(place, reader.info, config, flags, progress);
		await decode(place, outputFor(reader.info, flags.output), program, flags, progress);
		return 0;
	} finally {
		progress.close();
	}
}

async function decode(
	place: VoxelPlace,
	target: { readonly path: string; readonly format: FormatName },
	program: VolumeProgram,
	flags: PostprocessFlags,
	{ onEvent }: Progress,
): Promise<void> {
	const begun = Date.now();
	const id = basename(place.path);
	onEvent({ kind: "started", total: 1, skipped: 0, remaining: 1 });
	onEvent({ kind: "case-started", id });
	const report = await interruptible((signal) =>
		decodeVolume(place, target, program, {
			memory: parseMemory(flags.memory) ?? 0,
			workers: parseCount("--workers", flags.workers),
			overwrite: flags.overwrite === true,
			...(flags.block === undefined ? {} : { block: zyx(parseExtents("--block", flags.block)) }),
			onBlock: (phase, done, total) => onEvent({ kind: "phase", id, phase, done, total }),
			signal,
		}),
	);
	const { objects, pieces, block, shape, skipped } = report;
	const how = skipped ? "done already" : `${pieces} pieces in blocks of ${shapeText(block)}`;
	onEvent({ kind: "note", text: `${target.path}: ${objects} objects in ${shapeText(shape)} voxels (${how})` });
	onEvent({ kind: "case-done", id, output: target.path, seconds: (Date.now() - begun) / 1000 });
	onEvent({ kind: "finished", done: 1, failed: 0, skipped: skipped ? 1 : 0 });
}

/** The volume and the unit of its values, which is told: thresholds depend on it. */
function placeFor(info: VolumeInfo, config: Config, flags: PostprocessFlags, { onEvent }: Progress): VoxelPlace {
	const given = flags.scale === undefined ? undefined : parseScale(flags.scale);
	const { intensity_scale: times } = config.inference.postprocessing;
	const hasChannels = info.axes.includes("c") || info.shape.length === 4;
	const isByte = info.dtype === "uint8";
	const scale = given ?? (times !== null ? 1 / times : isByte && hasChannels ? 1 / 255 : 1);
	if (given === undefined && scale !== 1) {
		const from = times !== null ? "inference.postprocessing.intensity_scale" : "probabilities that are stored as uint8";
		onEvent({
			kind: "note",
			text: `values are what is stored times ${scale.toPrecision(6)} (${from}); --scale sets it`,
		});
	}
	return placeOf(info, scale, config.data.axes ?? undefined);
}

function programFor(
	place: VoxelPlace,
	info: VolumeInfo,
	config: Config,
	flags: PostprocessFlags,
	{ onEvent }: Progress,
): VolumeProgram {
	const { decoding, binary, intensity_scale: times, intensity_dtype: intensityDtype } = config.inference.postprocessing;
	const { channels: count, shape } = shapeAt(place, info);
	const channels = channelsFor(count, config, flags);
	if (count > 1 && flags.channels === undefined) {
		onEvent({
			kind: "note",
			text: `decoding is given channels ${channels.join(", ")} of ${count}; --channels sets them`,
		});
	}
	const steps = parseSteps(decoding);
	const sectionwise = config.data.do_2d === true;
	if (steps.length > 0) return programOf(steps, { channels, depth: shape[0], sectionwise });
	if (!binary.enabled) {
		throw new NnvolError(
			"CONFIG",
			"the configuration asks for nothing: set inference.postprocessing.decoding, or inference.postprocessing.binary.enabled",
		);
	}
	return {
		kind: "binary",
		conditions: [{ channel: channels[0] ?? 0, above: binary.threshold }],
		removeSmall: binary.remove_small_objects,
		fillHoles: binary.fill_holes,
		flat: sectionwise,
		value: times ?? 1,
		dtype: intensityDtype ?? "uint8",
	};
}

/** The channels that decoding is given: those named, those that were selected, or all but the background. */
function channelsFor(count: number, config: Config, flags: PostprocessFlags): readonly number[] {
	const all = Array.from({ length: count }, (_, n) => n);
	if (flags.channels !== undefined) {
		const named = flags.channels.split(",").map(Number);
		if (named.every((channel) => all.includes(channel))) return named;
		throw new NnvolError("CONFIG", `--channels ${flags.channels}: the volume has ${count}, 0 to ${count - 1}`);
	}
	const { select_channel: selected } = config.inference.test_time_augmentation;
	const list = selected === null ? undefined : [selected].flat();
	if (count === 1 || list?.length === count) return all;
	return list?.every((channel) => all.includes(channel)) ? list : all.slice(1);
}

/** Beside the input unless it is named; in its format where that holds ids. */
function outputFor(
	info: VolumeInfo,
	named: string | undefined,
): { readonly path: string; readonly format: FormatName } {
	const stem = stripEnding(basename(info.path)).replace(/_probabilities$/, "");
	const own = info.format === "jpeg" || info.format === "png" || info.format === "bmp" ? "zarr" : info.format;
	const path = named ?? join(dirname(info.path), `${stem}_instances${endingOf(own) || ".zarr"}`);
	const format = formatOfName(path);
	if (format !== undefined) return { path, format };
	throw new NnvolError("CONFIG", `--output ${path}: its ending tells no format; name it .zarr, .h5, .tif or .nii.gz`);
}

function parseScale(text: string): number {
	const value = Number(text);
	if (value > 0 && Number.isFinite(value)) return value;
	throw new NnvolError("CONFIG", `--scale ${text}: expected a number above 0`);
}

function parseExtents(name: string, text: string): number[] {
	const values = text.split(",").map(Number);
	if (values.length === 3 && values.every((value) => Number.isSafeInteger(value) && value > 0)) return values;
	throw new NnvolError("CONFIG", `${name} ${text}: expected three whole numbers such as 128,256,256`);
}
