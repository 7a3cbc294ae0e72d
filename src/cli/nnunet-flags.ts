/**
 * nnU-Net's flags given to `nnvol predict`, whose own have other names: they are told, not taken for something else (the
 * parser would read `-device cpu` as `-d evice`).
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";

const NAMES_HERE: Readonly<Record<string, string>> = {
	"-i": "the word INPUT",
	"-o": "the word OUTPUT",
	"-m": "the word MODEL",
	"-f": "--folds",
	"-chk": "--checkpoint-name",
	"-step_size": "--step-size",
	"--disable_tta": "--no-tta",
	"--save_probabilities": "--save-probabilities",
	"--continue_prediction": "nothing, it always goes on",
	"-prev_stage_predictions": "--previous-stage",
	"-num_parts": "--num-parts",
	"-part_id": "--part-id",
	"-device": "--device",
	"-npp": "nothing, it is not needed",
	"-nps": "nothing, it is not needed",
	"--disable_progress_bar": "--quiet",
	"--verbose": "nothing, it is not needed",
	"--not_on_device": "nothing, it is not needed",
};

/** Looks through the arguments of `nnvol predict`. @throws CONFIG where nnU-Net's flags are among them */
export function refuseNnunetFlags(argv: readonly string[]): void {
	const end = argv.indexOf("--");
	const words = end < 0 ? argv : argv.slice(0, end);
	const found = [...new Set(words.filter((word) => Object.hasOwn(NAMES_HERE, word)))];
	if (found.length === 0) return;
	const told = found.map((flag) => `${flag} (here: ${NAMES_HERE[flag]})`).join(", ");
	throw new NnvolError(
		"CONFIG",
		`nnvol predict has other flags than nnU-Net: ${told}. A command line of nnU-Net's works as it is as nnvol nnUNetv2_predict ...`,
		{ fields: { flags: found } },
	);
}
