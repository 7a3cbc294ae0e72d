/**
 * What post-processing makes of a case's saved values, and its scores.
 *
 * Law: the mask or the objects are those that a run with the same configuration writes.
 *
 * @module
 */
import { readDecoding } from "../config/decoding/decoding.ts";
import { sizeOf } from "../core/shape.ts";
import { decodeArray } from "../decode/decode-array.ts";
import { parseDecoding } from "../decode/step.ts";
import { boundBinary, cleanBinary } from "../export/channels.ts";
import { components } from "../image/components.ts";
import { nanMean } from "../score/mean.ts";
import type { Postprocessing } from "./candidate.ts";
import type { LabelledCase } from "./labelled-case.ts";
import { METRICS, maskScores, objectScores, type Scores } from "./metrics.ts";
import type { Objective } from "./objective.ts";

/** How cases are treated. */
export type Treatment = {
	/** Channels of the saved values that post-processing works on, in order; a mask is made of the first. */
	readonly channels: readonly number[];
	/** True: every section of a stack is cleaned by itself. */
	readonly sectionwise: boolean;
	/** True: decoding steps that leave it open work on every section by itself. */
	readonly bySection: boolean;
};

/** All scores of a case with this post-processing: of its mask, and of its objects where they matter. */
export function evaluateCase(
	one: LabelledCase,
	post: Postprocessing,
	treatment: Treatment,
	{ metric }: Objective,
): Scores {
	const labels = makesObjects(post) ? objectsOf(one, post, treatment) : maskOf(one, post, treatment);
	const mask = maskScores(labels, one.mask);
	if (METRICS.get(metric)?.of === "mask" && labels instanceof Uint8Array) return mask;
	const found = labels instanceof Uint32Array ? labels : components(labels, one.shape, one.connectivity).labels;
	return { ...mask, ...objectScores(found, one.objects) };
}

/** True where post-processing makes objects. */
export function makesObjects({ decoding }: Postprocessing): boolean {
	return readDecoding(decoding).decoding.nodes.length > 0;
}

/** The mean of the objective over cases; null where none has a score. */
export function meanScore(cases: Readonly<Record<string, Scores>>, { metric }: Objective): number | null {
	const mean = nanMean(Object.values(cases).map((scores) => scores[metric] ?? Number.NaN));
	return Number.isNaN(mean) ? null : mean;
}

/** @throws CONFIG, UNBUILT for steps that are wrong or not built */
function objectsOf(one: LabelledCase, post: Postprocessing, treatment: Treatment): Uint32Array {
	const { shape, spacing = [1, 1, 1] } = one;
	const data = chosen(one, treatment.channels);
	if (post.binary.enabled) clean(data, one, post, treatment, boundBinary);
	const input = { data, channels: treatment.channels.length, shape };
	return decodeArray(input, parseDecoding(post.decoding), { spacing, sectionwise: treatment.bySection }).labels;
}

/** 0 and 1. */
function maskOf(one: LabelledCase, post: Postprocessing, treatment: Treatment): Uint8Array {
	const data = chosen(one, treatment.channels.slice(0, 1));
	clean(data, one, post, treatment, cleanBinary);
	return new Uint8Array(data);
}

/** A copy of some channels. */
function chosen({ values, shape }: LabelledCase, channels: readonly number[]): Float32Array<ArrayBuffer> {
	const voxels = sizeOf(shape);
	const data = new Float32Array(channels.length * voxels);
	for (const [n, channel] of channels.entries()) {
		data.set(values.subarray(channel * voxels, (channel + 1) * voxels), n * voxels);
	}
	return data;
}

/** Cleans each channel, or each section of each. */
function clean(
	data: Float32Array<ArrayBuffer>,
	{ shape }: LabelledCase,
	{ binary }: Postprocessing,
	{ sectionwise }: Treatment,
	how: typeof cleanBinary,
): void {
	const planes = sectionwise ? 1 : shape[0];
	const part = planes * shape[1] * shape[2];
	const keys = {
		threshold: binary.threshold,
		removeSmall: binary.remove_small_objects,
		fillHoles: binary.fill_holes,
	};
	for (let start = 0; start < data.length; start += part) {
		how(data.subarray(start, start + part), [planes, shape[1], shape[2]], keys);
	}
}
