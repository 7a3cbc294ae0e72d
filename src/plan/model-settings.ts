/**
 * Settings that follow from the model alone: what nnU-Net's predictor would do.
 *
 * @module
 */
import type { Activation } from "../export/activate.ts";
import { headsOf, highestLabel } from "../export/labels.ts";
import type { ModelSpec } from "../model/spec.ts";
import { mirrorViews } from "../tiling/views.ts";
import type { Settings } from "./settings.ts";

/**
 * True where a stack given to the model is a stack of cases: a 2D model of plain images, which nnU-Net gives one image at a
 * time. Any other 2D model takes crop and statistics from the volume, as nnU-Net does, also where it was trained on volumes
 * of one section.
 */
export function isSectionwise(spec: ModelSpec): boolean {
	return spec.architecture.dimensions === 2 && spec.reader === "NaturalImage2DIO";
}

/** Softmax for labels, sigmoid for regions: one entry a head. */
export function modelActivations(spec: ModelSpec): Activation[] {
	return new Array(headsOf(spec.labels)).fill(spec.labels.kind === "labels" ? "softmax" : "sigmoid");
}

/** nnU-Net's own settings: the plans' patch, step 0.5, all mirrored views, logits averaged, labels written. */
export function modelSettings(spec: ModelSpec): Settings {
	highestLabel(spec.labels);
	return {
		patch: spec.patch,
		step: 0.5,
		blending: "gaussian",
		views: mirrorViews(spec.mirrorAxes),
		ensemble: "mean-logits",
		activations: modelActivations(spec),
		sectionwise: isSectionwise(spec),
		statistics: { kind: "image" },
		output: { kind: "labels", probabilities: false, dtype: "by-values" },
	};
}
