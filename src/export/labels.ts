/**
 * From the network's values to label numbers, and to the probabilities that nnU-Net saves.
 *
 * @module
 */
import { assertNever, NnvolError } from "../core/errors.ts";
import { argmax, regionsToLabels } from "../image/argmax.ts";
import type { LabelArray } from "../image/labels.ts";
import type { LabelScheme } from "../model/spec.ts";
import { activate } from "./activate.ts";

/** `logits` as the network gave them, `activated` where the activation was applied to each view. */
export type Stage = "logits" | "activated";

/** Highest label that a file can hold: nnU-Net writes at most 16 bits. */
const HIGHEST_LABEL = 65535;

/**
 * The label of each voxel of float32 [heads, voxels]: the first highest value, or the last region above one half.
 *
 * Source: nnU-Net's `convert_logits_to_segmentation`.
 *
 * @param reuse memory of earlier labels, which the result may lie in
 */
export function labelsOf(
	values: Float32Array<ArrayBuffer>,
	scheme: LabelScheme,
	stage: Stage,
	reuse?: LabelArray,
): LabelArray {
	switch (scheme.kind) {
		case "labels":
			return relabel(
				argmax(values, scheme.labels.length, reuse),
				scheme.labels.map((label) => label.values[0] ?? 0),
			);
		case "regions": {
			const probabilities = stage === "activated" ? values : probabilitiesOf(values.slice(), scheme, stage);
			return regionsToLabels(probabilities, scheme.classOrder);
		}
		default:
			return assertNever(scheme);
	}
}

/** Turns float32 [heads, voxels] into probabilities in place: softmax for labels, sigmoid for regions. */
export function probabilitiesOf(
	values: Float32Array<ArrayBuffer>,
	scheme: LabelScheme,
	stage: Stage,
): Float32Array<ArrayBuffer> {
	if (stage === "activated") return values;
	const heads = headsOf(scheme);
	activate(values, heads, new Array(heads).fill(scheme.kind === "labels" ? "softmax" : "sigmoid"));
	return values;
}

/** Number of the network's output channels. */
export function headsOf(scheme: LabelScheme): number {
	return scheme.kind === "labels" ? scheme.labels.length : scheme.regions.length;
}

/** Highest label that a scheme can give. @throws MODEL over 65535 */
export function highestLabel(scheme: LabelScheme): number {
	const values = scheme.kind === "labels" ? scheme.labels.flatMap((label) => label.values) : scheme.classOrder;
	const highest = values.reduce((a, b) => Math.max(a, b), 0);
	if (highest > HIGHEST_LABEL) {
		throw new NnvolError("MODEL", `the model's labels go up to ${highest}; files hold labels up to ${HIGHEST_LABEL}`);
	}
	return highest;
}

/** uint8 where every label of `scheme` fits, else uint16. @throws MODEL over 65535 */
export function canvasDType(scheme: LabelScheme): "uint8" | "uint16" {
	return highestLabel(scheme) < 256 ? "uint8" : "uint16";
}

/** Channel numbers to label values; nnU-Net's labels are consecutive, so this is most often the identity. */
function relabel(channels: LabelArray, values: readonly number[]): LabelArray {
	if (values.every((value, channel) => value === channel)) return channels;
	return Uint16Array.from(channels, (channel) => values[channel] ?? 0);
}
