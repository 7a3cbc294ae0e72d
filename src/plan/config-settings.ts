/**
 * From a configuration and a model to settings. The model decides; the configuration is obeyed where it is explicit.
 *
 * @module
 */
import type { Config } from "../config/schema.ts";
import { NnvolError } from "../core/errors.ts";
import { sameShape, sizeOf } from "../core/shape.ts";
import type { Activation } from "../export/activate.ts";
import { canvasDType, headsOf } from "../export/labels.ts";
import { MOST_PATCH } from "../model/plans.ts";
import type { ModelSpec } from "../model/spec.ts";
import { explicitViews, mirrorViews } from "../tiling/views.ts";
import { modelActivations, modelSettings } from "./model-settings.ts";
import type { Ensemble, Output, Settings } from "./settings.ts";

/** Settings, and what the user is told about them. */
export type ConfiguredSettings = {
	readonly settings: Settings;
	readonly warnings: readonly string[];
	readonly notes: readonly string[];
};

/** @throws CONFIG where the configuration cannot fit the model */
export function configSettings(config: Config, spec: ModelSpec): ConfiguredSettings {
	const { inference, data } = config;
	const patch = patchOf(config, spec);
	const base = modelSettings(spec);
	const settings: Settings = {
		...base,
		patch,
		step: stepOf(inference.sliding_window.overlap),
		blending: inference.sliding_window.blending,
		views: viewsOf(config, spec),
		ensemble: ensembleOf(config),
		activations: activationsOf(config, spec),
		sectionwise: sectionwiseOf(config, spec, base.sectionwise),
		statistics: statisticsOf(config, spec),
		output: outputOf(config, spec),
		...(data.axes === null ? {} : { axes: data.axes }),
		...(data.dataset === null ? {} : { dataset: data.dataset }),
		...(data.spacing === null ? {} : { spacing: data.spacing }),
		...(inference.test_time_augmentation.mask === null ? {} : { mask: inference.test_time_augmentation.mask }),
	};
	const warnings = [...contradictions(config, spec), ...departures(settings, spec)];
	return { settings, warnings, notes: [statisticsNote(settings, spec)].filter((note) => note !== "") };
}

/** The rest to 1 without what floating point leaves over: an overlap of 0.8 is a step of 0.2, with the tiles of that. */
function stepOf(overlap: number): number {
	return Number((1 - overlap).toFixed(12)) || 1 - overlap;
}

/** Where explicit values overrule the model's own: they are obeyed, and said. */
function departures({ patch, views, activations, statistics }: Settings, spec: ModelSpec): string[] {
	const found: string[] = [];
	if (!sameShape(patch, spec.patch)) {
		found.push(
			`window_size ${patch.join("x")} is not the model's patch ${spec.patch.join("x")}: results differ from nnU-Net's`,
		);
	}
	if (views.some((view) => view.some((axis) => !spec.mirrorAxes.includes(axis)))) {
		const own =
			spec.mirrorAxes.length === 0 ? "without mirroring" : `with patch axes ${spec.mirrorAxes.join(", ")} mirrored`;
		found.push(`flip_axes mirrors other axes than the model was trained for (${own}): results differ from nnU-Net's`);
	}
	if (spec.labels.kind === "regions" && activations.includes("softmax")) {
		found.push("act softmax for a model of overlapping regions, which are each a sigmoid of their own");
	}
	if (statistics.kind === "fixed" && !hasZscore(spec)) {
		found.push("inference.statistics gives a mean and deviation, but the model uses no z-score: they have no effect");
	}
	return found;
}

function hasZscore(spec: ModelSpec): boolean {
	return spec.normalization.some((scheme) => scheme.kind === "zscore");
}

/** What the z-score is taken over, in words; empty where the model has none. */
export function statisticsNote(settings: Settings, spec: ModelSpec): string {
	if (!hasZscore(spec)) return "";
	if (settings.statistics.kind === "fixed") {
		return `z-score with mean ${settings.statistics.mean.join(", ")} and deviation ${settings.statistics.std.join(", ")}, as configured`;
	}
	return settings.sectionwise
		? "z-score of each section by itself (the model was trained on single images)"
		: "z-score over each whole image or volume";
}

/** The model's own values rule; what contradicts them is said once. */
function contradictions({ data }: Config, spec: ModelSpec): string[] {
	const { dimensions } = spec.architecture;
	const heads = headsOf(spec.labels);
	const found: string[] = [];
	if (data.do_2d !== null && data.do_2d !== (dimensions === 2))
		found.push(`data.do_2d=${data.do_2d} (the model is ${dimensions}D)`);
	if (data.in_channels !== null && data.in_channels !== spec.channels.length) {
		found.push(`data.in_channels=${data.in_channels} (the model takes ${spec.channels.length})`);
	}
	if (data.out_channels !== null && data.out_channels !== heads)
		found.push(`data.out_channels=${data.out_channels} (the model gives ${heads})`);
	return found.length === 0 ? [] : [`ignored, since the model decides: ${found.join(", ")}`];
}

/** `window_size` is in the image's z, y, x; the patch in the order after transposition. */
function patchOf({ inference }: Config, spec: ModelSpec): readonly number[] {
	const given = inference.sliding_window.window_size;
	if (given === null) return spec.patch;
	const { dimensions } = spec.architecture;
	if (sizeOf(given) > MOST_PATCH) {
		throw new NnvolError(
			"CONFIG",
			`inference.sliding_window.window_size [${given.join(", ")}] has more than ${MOST_PATCH} voxels; choose a smaller one`,
		);
	}
	const window = given.length === 2 ? [1, ...given] : given;
	const turned = spec.transposeForward.map((axis) => window[axis] ?? 1);
	if (dimensions === 3 && given.length === 3) return divisible(turned, given, spec);
	if (dimensions === 2 && turned[0] === 1) return divisible(turned.slice(1), given, spec);
	throw new NnvolError(
		"CONFIG",
		`inference.sliding_window.window_size [${given.join(", ")}] does not fit this ${dimensions}D model, which sees ${seenAxes(spec)}; its patch is ${spec.patch.join("x")}`,
	);
}

/** The network halves its patch again and again, and must come back to the same extents. @throws CONFIG */
function divisible(patch: readonly number[], given: readonly number[], spec: ModelSpec): readonly number[] {
	const { architecture: net } = spec;
	if (net.kind === "primus") return same(patch, given, net.patch);
	const factors = patch.map((_, axis) => net.strides.reduce((n, stride) => n * (stride[axis] ?? 1), 1));
	if (patch.every((extent, axis) => extent % (factors[axis] ?? 1) === 0)) return patch;
	throw new NnvolError(
		"CONFIG",
		`inference.sliding_window.window_size [${given.join(", ")}] does not suit the network: its patch is ${spec.patch.join("x")}, and extents must be multiples of ${factors.join("x")}`,
	);
}

/** A transformer has learnt a vector for each place of its patch, and takes no other. @throws CONFIG */
function same(patch: readonly number[], given: readonly number[], own: readonly number[]): readonly number[] {
	if (sameShape(patch, own)) return patch;
	throw new NnvolError(
		"CONFIG",
		`inference.sliding_window.window_size [${given.join(", ")}] does not suit the network: a Primus works on its own patch of ${own.join("x")} only; leave the setting out`,
	);
}

function viewsOf({ inference }: Config, spec: ModelSpec): readonly (readonly number[])[] {
	const axes = inference.test_time_augmentation.flip_axes;
	if (axes === "model") return mirrorViews(spec.mirrorAxes);
	if (axes === "all") return mirrorViews(spec.patch.map((_, axis) => axis));
	if (axes === "none") return [[]];
	return explicitViews(axes.map((view) => view.map((axis) => patchAxis(axis, spec)).sort((a, b) => a - b)));
}

/** Axis z = 0, y = 1, x = 2 of the image as an axis of the patch. */
function patchAxis(axis: number, spec: ModelSpec): number {
	const { dimensions } = spec.architecture;
	const found = spec.transposeForward.indexOf(axis) - (3 - dimensions);
	if (found >= 0) return found;
	throw new NnvolError(
		"CONFIG",
		`inference.test_time_augmentation.flip_axes names axis ${axis}, which this ${dimensions}D model does not see: axes are counted z = 0, y = 1, x = 2, always, so this model has ${seenAxes(spec)}`,
	);
}

/** The image's axes within a patch, as users count them: "y = 1, x = 2". */
function seenAxes(spec: ModelSpec): string {
	const seen = spec.transposeForward.slice(3 - spec.architecture.dimensions);
	return [...seen]
		.sort()
		.map((axis) => `${"zyx"[axis]} = ${axis}`)
		.join(", ");
}

function ensembleOf({ inference }: Config): Ensemble {
	const { ensemble_mode: mode, average } = inference.test_time_augmentation;
	if (mode !== "mean") return mode;
	return average === "logits" ? "mean-logits" : "mean-activated";
}

function activationsOf({ inference }: Config, spec: ModelSpec): readonly Activation[] {
	const { act } = inference.test_time_augmentation;
	const own = modelActivations(spec);
	if (act === null) return own;
	if (typeof act === "string") return own.map(() => act);
	if (act.length === own.length) return act;
	throw new NnvolError(
		"CONFIG",
		`inference.test_time_augmentation.act lists ${act.length} activations, the model has ${own.length} channels; give one a channel, or one word for all`,
	);
}

function sectionwiseOf({ inference }: Config, spec: ModelSpec, own: boolean): boolean {
	if (inference.statistics === "volume") return false;
	if (inference.statistics !== "section") return own;
	if (spec.architecture.dimensions === 2) return true;
	throw new NnvolError(
		"CONFIG",
		"inference.statistics=section needs a 2D model; a 3D model sees more than a section: use volume or {mean, std}",
	);
}

function statisticsOf({ inference }: Config, spec: ModelSpec): Settings["statistics"] {
	const given = inference.statistics;
	if (given === null || given === "section" || given === "volume") return { kind: "image" };
	const channels = spec.channels.length;
	if (given.mean.length !== 1 && given.mean.length !== channels) {
		throw new NnvolError(
			"CONFIG",
			`inference.statistics gives ${given.mean.length} means, the model has ${channels} channels; give one, or one a channel`,
		);
	}
	return { kind: "fixed", mean: given.mean, std: given.std };
}

function outputOf({ inference }: Config, spec: ModelSpec): Output {
	const { act, select_channel: select } = inference.test_time_augmentation;
	const { binary, intensity_scale: scale, intensity_dtype: dtype } = inference.postprocessing;
	const wantsValues = act !== null || select !== null || binary.enabled || scale !== null || dtype !== null;
	if (!wantsValues) return { kind: "labels", probabilities: false, dtype: canvasDType(spec.labels) };
	const heads = headsOf(spec.labels);
	if (binary.enabled && select === null) {
		throw new NnvolError(
			"CONFIG",
			`inference.postprocessing.binary needs a channel: set inference.test_time_augmentation.select_channel (0 to ${heads - 1}; 1 is the foreground of a two-class model)`,
		);
	}
	const channels =
		select === null ? Array.from({ length: heads }, (_, n) => n) : Array.isArray(select) ? select : [select];
	const beyond = channels.find((channel) => channel >= heads);
	if (beyond !== undefined) {
		throw new NnvolError(
			"CONFIG",
			`inference.test_time_augmentation.select_channel names channel ${beyond}; the model has ${heads}, 0 to ${heads - 1}`,
		);
	}
	return {
		kind: "channels",
		channels,
		channelAxis: select === null || Array.isArray(select),
		dtype: dtype ?? (binary.enabled ? "uint8" : "float32"),
		...(scale === null ? {} : { scale }),
		...(binary.enabled
			? {
					binary: {
						threshold: binary.threshold,
						removeSmall: binary.remove_small_objects,
						fillHoles: binary.fill_holes,
					},
				}
			: {}),
	};
}
