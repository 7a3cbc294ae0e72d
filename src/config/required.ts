/**
 * What a mode cannot start without.
 *
 * @module
 */
import type { Config } from "./schema.ts";

/** The modes that predict. */
export type PredictMode = "infer" | "infer-volume" | "test";

/** A key that must be set, and how. */
export type Missing = { readonly key: string; readonly text: string };

/** Every key that `mode` needs and `config` lacks; the checkpoint may come from `--checkpoint` (`hasCheckpoint`). */
export function missingKeys(config: Config, mode: PredictMode, hasCheckpoint = false): readonly Missing[] {
	const { inference, model, data } = config;
	const missing: Missing[] = [];
	const need = (given: boolean, key: string, text: string): void => {
		if (!given) missing.push({ key, text: `${key} is not set: ${text}` });
	};
	need(
		hasCheckpoint || model.nnunet_checkpoint !== null,
		"model.nnunet_checkpoint",
		"name the model, or give --checkpoint MODEL",
	);
	need(inference.data.output_path !== null, "inference.data.output_path", "name the folder for the outputs");
	if (mode === "test") need(data.test.image !== null, "data.test.image", "name the inputs of 'test'");
	if (mode === "infer-volume" || (mode === "infer" && inference.volume_mode.enabled)) {
		const { file_list: list, file_pattern: pattern } = inference.volume_mode;
		need(
			list !== null || pattern !== null,
			"inference.volume_mode.file_pattern",
			"give a glob here, or a text file of paths as file_list",
		);
	} else if (mode === "infer") {
		need(inference.data.input_path !== null, "inference.data.input_path", "name the inputs of 'infer'");
	}
	return missing;
}
