/**
 * nnU-Net's post-processing as data: which labels keep only their largest component, in order.
 *
 * It is read from postprocessing.json, or from postprocessing.pkl, which names its functions; nothing of it is run.
 *
 * @module
 */
import { basename } from "node:path";
import { z } from "zod";
import { readPickleFile } from "../checkpoint/pickle-file.ts";
import { isKind, type PickleValue } from "../checkpoint/pickle-value.ts";
import { NnvolError } from "../core/errors.ts";
import { baseName, checkShape, readJson } from "../model/json.ts";

/** One step: of the union of `labels` only the largest component stays, the rest becomes `background`. */
export type PostprocessingStep = { readonly labels: readonly number[]; readonly background: number };

/** The only function that nnU-Net uses, and the module it is in. */
export const STEP_NAME = "remove_all_but_largest_component_from_segmentation";
export const STEP_MODULE = "nnunetv2.postprocessing.remove_connected_components";

const label = z.int().min(0).max(65535);
const kwargs = z.looseObject({
	labels_or_regions: z.union([label, z.array(z.union([label, z.array(label).min(1)]))]),
	background_label: label.optional(),
});
const fileSchema = z.looseObject({ postprocessing_fns: z.array(z.string()), postprocessing_kwargs: z.array(kwargs) });

const KNOWN = ["labels_or_regions", "background_label"];

/** The steps in the file at `path`, which ends in .json or .pkl. @throws MODEL, UNBUILT naming what is not known */
export async function readPostprocessing(path: string): Promise<PostprocessingStep[]> {
	const value = path.toLowerCase().endsWith(".pkl") ? await readPickled(path) : await readJson(path, "post-processing");
	const { postprocessing_fns: names, postprocessing_kwargs: all } = checkShape(fileSchema, value, path);
	if (names.length !== all.length) {
		throw new NnvolError("MODEL", `${path}: it has ${names.length} functions and arguments for ${all.length}`);
	}
	return all.map((args, n) => {
		requireKnown(path, names[n] ?? "", Object.keys(args));
		return { labels: [args.labels_or_regions].flat(2), background: args.background_label ?? 0 };
	});
}

function requireKnown(path: string, name: string, args: readonly string[]): void {
	const strange = args.find((arg) => !KNOWN.includes(arg));
	if (name === STEP_NAME && strange === undefined) return;
	const what = name === STEP_NAME ? `the argument "${strange}" of ${name}` : `the function "${name}"`;
	throw new NnvolError("UNBUILT", `${path}: ${what} is not known; ${STEP_NAME} with ${KNOWN.join(" and ")} is`);
}

/** (functions, arguments) as the same content has in postprocessing.json. */
async function readPickled(path: string): Promise<unknown> {
	const value = await readPickleFile(path, {
		code: "MODEL",
		next: `Nothing of it was run. Use ${basename(path).replace(/\.pkl$/i, ".json")}, which nnU-Net writes beside it`,
		names: new Set([`${STEP_MODULE}.${STEP_NAME}`]),
	});
	const [functions, args] = Array.isArray(value) ? value : [];
	if (!Array.isArray(functions) || !Array.isArray(args)) {
		throw new NnvolError("MODEL", `${path}: expected a pickled pair of functions and arguments, as nnU-Net writes it`);
	}
	return {
		postprocessing_fns: functions.map((item) => (isKind(item, "global") ? baseName(item.name) : plainValue(item))),
		postprocessing_kwargs: args.map(plainValue),
	};
}

/** Lists, dicts and numbers as JSON has them; anything else stays what it is and is refused by the schema. */
function plainValue(value: PickleValue): unknown {
	if (Array.isArray(value)) return value.map(plainValue);
	if (!(value instanceof Map)) return value;
	return Object.fromEntries([...value].map(([key, item]) => [String(key), plainValue(item)]));
}
