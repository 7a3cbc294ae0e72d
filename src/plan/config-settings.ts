/**
 * From a configuration and a model to settings. The model decides; the configuration is obeyed where it is explicit.
 *
 * @module
 */
import type { Config } from "../config/schema.ts";
import { NnvolError } from "../core/errors.ts";
import { sameShape } from "../core/shape.ts";
import type { Activation } from "../export/activate.ts";
import { headsOf } from "../export/labels.ts";
import type { ModelSpec } from "../model/spec.ts";
import { objectNotes, outputOf } from "./config-output.ts";
import { modelActivations, modelSettings } from "./model-settings.ts";
import { patchOf, viewsOf } from "./patch.ts";
import { productsOf } from "./products.ts";
import { regionsOf } from "./regions.ts";
import type { Ensemble, Settings } from "./settings.ts";

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
		...partOf(config, spec),
	};
	const warnings = [...contradictions(config, spec), ...departures(settings, spec)];
	const notes = [statisticsNote(settings, spec), ...objectNotes(config, settings.output)];
	return { settings, warnings, notes: notes.filter((note) => note !== "") };
}

/** What of a volume is done, and what is written of it. */
function partOf(config: Config, spec: ModelSpec): Partial<Settings> {
	const { mask, skip_below: skipBelow, data } = config.inference;
	const regions = regionsOf(config);
	const outputs = productsOf(config, spec);
	return {
		...(regions === undefined ? {} : { regions }),
		...(mask === null ? {} : { within: mask }),
		...(skipBelow === null ? {} : { skipBelow }),
		...(outputs === undefined ? {} : { outputs }),
		...(data.pyramid === false ? {} : { pyramid: data.pyramid === true ? "auto" : data.pyramid }),
	};
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
