/**
 * nnU-Net's own command lines, so that a script is migrated by one word: `nnvol nnUNetv2_predict -i ... -o ...`.
 *
 * @module
 */
import { likelyName, meantText } from "../config/likely.ts";
import { NnvolError } from "../core/errors.ts";
import { helpText, parseArguments } from "./nnunet/arguments.ts";
import type { NnunetCommand } from "./nnunet/command.ts";
import { UNBUILT } from "./nnunet/unbuilt.ts";

/** Loads of a command are put off until it is called. */
const COMMANDS: Readonly<Record<string, () => Promise<NnunetCommand>>> = {
	nnUNetv2_predict: async () => (await import("./nnunet/predict.ts")).PREDICT,
	nnUNetv2_predict_from_modelfolder: async () => (await import("./nnunet/predict.ts")).PREDICT_FROM_MODELFOLDER,
	nnUNetv2_ensemble: async () => (await import("./nnunet/score.ts")).ENSEMBLE,
	nnUNetv2_apply_postprocessing: async () => (await import("./nnunet/score.ts")).APPLY_POSTPROCESSING,
	nnUNetv2_determine_postprocessing: async () => (await import("./nnunet/score.ts")).DETERMINE_POSTPROCESSING,
	nnUNetv2_evaluate_folder: async () => (await import("./nnunet/score.ts")).EVALUATE_FOLDER,
	nnUNetv2_evaluate_simple: async () => (await import("./nnunet/score.ts")).EVALUATE_SIMPLE,
	nnUNetv2_install_pretrained_model_from_zip: async () => (await import("./nnunet/install.ts")).INSTALL,
};

/**
 * Runs nnU-Net's command `name`; gives the exit code.
 * @throws CONFIG for an unknown command or wrong arguments; UNBUILT saying what to do instead; what the command throws
 */
export async function runNnunetCommand(name: string, argv: readonly string[]): Promise<number> {
	const load = COMMANDS[name];
	if (load === undefined) throw unknown(name);
	const command = await load();
	if (argv.some((word) => word === "-h" || word === "--help")) {
		process.stdout.write(helpText(name, command.what, command.arguments));
		return 0;
	}
	const given = parseArguments(name, command.arguments, argv);
	return command.run(given, (text) => void process.stderr.write(`${text}\n`));
}

function unknown(name: string): NnvolError {
	const instead = UNBUILT[name];
	if (instead !== undefined) return new NnvolError("UNBUILT", `${name} is not part of nnvol: ${instead}`);
	const known = [...Object.keys(COMMANDS), ...Object.keys(UNBUILT)];
	return new NnvolError(
		"CONFIG",
		`unknown command '${name}'${meantText(likelyName(name, known))} (nnU-Net's commands that are built: ${Object.keys(COMMANDS).join(", ")})`,
	);
}
