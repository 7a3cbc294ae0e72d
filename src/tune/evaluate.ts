/**
 * What post-processing makes of a case's saved values, and its scores.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import { cleanBinary } from "../export/channels.ts";
import { nanMean } from "../score/mean.ts";
import type { Postprocessing } from "./candidate.ts";
import { connected, type LabelledCase } from "./labelled-case.ts";
import { METRICS, maskScores, objectScores, type Scores } from "./metrics.ts";
import type { Objective } from "./objective.ts";

/** How cases are treated. */
export type Treatment = {
	/** True: every section of a stack is cleaned by itself. */
	readonly sectionwise: boolean;
	readonly objective: Objective;
};

/** All scores of a case with this post-processing: of its mask, and of its objects where they matter. */
export function evaluateCase(one: LabelledCase, post: Postprocessing, { sectionwise, objective }: Treatment): Scores {
	const labels = applied(one, post, sectionwise);
	const wantsObjects = METRICS.get(objective.metric)?.of === "objects" || makesObjects(post);
	const mask = maskScores(labels, one.mask);
	if (!wantsObjects) return mask;
	const found = labels instanceof Uint32Array ? labels : connected(labels, one.shape).labels;
	return { ...mask, ...objectScores(found, one.objects, one.ignore) };
}

/** True where post-processing makes objects. */
export function makesObjects({ decoding }: Postprocessing): boolean {
	return Array.isArray(decoding) ? decoding.length > 0 : true;
}

/** The mean of the objective over cases; null where none has a score. */
export function meanScore(cases: Readonly<Record<string, Scores>>, { metric }: Objective): number | null {
	const mean = nanMean(Object.values(cases).map((scores) => scores[metric] ?? Number.NaN));
	return Number.isNaN(mean) ? null : mean;
}

/** A mask of 0 and 1, or ids. */
function applied(one: LabelledCase, post: Postprocessing, sectionwise: boolean): Uint8Array | Uint32Array {
	if (makesObjects(post)) throw new NnvolError("UNBUILT", "tune: decoding steps are not built yet");
	return cleanMask(one, post, sectionwise);
}

function cleanMask(one: LabelledCase, { binary }: Postprocessing, sectionwise: boolean): Uint8Array {
	const { shape } = one;
	const voxels = sizeOf(shape);
	const values = one.values.slice(0, voxels);
	const planes = sectionwise ? 1 : shape[0];
	const part = planes * shape[1] * shape[2];
	for (let start = 0; start < voxels; start += part) {
		cleanBinary(values.subarray(start, start + part), [planes, shape[1], shape[2]], {
			threshold: binary.threshold,
			removeSmall: binary.remove_small_objects,
			fillHoles: binary.fill_holes,
		});
	}
	return new Uint8Array(values);
}
