/**
 * Which of several models is meant. nnU-Net names a trained model's folder TRAINER__PLANS__CONFIGURATION.
 *
 * @module
 */
import { basename } from "node:path";
import { NnvolError } from "../core/errors.ts";

/** What the user says of the model among others; what is left out may be anything. */
export type ModelChoice = {
	/** `2d`, `3d_fullres`, ... */
	readonly configuration?: string | undefined;
	readonly trainer?: string | undefined;
	readonly plansName?: string | undefined;
};

/** The three parts of a model folder's name. */
export type ModelName = { readonly trainer: string; readonly plansName: string; readonly configuration: string };

/** nnU-Net's defaults, where a model is looked up by its data set. */
export const DEFAULT_TRAINER = "nnUNetTrainer";
export const DEFAULT_PLANS = "nnUNetPlans";

/** Reads `TRAINER__PLANS__CONFIGURATION`; undefined for any other name. */
export function parseModelName(path: string): ModelName | undefined {
	const [trainer, plansName, configuration, ...rest] = basename(path).split("__");
	if (!trainer || !plansName || !configuration || rest.length > 0) return undefined;
	return { trainer, plansName, configuration };
}

/** True where nothing was chosen. */
export function isOpen({ configuration, trainer, plansName }: ModelChoice): boolean {
	return configuration === undefined && trainer === undefined && plansName === undefined;
}

/**
 * The one of `paths` that fits.
 * @param where what holds them, for messages
 * @throws MODEL listing what is there, where none fits or more than one does
 */
export function chooseModel(paths: readonly string[], choice: ModelChoice, where: string): string {
	const fitting = paths.filter((path) => fits(path, choice));
	const [first] = fitting;
	if (first !== undefined && fitting.length === 1) return first;
	const said = choiceText(choice);
	const found =
		first === undefined
			? `has no model${said === "" ? "" : ` with ${said}`}`
			: `has ${fitting.length} models${said === "" ? "" : ` with ${said}`}`;
	const next = first === undefined ? "" : "; say which by -c CONFIGURATION, -tr TRAINER or -p PLANS";
	const listed = first === undefined ? paths : fitting;
	throw new NnvolError("MODEL", `${where} ${found}; it holds ${listModels(listed)}${next}`, {
		fields: { models: listed },
	});
}

/** Models as people say them: `3d_fullres (nnUNetTrainer, nnUNetPlans), 2d (...)`. */
export function listModels(paths: readonly string[]): string {
	const names = paths.map((path) => {
		const name = parseModelName(path);
		return name === undefined
			? basename(path) || "the one at its root"
			: `${name.configuration} (${name.trainer}, ${name.plansName})`;
	});
	return names.length === 0 ? "none" : [...new Set(names)].join(", ");
}

function fits(path: string, { configuration, trainer, plansName }: ModelChoice): boolean {
	const name = parseModelName(path);
	if (name === undefined) return isOpen({ configuration, trainer, plansName });
	return (
		(configuration === undefined || configuration === name.configuration) &&
		(trainer === undefined || trainer === name.trainer) &&
		(plansName === undefined || plansName === name.plansName)
	);
}

function choiceText({ configuration, trainer, plansName }: ModelChoice): string {
	return [
		configuration === undefined ? "" : `configuration ${configuration}`,
		trainer === undefined ? "" : `trainer ${trainer}`,
		plansName === undefined ? "" : `plans ${plansName}`,
	]
		.filter((text) => text !== "")
		.join(", ");
}
