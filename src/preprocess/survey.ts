/**
 * What has to be known of a whole image before any part of it can go through the network: the box it is cropped to, the figures that
 * normalisation needs, the ranges that resampling clips to.
 *
 * Law: the numbers of the in-memory way (`nonzeroBox`, `statisticsOf`, `rangesOf`) on the whole, to the bit, whatever the memory.
 * One pass finds the box and takes the figures of the whole image, in the hope that it is the box; where it is not, a second pass
 * takes those of the box.
 *
 * @module
 */
import type { Box } from "../core/box.ts";
import { NnvolError } from "../core/errors.ts";
import type { Zyx } from "../core/shape.ts";
import type { Clip } from "../image/resample-volume.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { ChannelFigures, Statistics } from "./scale.ts";
import type { VoxelSource } from "./voxel-source.ts";

/** What a model needs to know of an image, besides the box. */
export type SurveyNeeds = {
	/** Per channel: what its normalisation needs. */
	readonly figures: readonly ("none" | "range" | "moments")[];
	/** What its resampling clips to: nothing; the range of each channel; or of each section across an axis. */
	readonly clip: Clip;
};

/** What is known of an image (or of one section). JSON-able; `parseSurvey` reads it back. */
export type Survey = {
	readonly version: 1;
	/** The crop (z, y, x) within the source. */
	readonly box: Box;
	/** Per channel, over the box, as float32: what was needed (moments always come with a range). */
	readonly figures: readonly ChannelFigures[];
	/** Ranges of each section of the box across an axis, before normalisation; only where `clip` names that axis. */
	readonly sections?: SectionRanges;
};

/** `low` and `high`, per channel, of each section of the box across `axis`. */
export type SectionRanges = {
	readonly axis: 0 | 1 | 2;
	readonly channels: readonly { readonly low: readonly number[]; readonly high: readonly number[] }[];
};

/** How a survey goes about it. */
export type SurveyOptions = {
	/** Bytes it may hold, the brick that is read ahead included. */
	readonly bytes: number;
	readonly signal?: AbortSignal;
	/** Voxels done, and to be done: these grow where a second pass turns out to be needed. */
	readonly onProgress?: (done: number, total: number) => void;
};

/** What `spec` needs of an image whose spacing (z, y, x, oriented) is `spacing`; undefined where nothing is resampled. */
export function surveyNeeds(spec: ModelSpec, statistics: Statistics, spacing: Zyx | undefined): SurveyNeeds {
	throw new NnvolError("UNBUILT", `surveys are not built yet (${spec.configuration}, ${statistics.kind}, ${spacing})`);
}

/**
 * Surveys the whole of `source`.
 *
 * @throws VOLUME, CANCELLED as reading does
 */
export async function surveyVolume(source: VoxelSource, needs: SurveyNeeds, options: SurveyOptions): Promise<Survey> {
	throw new NnvolError("UNBUILT", `surveys are not built yet (${source.shape}, ${needs.clip}, ${options.bytes})`);
}

/** Surveys each section (z) of `source` by itself, as sectionwise models see them: one entry a section, boxes within the source. */
export async function surveySections(
	source: VoxelSource,
	needs: SurveyNeeds,
	options: SurveyOptions,
): Promise<Survey[]> {
	throw new NnvolError("UNBUILT", `surveys are not built yet (${source.shape}, ${needs.clip}, ${options.bytes})`);
}
