/**
 * nnU-Net's folder of trained models (`nnUNet_results`): DATASET/TRAINER__PLANS__CONFIGURATION, looked up by name.
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { NnvolError } from "../core/errors.ts";
import { chooseModel, DEFAULT_PLANS, DEFAULT_TRAINER, listModels, type ModelChoice, parseModelName } from "./choice.ts";
import { kindOf } from "./path-kind.ts";

/** A model named by its data set, as nnU-Net's commands do. */
export type ModelLookup = ModelChoice & {
	/** Id (`4`), folder name (`Dataset004_Hippocampus`), or a part of it that no other has. */
	readonly dataset: string;
	/** The folder of data sets; default: the environment variable nnUNet_results. */
	readonly results?: string | undefined;
};

/** The environment variable of nnU-Net that names the folder. */
export const RESULTS_VARIABLE = "nnUNet_results";

const DATASET = /^Dataset(\d{3,})(_|$)/;

/** The folder of data sets: `explicit`, else nnUNet_results; undefined where neither is set. */
export function resultsFolder(explicit?: string): string | undefined {
	return explicit ?? (process.env[RESULTS_VARIABLE] || undefined);
}

/**
 * The folder of the model that `lookup` names; trainer and plans are nnUNetTrainer and nnUNetPlans where not said.
 * @throws CONFIG where no folder of results is known; MODEL listing the data sets or models that are there
 */
export async function lookUpModel(lookup: ModelLookup): Promise<string> {
	const results = resultsFolder(lookup.results);
	if (results === undefined) {
		throw new NnvolError(
			"CONFIG",
			`data set ${lookup.dataset} is looked up in nnU-Net's folder of results, which is not known: set the environment variable ${RESULTS_VARIABLE}, use --results FOLDER, or name the model's folder`,
		);
	}
	const folder = join(results, await datasetName(results, lookup.dataset));
	const models = await modelsIn(folder);
	const choice = {
		configuration: lookup.configuration,
		trainer: lookup.trainer ?? DEFAULT_TRAINER,
		plansName: lookup.plansName ?? DEFAULT_PLANS,
	};
	return chooseModel(models, choice, `data set ${folder}`);
}

/** Folder name of the data set that `text` names. @throws MODEL */
export async function datasetName(results: string, text: string): Promise<string> {
	const names = await datasetsIn(results);
	if (names.includes(text)) return text;
	const fitting = names.filter((name) => isMeant(name, text));
	const [first] = fitting;
	if (first !== undefined && fitting.length === 1) return first;
	const found = first === undefined ? "no data set" : `${fitting.length} data sets`;
	const listed = first === undefined ? await withModels(results, names) : fitting.join(", ");
	throw new NnvolError("MODEL", `${results} has ${found} named ${text}; it holds ${listed}`, {
		fields: { results, dataset: text, datasets: names },
	});
}

/** Names of the data sets in a folder of results, sorted. @throws MODEL where it cannot be read */
export async function datasetsIn(results: string): Promise<string[]> {
	return (await namesIn(results)).filter((name) => DATASET.test(name));
}

/** Paths of the models in a data set's folder, sorted. */
export async function modelsIn(folder: string): Promise<string[]> {
	const found: string[] = [];
	for (const name of await namesIn(folder)) {
		if (parseModelName(name) === undefined || name.startsWith("ensemble___")) continue;
		if ((await kindOf(join(folder, name))) === "folder") found.push(join(folder, name));
	}
	return found;
}

/** A number is an id; other text a name, or a part of one whatever its case. */
function isMeant(name: string, text: string): boolean {
	if (/^\d+$/.test(text)) return Number(DATASET.exec(name)?.[1]) === Number(text);
	return text !== "" && name.toLowerCase().includes(text.toLowerCase());
}

const SHOWN = 12;

async function withModels(results: string, names: readonly string[]): Promise<string> {
	if (names.length === 0) return "none at all";
	if (names.length > SHOWN) return `${names.slice(0, SHOWN).join(", ")}, ... (${names.length})`;
	const texts: string[] = [];
	for (const name of names) texts.push(`${name}: ${listModels(await modelsIn(join(results, name)))}`);
	return texts.join("; ");
}

async function namesIn(folder: string): Promise<string[]> {
	try {
		return (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
	} catch (cause) {
		throw new NnvolError(
			"MODEL",
			`the folder of results ${folder} cannot be read; check ${RESULTS_VARIABLE} or --results`,
			{
				cause,
				fields: { path: folder },
			},
		);
	}
}
