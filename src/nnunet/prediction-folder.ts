/**
 * A folder of predictions: its label files, and the dataset.json and plans.json that nnU-Net keeps among them.
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { NnvolError } from "../core/errors.ts";
import { type Dataset, readDataset } from "../model/dataset.ts";
import { readPlans } from "../model/plans.ts";
import { fileError } from "../volume/fault.ts";
import { compareCodePoints } from "./python-json.ts";

/** Where the model's own files are, if not in the folder. */
export type ModelFilePaths = { readonly dataset?: string; readonly plans?: string };

/** Names of the files in `folder` that end in `ending` (with its case of letters), sorted as Python sorts. @throws VOLUME */
export async function filesIn(folder: string, ending: string): Promise<string[]> {
	const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
		throw fileError(folder, "list", cause);
	});
	return entries
		.filter((entry) => !entry.isDirectory() && entry.name.endsWith(ending) && !entry.name.startsWith("."))
		.map((entry) => entry.name)
		.sort(compareCodePoints);
}

/** dataset.json: the one named, else the one in `folder`. @throws MODEL, INPUT where there is none */
export async function datasetOf(folder: string, { dataset }: ModelFilePaths): Promise<Dataset> {
	if (dataset !== undefined) return readDataset(dataset);
	if (await holds(folder, "dataset.json")) return readDataset(join(folder, "dataset.json"));
	throw new NnvolError("INPUT", `${folder} has no dataset.json; name the model's by --dataset FILE`, {
		fields: { path: folder },
	});
}

/**
 * The reader and writer class that plans.json names; undefined where there is no plans.json or no name in it.
 * @throws MODEL where the named file is missing or damaged
 */
export async function readerOf(folder: string, { plans }: ModelFilePaths): Promise<string | undefined> {
	const path = plans ?? ((await holds(folder, "plans.json")) ? join(folder, "plans.json") : undefined);
	return path === undefined ? undefined : ((await readPlans(path)).image_reader_writer ?? undefined);
}

/** True where `folder` has an entry of this name. @throws VOLUME where it cannot be listed */
export async function holds(folder: string, name: string): Promise<boolean> {
	const names = await readdir(folder).catch((cause) => {
		throw fileError(folder, "list", cause);
	});
	return names.includes(name);
}
