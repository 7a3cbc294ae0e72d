/**
 * From what a user calls a model to the file or folder it lies in: a path, a model zip, a folder of several models, or
 * a name in nnU-Net's folder of results.
 *
 * @module
 */
import { extname, isAbsolute, join } from "node:path";
import { NnvolError } from "../core/errors.ts";
import { unpackedModel } from "./archive-cache.ts";
import { chooseModel, isOpen, type ModelChoice, parseModelName } from "./choice.ts";
import { kindOf, namesIn } from "./path-kind.ts";
import { lookUpModel, type ModelLookup, RESULTS_VARIABLE, resultsFolder } from "./registry.ts";

/** A path or name, and which of the models in it is meant where it holds several. */
export type ChosenModel = ModelChoice & {
	/** A file, folder or model zip, or `DATASET/CONFIGURATION`. */
	readonly path: string;
	/** Where names are looked up; default: the environment variable nnUNet_results. */
	readonly results?: string | undefined;
};

/** What a user calls a model: a path or name, with or without a choice, or a data set of nnU-Net's folder of results. */
export type ModelReference = string | ChosenModel | ModelLookup;

/** `Dataset004_X`, `Dataset004_X/3d_fullres` or `Dataset004_X/TRAINER__PLANS__CONFIGURATION`. */
const NAME = /^(Dataset\d{3,}(?:_[^/\\]*)?)(?:[/\\]([^/\\]+))?[/\\]?$/;
const OWN = /^(fold_(\d+|all)|plans\.json|checkpoints|.*\.(pth|pt))$/i;

/**
 * The checkpoint or folder that `reference` means. A model zip is unpacked into the cache folder.
 * @throws MODEL where there is none, or more than one; CONFIG where the folder of results is not known
 */
export async function modelPath(reference: ModelReference): Promise<string> {
	if (typeof reference === "string") return find({ path: reference });
	return "dataset" in reference ? lookUpModel(reference) : find(reference);
}

async function find(model: ChosenModel): Promise<string> {
	const { path } = model;
	switch (await kindOf(path)) {
		case "missing":
			return named(model);
		case "folder":
			return inFolder(path, model);
		case "file":
			return extname(path).toLowerCase() === ".zip" ? unpackedModel(path, model) : fitting(path, model);
	}
}

/** A file or model folder: where something was chosen, its name must not contradict. */
function fitting(path: string, choice: ModelChoice): string {
	if (isOpen(choice) || parseModelName(path) === undefined) return path;
	return chooseModel([path], choice, path);
}

async function inFolder(path: string, choice: ModelChoice): Promise<string> {
	const names = await namesIn(path);
	if (names.some((name) => OWN.test(name))) return fitting(path, choice);
	const models: string[] = [];
	for (const name of names) {
		const model = join(path, name);
		if (parseModelName(name) !== undefined && (await kindOf(join(model, "plans.json"))) === "file") models.push(model);
	}
	return models.length === 0 ? path : chooseModel(models, choice, path);
}

/** What is no path may be a name in the folder of results. */
async function named({ path: text, ...choice }: ChosenModel): Promise<string> {
	const results = resultsFolder(choice.results);
	const isName = !isAbsolute(text) && text.startsWith("Dataset");
	if (isName && results !== undefined) {
		const path = join(results, text);
		if ((await kindOf(path)) !== "missing") return find({ ...choice, path });
		const [, dataset, rest] = NAME.exec(text) ?? [];
		if (dataset !== undefined) return lookUpModel({ ...choice, ...partsOf(rest), dataset, results });
	}
	throw missing(text, isName, isAbsolute(text) ? undefined : results);
}

function missing(text: string, isName: boolean, results: string | undefined): NnvolError {
	const unset = isName ? `; where it names a data set of nnU-Net, set ${RESULTS_VARIABLE} or use --results FOLDER` : "";
	const hint = results === undefined ? unset : `, neither as a path nor in ${results}`;
	return new NnvolError("MODEL", `model ${text} does not exist${hint}`, { fields: { path: text } });
}

function partsOf(rest: string | undefined): ModelChoice {
	if (rest === undefined) return {};
	return parseModelName(rest) ?? { configuration: rest };
}
