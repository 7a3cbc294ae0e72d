/**
 * Section `tune`: the search of post-processing and decoding parameters on labelled cases.
 *
 * @module
 */
import { z } from "zod";
import { field } from "./field.ts";
import { paths, text } from "./values.ts";

const anything = z.record(z.string(), z.unknown());
const none: Readonly<Record<string, unknown>> = {};
const direction = z.literal(["maximize", "minimize"]);

/** Names as Optuna has them, in any case; once parsed as written here. */
const SAMPLERS = ["TPE", "Random", "Grid", "CmaEs"] as const;
const samplerName = text.transform((name, context) => {
	const known = SAMPLERS.find((each) => each.toLowerCase() === name.toLowerCase().replace(/sampler$/, ""));
	if (known !== undefined) return known;
	context.addIssue({ code: "custom", message: "no sampler" });
	return z.NEVER;
});

const sampler = z.union([
	samplerName.transform((name) => ({ name, kwargs: none })),
	z.strictObject({
		name: samplerName,
		kwargs: anything
			.nullable()
			.transform((kwargs) => kwargs ?? none)
			.default({}),
	}),
]);

const optimization = z.strictObject({
	mode: z.literal(["single", "multi"]).default("single"),
	single_objective: z.strictObject({ metric: text, direction: direction.optional() }).optional(),
	multi_objective: z.unknown().optional(),
});

const valSchema = z
	.strictObject({
		image: field(paths, null, {
			text: "Inputs that are searched on: a glob, a folder, a file, or a list of these.",
			expects: "a path, a glob, or a list of them",
			shown: "none",
			isText: true,
			example: "data/val/*.tif",
		}),
		label: field(paths, null, {
			text: "Their labels, named as the inputs.",
			expects: "a path, a glob, or a list of them",
			shown: "none",
			isText: true,
		}),
	})
	.prefault({})
	.describe("The labelled cases that are searched on; `data.test` are those that `tune-test` holds out.");

/** The search of post-processing and decoding parameters. */
export const tuneSchema = z
	.strictObject({
		data: z.strictObject({ val: valSchema }).prefault({}).describe("Inputs of `tune`."),
		space: field(
			anything,
			{},
			{
				text: "What is searched, by key: `[low, high, step]`, `{values: [...]}`, or `{type: float, range: [low, high], step, log}` with float, int or categorical. `binary.` and `decoding.` stand for `inference.postprocessing.binary.` and so on.",
				expects: "keys with [low, high, step], {values: [...]} or {type: ..., range: [...]}",
				shown: "`{}`",
				example: "{binary.threshold: [0.3, 0.7, 0.05], decoding.0.kwargs.min_seed_size: {values: [5, 10, 20]}}",
			},
		),
		parameter_space: field(anything.nullable(), null, {
			text: "The same as PyTorch Connectomics writes it: `{decoding: {function_name, defaults, parameters}, postprocessing: {...}}`.",
			expects: "{decoding: {function_name: ..., parameters: {...}}}, or null",
			shown: "none",
		}),
		n_trials: field(z.int().min(1).nullable(), null, {
			text: "Most trials of the study, the first of which is the configuration as it stands. `--trials` wins.",
			expects: "a whole number of 1 or more, or null",
			shown: "100; `Grid` tries all points",
		}),
		timeout: field(z.number().positive().nullable(), null, {
			text: "Seconds after which no trial is begun. `--minutes` wins.",
			expects: "a number of seconds above 0, or null",
			shown: "none",
		}),
		metric: field(text.nullable(), null, {
			text: "What is scored, the mean over the cases: a metric of masks (`dice`, `iou`, `precision`, `recall`), or one of objects where decoding makes some.",
			expects: "the name of a metric, or null",
			shown: "`dice`; `adapted_rand` for objects",
			isText: true,
		}),
		direction: field(direction.nullable(), null, {
			text: "Which way is better. Each metric has its own.",
			expects: "maximize or minimize, or null",
			shown: "by the metric",
			isText: true,
		}),
		optimization: field(optimization.nullable(), null, {
			text: "Metric and direction as PyTorch Connectomics writes them, instead of the two keys above: `{mode: single, single_objective: {metric, direction}}`.",
			expects: "{single_objective: {metric: ..., direction: maximize or minimize}}, or null",
			shown: "none",
		}),
		sampler: field(
			sampler,
			{ name: "TPE", kwargs: {} },
			{
				text: "How points are chosen: `TPE`, `Random`, `Grid` (all of them; numbers need a step), or `{name: TPE, kwargs: {n_startup_trials: 10, n_ei_candidates: 24, seed: 42}}`. The seed is `system.seed` where it is not given.",
				expects: "TPE, Random or Grid, or {name: TPE, kwargs: {...}}",
				shown: "`TPE`",
				example: "Grid",
			},
		),
		load_if_exists: field(z.boolean(), true, {
			text: "Go on with a study that is there; false: refuse to.",
			expects: "true or false",
		}),
		pruner: field(anything.nullable(), null, {
			text: "Of no effect: a trial has no steps that it could be cut off after. Taken, with a note, so that configurations need not be changed.",
			expects: "a map, or null",
			shown: "none",
		}),
	})
	.prefault({})
	.describe("The search of post-processing and decoding parameters: `tune` and `tune-test` ([tuning.md](tuning.md)).");
