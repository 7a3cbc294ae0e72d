/**
 * The space of a search as PyTorch Connectomics writes it: one decoder with its parameters, and clean-up after it.
 *
 * `defaults` are the decoder's fixed arguments; a parameter with `param_group` and `tuple_index` is one entry of a list,
 * one with `nest_under` lies in a map.
 *
 * @module
 */
import { z } from "zod";
import { NnvolError } from "../core/errors.ts";
import { parseParameter, ROOT } from "./parse-space.ts";
import type { Space } from "./space.ts";

const anything = z.record(z.string(), z.unknown());
const part = z.looseObject({
	enabled: z.boolean().optional(),
	function_name: z.string().optional(),
	defaults: anything.nullish(),
	parameters: anything.nullish(),
});
const spaceSchema = z.strictObject({ decoding: part.optional(), postprocessing: part.optional() });
const place = z.looseObject({
	param_group: z.string().nullish(),
	tuple_index: z.int().min(0).nullish(),
	nest_under: z.string().nullish(),
});

/** A step that makes objects, as configurations name it. */
type Step = { readonly name: string; readonly kwargs: Readonly<Record<string, unknown>> };

/** Decoders where the configuration names none. */
const DECODER = "decode_instance_binary_contour_distance";
const CLEANER = "remove_small_instances";

/** The steps and the parameters of `tune.parameter_space`. @throws CONFIG */
export function connectomicsSpace(given: Readonly<Record<string, unknown>>): {
	readonly steps: readonly Step[];
	readonly space: Space;
} {
	const parsed = spaceSchema.safeParse(given);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		throw new NnvolError(
			"CONFIG",
			`tune.parameter_space: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}; expected {decoding: {function_name: ..., defaults: {...}, parameters: {...}}, postprocessing: {...}}`,
		);
	}
	const { decoding, postprocessing } = parsed.data;
	const parts = [
		...(decoding === undefined ? [] : [{ ...decoding, function_name: decoding.function_name ?? DECODER }]),
		...(postprocessing === undefined || postprocessing.enabled !== true
			? []
			: [{ ...postprocessing, function_name: postprocessing.function_name ?? CLEANER }]),
	];
	return {
		steps: parts.map((one) => ({ name: one.function_name, kwargs: one.defaults ?? {} })),
		space: parts.flatMap(({ parameters }, at) =>
			Object.entries(parameters ?? {}).map(([name, spec]) => parseParameter(keyOf(at, name, spec), spec)),
		),
	};
}

function keyOf(step: number, name: string, spec: unknown): string {
	const kwargs = `${ROOT}decoding.${step}.kwargs`;
	const { param_group: group, tuple_index: index, nest_under: nest } = place.parse(spec);
	if (typeof group === "string") return `${kwargs}.${group}.${index ?? 0}`;
	return typeof nest === "string" ? `${kwargs}.${nest}.${name}` : `${kwargs}.${name}`;
}
