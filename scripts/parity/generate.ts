/**
 * From recipes and a seed to models: plans, data set and cases. Pure: the same seed gives the same models.
 *
 * @module
 */
import { drawInputs } from "./inputs.ts";
import type { Json, JsonObject, ParityCase, ParityInput, ParityModel, Triple } from "./model.ts";
import { drawNetwork } from "./network.ts";
import { Choices } from "./random.ts";
import type { Recipe, Resampling } from "./recipe.ts";
import { NETWORKS } from "./recipes-networks.ts";
import { VOLUMES } from "./recipes-volumes.ts";

/** The seed of the models that are committed. */
export const SEED = 20250;

/** All models, in the order of the table. */
export function generateModels(seed: number): readonly ParityModel[] {
	return [...NETWORKS, ...VOLUMES].flatMap((recipe) => modelsOf(recipe, new Choices(seed, recipe.name)));
}

function modelsOf(recipe: Recipe, choices: Choices): readonly ParityModel[] {
	const inputs = drawInputs(recipe, choices);
	const transpose = recipe.transpose ?? drawTranspose(recipe, choices);
	const dataset = datasetOf(recipe, choices);
	const full = configurationOf(recipe, choices, inOrder(recipe.target, transpose));
	const name = recipe.dims === 2 ? "2d" : "3d_fullres";
	const single = (configurations: JsonObject, more: Partial<ParityCase>): ParityModel => ({
		case: { ...caseOf(recipe, choices, inputs), ...more },
		plans: plansOf(recipe, transpose, configurations, inputs),
		dataset,
	});
	if (recipe.inherits === true) {
		const { patch_size, batch_size, spacing, ...base } = full;
		const configurations = {
			base: { ...base, patch_size: [8, 8, 8], batch_size: batch_size ?? null, spacing: spacing ?? null },
			middle: { inherits_from: "base", patch_size: patch_size ?? null },
			"3d_fullres_bs4": { inherits_from: "middle", batch_size: 4 },
		};
		return [single(configurations, { configuration: "3d_fullres_bs4" })];
	}
	if (recipe.cascade === undefined) return [single({ [name]: full }, { configuration: name })];
	const low = configurationOf(recipe, choices, inOrder(recipe.cascade, transpose));
	const configurations = {
		"3d_lowres": { ...low, next_stage: "3d_cascade_fullres" },
		"3d_fullres": full,
		"3d_cascade_fullres": { inherits_from: "3d_fullres", previous_stage: "3d_lowres" },
	};
	return [
		single(configurations, {
			name: `${recipe.name}_low`,
			shows: `${recipe.shows}: first stage`,
			configuration: "3d_lowres",
		}),
		single(configurations, {
			name: `${recipe.name}_full`,
			configuration: "3d_cascade_fullres",
			previous: `${recipe.name}_low`,
		}),
	];
}

function caseOf(recipe: Recipe, choices: Choices, inputs: readonly ParityInput[]): ParityCase {
	const axes = recipe.dims === 2 ? [0, 1] : [0, 1, 2];
	const fn = recipe.resampling?.probabilities.fn;
	return {
		name: recipe.name,
		shows: recipe.shows,
		configuration: "",
		trainer: recipe.trainer ?? "nnUNetTrainer",
		folds: recipe.folds ?? [0],
		mirrorAxes: recipe.mirrorAxes === undefined ? axes : recipe.mirrorAxes,
		seed: choices.integer(1, 1e6),
		step: recipe.step ?? 0.5,
		mirror: recipe.mirror ?? true,
		previous: null,
		resampled: fn !== "no_resampling_hack" && inputs.some(({ spacing }) => spacing.join() !== recipe.target.join()),
		inputs,
	};
}

function drawTranspose(recipe: Recipe, choices: Choices): Triple {
	if (recipe.dims === 2 || choices.chance(0.5)) return [0, 1, 2];
	return choices.pick([
		[1, 0, 2],
		[2, 1, 0],
		[0, 2, 1],
		[2, 0, 1],
		[1, 2, 0],
	]);
}

function inOrder(values: Triple, [a, b, c]: Triple): Triple {
	const at = (axis: number) => values[axis] ?? 0;
	return [at(a), at(b), at(c)];
}

function configurationOf(recipe: Recipe, choices: Choices, spacing: Triple): JsonObject {
	const { keys, patch } = drawNetwork(recipe, choices);
	return {
		data_identifier: `nnUNetPlans_${recipe.dims}d`,
		preprocessor_name: "DefaultPreprocessor",
		batch_size: 2,
		patch_size: patch,
		median_image_size_in_voxels: patch,
		spacing: recipe.dims === 2 ? spacing.slice(1) : spacing,
		normalization_schemes: recipe.channels.map((channel) => channel.replace("+mask", "")),
		use_mask_for_norm: recipe.channels.map((channel) => channel.endsWith("+mask")),
		...resamplingKeys(recipe.resampling ?? DEFAULTS),
		...keys,
		batch_dice: false,
	};
}

const DEFAULT = "resample_data_or_seg_to_shape";
const DEFAULTS: NonNullable<Recipe["resampling"]> = {
	data: { fn: DEFAULT, kwargs: { is_seg: false, order: 3, order_z: 0, force_separate_z: null } },
	seg: { fn: DEFAULT, kwargs: { is_seg: true, order: 1, order_z: 0, force_separate_z: null } },
	probabilities: { fn: DEFAULT, kwargs: { is_seg: false, order: 1, order_z: 0, force_separate_z: null } },
};

function resamplingKeys(resampling: NonNullable<Recipe["resampling"]>): JsonObject {
	const entries = Object.entries(resampling).flatMap(([what, { fn, kwargs }]: [string, Resampling]) => [
		[`resampling_fn_${what}`, fn],
		[`resampling_fn_${what}_kwargs`, kwargs],
	]);
	return Object.fromEntries(entries);
}

function plansOf(
	recipe: Recipe,
	transpose: Triple,
	configurations: JsonObject,
	inputs: readonly ParityInput[],
): JsonObject {
	const properties = Object.fromEntries(recipe.channels.map((_, c) => [String(c), intensities(c, inputs)]));
	const old = recipe.oldNames === true;
	return {
		dataset_name: `Dataset900_${recipe.name}`,
		plans_name: "nnUNetPlans",
		original_median_spacing_after_transp: inOrder(recipe.target, transpose),
		original_median_shape_after_transp: [32, 32, 32],
		image_reader_writer: recipe.reader,
		transpose_forward: transpose,
		transpose_backward: [0, 1, 2].map((axis) => transpose.indexOf(axis)),
		configurations,
		experiment_planner_used: "ExperimentPlanner",
		...(old ? {} : { label_manager: "LabelManager" }),
		[`foreground_intensity_properties_${old ? "by_modality" : "per_channel"}`]: properties,
	};
}

/** Span of the phantoms' values, as the script that makes them has it. */
const SPANS = {
	uint8: [0, 255],
	int16: [-1000, 1200],
	uint16: [0, 4000],
	float32: [-3, 5],
	float64: [-900, 900],
} as const;

function intensities(channel: number, inputs: readonly ParityInput[]): Json {
	const [low, high] = SPANS[inputs[0]?.dtype ?? "int16"];
	const at = (part: number) => low + (high - low) * part;
	return {
		max: at(0.97),
		mean: at(0.52 + 0.03 * channel),
		median: at(0.5),
		min: at(0.03),
		percentile_00_5: at(0.12 + 0.02 * channel),
		percentile_99_5: at(0.86),
		std: (high - low) * 0.17,
	};
}

function datasetOf(recipe: Recipe, choices: Choices): JsonObject {
	const count = recipe.classes ?? choices.integer(2, 6);
	const names = recipe.channels.map((_, c) => [String(c), `channel${c}`]);
	const plain = Object.fromEntries(
		Array.from({ length: count }, (_, label) => [label === 0 ? "background" : `label${label}`, label]),
	);
	return {
		[recipe.oldNames === true ? "modality" : "channel_names"]: Object.fromEntries(names),
		labels: recipe.labels?.dict ?? plain,
		...(recipe.labels?.order === undefined ? {} : { regions_class_order: recipe.labels.order }),
		numTraining: 8,
		file_ending: recipe.ending,
	};
}
