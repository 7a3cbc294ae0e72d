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

/** A path, `DATASET/CONFIGURATION`, or a look-up in nnU-Net's folder of results. */
export type ModelReference = string | ModelLookup;

/** Which model of several, and where names are looked up. */
export type ReferenceOptions = ModelChoice & { readonly results?: string | undefined };

/** `Dataset004_X`, `Dataset004_X/3d_fullres` or `Dataset004_X/TRAINER__PLANS__CONFIGURATION`. */
const NAME = /^(Dataset\d{3,}(?:_[^/\\]*)?)(?:[/\\]([^/\\]+))?[/\\]?$/;
const OWN = /^(fold_(\d+|all)|plans\.json|checkpoints|.*\.(pth|pt))$/i;

/**
 * The checkpoint or folder that `reference` means; `choice` says which of several models.
 * @throws MODEL where there is none, or more than one; CONFIG where the folder of results is not known
 */
export async function modelPath(reference: ModelReference, choice: ReferenceOptions = {}): Promise<string> {
	if (typeof reference !== "string") return lookUpModel(reference);
	switch (await kindOf(reference)) {
		case "missing":
			return named(reference, choice);
		case "folder":
			return inFolder(reference, choice);
		case "file":
			if (extname(reference).toLowerCase() === ".zip") return unpackedModel(reference, choice);
			return fitting(reference, choice);
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
async function named(text: string, choice: ReferenceOptions): Promise<string> {
	const results = resultsFolder(choice.results);
	const isName = !isAbsolute(text) && text.startsWith("Dataset");
	if (isName && results !== undefined) {
		const path = join(results, text);
		if ((await kindOf(path)) !== "missing") return modelPath(path, choice);
		const [, dataset, rest] = NAME.exec(text) ?? [];
		if (dataset !== undefined) return lookUpModel({ ...choice, ...partsOf(rest), dataset, results });
	}
	const hint =
		isName && results === undefined
			? `; where it names a data set of nnU-Net, set ${RESULTS_VARIABLE} or use --results FOLDER`
			: "";
	throw new NnvolError("MODEL", `model ${text} does not exist${hint}`, { fields: { path: text } });
}

function partsOf(rest: string | undefined): ModelChoice {
	if (rest === undefined) return {};
	return parseModelName(rest) ?? { configuration: rest };
}
