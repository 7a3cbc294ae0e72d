/**
 * The mean of saved probabilities over folders, and its labels, as `nnUNetv2_ensemble` makes them.
 *
 * Files are read side by side a piece at a time: of a case, its labels and the best value of each voxel are held.
 *
 * @module
 */
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { NnvolError, throwIfAborted } from "../core/errors.ts";
import { makeFolder } from "../core/folder.ts";
import { sizeOf } from "../core/shape.ts";
import { headsOf } from "../export/labels.ts";
import { type RunningLabels, runningArgmax, runningRegions } from "../image/running-labels.ts";
import { type Dataset, labelScheme } from "../model/dataset.ts";
import type { LabelScheme } from "../model/spec.ts";
import { fileError, volumeError } from "../volume/fault.ts";
import { writeNpz } from "../volume/npz/npz.ts";
import { publish, temporaryBeside } from "../volume/publish.ts";
import { type CaseOutcomes, eachCase, type OnCase } from "./each-case.ts";
import { caseImage, findPlace } from "./ensemble-place.ts";
import { writeLabels } from "./label-file.ts";
import { MeanFiles } from "./mean-files.ts";
import { filesIn, holds } from "./prediction-folder.ts";

/** What is averaged. */
export type EnsembleJob = {
	readonly folders: readonly string[];
	readonly output: string;
	readonly dataset: Dataset;
	/** nnU-Net's reader and writer class, where it is known. */
	readonly reader?: string;
	readonly saveProbabilities: boolean;
};

/** Names of files shown in a message. */
const SHOWN = 5;

/** Averages every case. @throws INPUT where the folders do not hold the same .npz files, or none */
export async function ensembleFolders(job: EnsembleJob, onCase: OnCase, signal?: AbortSignal): Promise<CaseOutcomes> {
	const names = await commonNames(job.folders);
	const scheme = labelScheme(job.dataset);
	await makeFolder(job.output).catch((cause) => {
		throw fileError(job.output, "write", cause);
	});
	return eachCase(names, onCase, (name) => ensembleCase(job, scheme, name.slice(0, -".npz".length), signal));
}

/** One case: its labels and, if asked for, the mean beside them; the labels come last. */
async function ensembleCase(
	job: EnsembleJob,
	scheme: LabelScheme,
	id: string,
	signal: AbortSignal | undefined,
): Promise<void> {
	const found = await findPlace(job.folders, id, job.dataset.file_ending, job.reader);
	const companions: { readonly temporary: string; readonly path: string }[] = [];
	try {
		const mean = await MeanFiles.open(job.folders.map((folder) => join(folder, `${id}.npz`)));
		let labels: RunningLabels;
		try {
			labels = startLabels(mean, scheme);
			await drain(job, id, mean, labels, companions, signal);
		} finally {
			await mean.close();
		}
		const image = caseImage(labels.labels, mean.shape.slice(1), found, job);
		for (const { temporary, path } of companions) await publish(temporary, path);
		const options = signal === undefined ? {} : { signal };
		await writeLabels(join(job.output, `${id}${job.dataset.file_ending}`), image, job.reader, options);
	} finally {
		for (const { temporary } of companions) await rm(temporary, { force: true });
	}
}

/** Passes the mean to the labels and, if asked for, to a file. */
async function drain(
	job: EnsembleJob,
	id: string,
	mean: MeanFiles,
	labels: RunningLabels,
	companions: { readonly temporary: string; readonly path: string }[],
	signal: AbortSignal | undefined,
): Promise<void> {
	const bytes = mean.bytes(labels, signal);
	if (!job.saveProbabilities) {
		for await (const _ of bytes) throwIfAborted(signal);
		return;
	}
	const begin = (ending: string): string => {
		const path = join(job.output, `${id}${ending}`);
		const temporary = temporaryBeside(path);
		companions.push({ temporary, path });
		return temporary;
	};
	const probabilities = { dtype: "float32", shape: mean.shape, bytes } as const;
	await writeNpz(begin(".npz"), { probabilities }, signal === undefined ? {} : { signal });
	const [first = ""] = job.folders;
	if (!(await holds(first, `${id}.pkl`))) return;
	const properties = join(first, `${id}.pkl`);
	await copyFile(properties, begin(".pkl")).catch((cause) => {
		throw fileError(properties, "copy", cause);
	});
}

function startLabels(mean: MeanFiles, scheme: LabelScheme): RunningLabels {
	const [channels = 0, ...space] = mean.shape;
	const heads = headsOf(scheme);
	if (channels !== heads) {
		throw volumeError(
			mean.path,
			`expected ${heads} classes or regions, as dataset.json has them, found ${channels}; does dataset.json belong to it?`,
		);
	}
	const voxels = sizeOf(space);
	return scheme.kind === "labels" ? runningArgmax(channels, voxels) : runningRegions(scheme.classOrder, voxels);
}

/** @throws INPUT listing what a folder lacks */
async function commonNames(folders: readonly string[]): Promise<string[]> {
	const lists: { readonly folder: string; readonly names: ReadonlySet<string> }[] = [];
	for (const folder of folders) lists.push({ folder, names: new Set(await filesIn(folder, ".npz")) });
	const all = [...new Set(lists.flatMap(({ names }) => [...names]))].sort();
	const lacking = lists.flatMap(({ folder, names }) => {
		const missing = all.filter((name) => !names.has(name));
		return missing.length === 0 ? [] : [`${folder} lacks ${listed(missing)}`];
	});
	if (lacking.length > 0) {
		throw new NnvolError("INPUT", `the folders of an ensemble must hold the same .npz files: ${lacking.join("; ")}`, {
			fields: { folders },
		});
	}
	if (all.length > 0) return all;
	throw new NnvolError("INPUT", `${folders.join(", ")}: no .npz files; predict with --save-probabilities first`, {
		fields: { folders },
	});
}

function listed(names: readonly string[]): string {
	const more = names.length - SHOWN;
	return `${names.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
