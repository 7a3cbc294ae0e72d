/**
 * Keys whose names are promised and whose work is not built yet: where one is set, the run must say so and not go on.
 *
 * @module
 */
import { readDecoding } from "./decoding/decoding.ts";
import type { Config } from "./schema.ts";

/** A key that is set but not built, and what to do. */
export type Unbuilt = { readonly key: string; readonly text: string };

/** Every key of `config` that asks for something that is not built; none for a run that can be done. */
export function unbuilt(config: Config): readonly Unbuilt[] {
	const { inference, model } = config;
	const steps = readDecoding(inference.postprocessing.decoding).later.join(", ");
	const asked: readonly (readonly [boolean, string, string])[] = [
		[
			model.use_deep_supervision,
			"model.use_deep_supervision",
			"auxiliary outputs of a run; 'nnvol export --deep-supervision' writes them as a network",
		],
		[steps !== "", "inference.postprocessing.decoding", `the steps ${steps}`],
	];
	return asked
		.filter(([set]) => set)
		.map(([, key, what]) => ({ key, text: `${key} is set, but this is not built yet: ${what}. Take the key out` }));
}
