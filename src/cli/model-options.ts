/**
 * How commands are told their model: the word MODEL, or nnU-Net's look-up `-d DATASET -c CONFIGURATION -tr TRAINER -p
 * PLANS` in its place. Beside a MODEL that holds several models (a zip, a data set's folder), `-c`, `-tr` and `-p` choose.
 *
 * @module
 */
import type { Command } from "commander";
import type { ModelReference } from "../model/reference.ts";

/** Options that name a model, as the parser gives them. */
export type ModelFlags = {
	readonly trainedOn?: string;
	readonly configuration?: string;
	readonly trainer?: string;
	readonly plansName?: string;
	readonly results?: string;
};

/** What help says of MODEL. */
export const MODEL_TEXT =
	"a .pth with plans.json and dataset.json, a model folder, a model zip, or DATASET/CONFIGURATION";

/** nnU-Net's `-tr`, which is no option of one letter, as the parser can read it. */
export function spellTrainer(argv: readonly string[]): string[] {
	const end = argv.indexOf("--");
	return argv.map((word, n) => (word === "-tr" && (end < 0 || n < end) ? "--trainer" : word));
}

/** Adds the options that name a model. */
export function addModelOptions(command: Command): Command {
	return command
		.option(
			"-d, --trained-on <dataset>",
			"look the model up in nnUNet_results by its data set (id, name or part of it); MODEL is left out",
		)
		.option("-c, --configuration <name>", "configuration of the model: 2d, 3d_fullres, ...")
		.option("--trainer <name>", "trainer of the model, also -tr (with -d: nnUNetTrainer)")
		.option("-p, --plans-name <name>", "plans of the model (with -d: nnUNetPlans)")
		.option(
			"--results <folder>",
			"nnU-Net's folder of trained models (default: the environment variable nnUNet_results)",
		);
}

/**
 * Parts the words of a command into the model and the others, of which all are needed.
 * @param names of the words, the model's first, as the help shows them
 */
export function modelAndWords(
	command: Command,
	names: readonly string[],
	words: readonly (string | undefined)[],
	flags: ModelFlags,
): { readonly model: ModelReference; readonly words: readonly string[] } {
	const given = words.filter((word) => word !== undefined);
	const expected = flags.trainedOn === undefined ? names : names.slice(1);
	const [missing] = expected.slice(given.length);
	if (missing !== undefined)
		command.error(`error: missing required argument '${missing}'`, { code: "commander.missingArgument" });
	const [surplus] = given.slice(expected.length);
	if (surplus !== undefined) {
		command.error(
			`error: with -d the model is left out, so '${surplus}' is one word too many (expected ${expected.join(" ")})`,
		);
	}
	const { configuration, trainer, plansName, results } = flags;
	const choice = { configuration, trainer, plansName, results };
	const [path = "", ...others] = given;
	return flags.trainedOn === undefined
		? { model: { ...choice, path }, words: others }
		: { model: { ...choice, dataset: flags.trainedOn }, words: given };
}
