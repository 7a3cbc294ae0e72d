/**
 * `nnvol postprocess OUTPUT --config F`: objects from probabilities that were saved, without the network.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { NnvolError } from "../../core/errors.ts";
import { asZyx, shapeText, zyx } from "../../core/shape.ts";
import { tableOfRegions } from "../../decode/objects/object-table.ts";
import { tableFormatOf, writeObjectTable } from "../../decode/objects/write-table.ts";
import { parseDecoding } from "../../decode/step.ts";
import { valueChannelOf } from "../../decode/value-channel.ts";
import type { VolumeProgram } from "../../decode/volume/program.ts";
import { programOf } from "../../decode/volume/program-of-steps.ts";
import { placeOf, shapeAt, type VoxelPlace } from "../../decode/volume/voxel-place.ts";
import type { DecodeOptions } from "../../run/decode/decode-options.ts";
import { type DecodeTarget, ID_DTYPES, type IdDType } from "../../run/decode/decode-output.ts";
import { decodeVolume } from "../../run/decode/decode-volume.ts";
import { objectTablePath } from "../../run/object-table.ts";
import { endingOf, FORMATS, formatByName, formatOfName, openVolume, stripEnding } from "../../volume/formats.ts";
import { presenceOf } from "../../volume/sections/presence.ts";
import type { VolumeInfo } from "../../volume/volume.ts";
import { parseCount, parseMemory } from "../arguments.ts";
import { interruptible } from "../interrupt.ts";
import { makeProgress, type Progress } from "../progress.ts";

/** What names of saved probabilities end with. */
const PROBABILITIES = "_probabilities";

/** Options as the parser gives them. */
export type PostprocessFlags = {
	readonly config?: string;
	readonly output?: string;
	readonly dataset?: string;
	readonly channels?: string;
	readonly scale?: string;
	readonly workers: string;
	readonly block?: string;
	readonly table?: string;
	readonly dtype?: string;
	readonly memory: string;
	readonly pyramid?: boolean;
	readonly claims?: boolean;
	readonly lease: string;
	readonly overwrite?: boolean;
	readonly json?: boolean;
	readonly quiet?: boolean;
};

/** What is to be done of one volume. */
type Job = {
	readonly place: VoxelPlace;
	readonly info: VolumeInfo;
	readonly target: DecodeTarget;
	readonly program: VolumeProgram;
	readonly table?: TableTarget;
	readonly ids?: IdDType;
};

/** Where the table of a volume's objects goes, and the channel whose mean it has. */
type TableTarget = { readonly path: string; readonly channel: number };

/** Decodes a volume, or the probabilities in a folder of outputs; gives the exit code. */
export async function runPostprocess(
	input: string,
	overrides: readonly string[],
	flags: PostprocessFlags,
): Promise<number> {
	const { config } = await loadConfig({ overrides, ...(flags.config === undefined ? {} : { file: flags.config }) });
	const progress = makeProgress({ json: flags.json === true, quiet: flags.quiet === true });
	try {
		const inputs = await inputsAt(input);
		if (flags.table !== undefined) tableFormatOf(flags.table);
		if (inputs.length > 1) requireNoNames(input, flags);
		const jobs: Job[] = [];
		for (const path of inputs) jobs.push(await jobFor(path, config, flags, progress));
		progress.onEvent({ kind: "started", total: jobs.length, skipped: 0, remaining: jobs.length });
		let skipped = 0;
		for (const job of jobs) if (await decode(job, flags, progress)) skipped++;
		progress.onEvent({ kind: "finished", done: jobs.length - skipped, failed: 0, skipped });
		return 0;
	} finally {
		progress.close();
	}
}

/** The volume itself, or the probabilities in a folder that is none. @throws INPUT where there are none; VOLUME */
async function inputsAt(input: string): Promise<readonly string[]> {
	const isFolder = (await stat(input).catch(() => undefined))?.isDirectory() === true;
	if (!isFolder || formatOfName(input) !== undefined) return [input];
	const names = (await readdir(input)).filter((name) => formatOfName(name) !== undefined);
	const found = names.filter((name) => stripEnding(name).endsWith(PROBABILITIES)).sort();
	if (found.length > 0) return found.map((name) => join(input, name));
	throw new NnvolError(
		"INPUT",
		`${input}: expected volumes named NAME${PROBABILITIES} (inference.data.outputs=[labels,probabilities] writes them), found ${names.length} other volumes; name one of them`,
		{ fields: { path: input } },
	);
}

function requireNoNames(input: string, { output, table }: PostprocessFlags): void {
	if (output === undefined && table === undefined) return;
	const option = output === undefined ? "--table" : "--output";
	throw new NnvolError("CONFIG", `${option}: ${input} holds several volumes; name one of them`);
}

async function jobFor(path: string, config: Config, flags: PostprocessFlags, progress: Progress): Promise<Job> {
	const reader = await openVolume(path, flags.dataset === undefined ? {} : { dataset: flags.dataset });
	await reader.close();
	const { info } = reader;
	const place = placeFor(info, config, flags, progress);
	const program = programFor(place, info, config, flags, progress);
	if (program.kind === "binary" && flags.table !== undefined) {
		throw new NnvolError("CONFIG", "--table: a mask has no objects; set inference.postprocessing.decoding");
	}
	const target = outputFor(info, flags.output);
	const ids = idsFor(config, flags);
	if (ids !== undefined) await requireIds(target, ids);
	const table = program.kind === "binary" ? undefined : tableFor(target, place, info, config, flags);
	return {
		place,
		info,
		program,
		target,
		...(ids === undefined ? {} : { ids }),
		...(table === undefined ? {} : { table }),
	};
}

/** Decodes one volume; true where that was done already. */
async function decode(
	{ place, info, target, program, table, ids }: Job,
	flags: PostprocessFlags,
	{ onEvent }: Progress,
): Promise<boolean> {
	const begun = Date.now();
	const id = basename(place.path);
	onEvent({ kind: "case-started", id });
	const report = await interruptible((signal) =>
		decodeVolume(place, target, program, {
			memory: parseMemory(flags.memory) ?? 0,
			workers: parseCount("--workers", flags.workers),
			overwrite: flags.overwrite === true,
			...(flags.pyramid === true ? { pyramid: "auto" } : {}),
			...(flags.claims === true ? { claims: { lease: 1000 * parseCount("--lease", flags.lease) } } : {}),
			...(flags.block === undefined ? {} : { block: zyx(parseExtents("--block", flags.block)) }),
			...(table === undefined ? {} : { objects: tableWriter(table, place, info) }),
			...(ids === undefined ? {} : { ids }),
			onBlock: (phase, done, total) => onEvent({ kind: "phase", id, phase, done, total }),
			signal,
		}),
	);
	const { objects, pieces, block, shape, skipped } = report;
	if (skipped && table !== undefined && (await presenceOf(table.path)) === undefined) {
		onEvent({
			kind: "warning",
			text: `${table.path}: is missing, and the objects are done; --overwrite makes both again`,
		});
	}
	const how = skipped ? "done already" : `${pieces} pieces in blocks of ${shapeText(block)}`;
	onEvent({ kind: "note", text: `${target.path}: ${objects} objects in ${shapeText(shape)} voxels (${how})` });
	onEvent({ kind: "case-done", id, output: target.path, seconds: (Date.now() - begun) / 1000 });
	return skipped;
}

/** Writes a row an object, with the mean of the channel that objects are made of. */
function tableWriter(
	{ path, channel }: TableTarget,
	place: VoxelPlace,
	info: VolumeInfo,
): NonNullable<DecodeOptions["objects"]> {
	const { unit, spacing = [] } = info;
	const facts = {
		shape: shapeAt(place, info).shape,
		spacing: asZyx(spacing), // an image has two
		hasProbability: true,
		...(unit === undefined ? {} : { unit }),
	};
	return {
		channel,
		take: (regions) => writeObjectTable(path, tableOfRegions(regions, facts)),
	};
}

/** The table that is named, or that the configuration asks for beside the objects. */
function tableFor(
	{ path: output }: DecodeTarget,
	place: VoxelPlace,
	info: VolumeInfo,
	config: Config,
	flags: PostprocessFlags,
): TableTarget | undefined {
	const { object_table: format, decoding } = config.inference.postprocessing;
	const path = flags.table ?? (format === null ? undefined : objectTablePath(output, format));
	if (path === undefined) return undefined;
	const channels = channelsFor(shapeAt(place, info).channels, config, flags);
	const channel = channels[valueChannelOf(parseDecoding(decoding), channels.length)] ?? 0;
	return { path, channel };
}

/** Element type of ids, where it is said. @throws CONFIG */
function idsFor(config: Config, { dtype }: PostprocessFlags): IdDType | undefined {
	const { instance_dtype: own, intensity_dtype: stored } = config.inference.postprocessing;
	const asked = dtype ?? (own === "auto" && (stored === "uint16" || stored === "uint32") ? stored : own);
	if (asked === "auto") return undefined;
	const found = ID_DTYPES.find((known) => known === asked);
	if (found !== undefined) return found;
	throw new NnvolError("CONFIG", `--dtype ${asked}: expected auto, ${ID_DTYPES.join(", ")}`);
}

/** @throws CONFIG where a format holds no such ids */
async function requireIds({ path, format }: DecodeTarget, dtype: IdDType): Promise<void> {
	if ((await formatByName(format)).writes.includes(dtype)) return;
	const holding: string[] = [];
	for (const { name } of FORMATS) if ((await formatByName(name)).writes.includes(dtype)) holding.push(name);
	throw new NnvolError("CONFIG", `${path}: ${format} cannot hold ids of ${dtype}; ${holding.join(", ")} can`, {
		fields: { path, dtype },
	});
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
	const steps = parseDecoding(decoding);
	const sectionwise = config.data.do_2d === true;
	const spacing = asZyx(info.spacing ?? []);
	if (steps.nodes.length > 0) return programOf(steps, { channels, depth: shape[0], sectionwise, spacing });
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
function outputFor(info: VolumeInfo, named: string | undefined): DecodeTarget {
	const stem = stripEnding(basename(info.path)).replace(new RegExp(`${PROBABILITIES}$`), "");
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
