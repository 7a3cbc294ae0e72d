/**
 * What has to be known of a whole image before any part of it can go through the network: the box it is cropped to, the figures that
 * normalisation needs, the ranges that resampling clips to.
 *
 * Law: the numbers of the in-memory way (`nonzeroBox`, `statisticsOf`, `rangesOf`) on the whole, to the bit, whatever the memory.
 * One pass finds the box and takes the figures of the whole image, in the hope that it is the box; where it is not, a second pass
 * takes those of the box. Either may go slab by slab, by several workers (`survey-slab.ts`).
 *
 * @module
 */
import { cut, type NdArray } from "../core/array.ts";
import { type Box, boxShape, shift, wholeBox } from "../core/box.ts";
import { throwIfAborted } from "../core/errors.ts";
import { sameShape, sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { nonzeroBox } from "../image/nonzero.ts";
import type { Clip } from "../image/resample-volume.ts";
import type { ModelSpec, Resampling } from "../model/spec.ts";
import { brickSize, bricksOf, readAhead, voxelsOf } from "./bricks.ts";
import { measurable, measurerOf } from "./measure.ts";
import { channelsOf } from "./normalise.ts";
import { joinFigures } from "./part-figures.ts";
import { AXES, separateAxis } from "./resample-axes.ts";
import { type ChannelFigures, figureOf, type Statistics } from "./scale.ts";
import { targetSpacing } from "./spacing.ts";
import { bytesPerVoxel, joinSlabs, measureSlab, type Slab, surveySlab } from "./survey-slab.ts";
import type { VoxelSource } from "./voxel-source.ts";

/** What a model needs to know of an image, besides the box. */
export type SurveyNeeds = {
	/** Per channel: what its normalisation needs. */
	readonly figures: readonly ("none" | "range" | "moments")[];
	/** What its resampling clips to: nothing; the range of each channel; or of each section across an axis. */
	readonly clip: Clip;
};

/** What is known of an image (or of one section). Plain data; `survey-json.ts` has it as JSON. */
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
	const figures = spec.normalization.map((scheme) => figureOf(scheme, statistics));
	const clip = spacing === undefined ? "none" : clipOf(spacing, targetSpacing(spec, spacing), spec.resampling.data);
	return { figures, clip };
}

/** What images may be clipped to: whether it comes to that, their extents tell. */
function clipOf(spacing: Zyx, target: Zyx, how: Resampling): Clip {
	if (how.name !== "resample_data_or_seg_to_shape" || how.order < 2) return "none";
	const separate = separateAxis(spacing, target, how);
	const isChanged = AXES.some((axis) => axis !== separate && spacing[axis] !== target[axis]);
	return isChanged ? (separate ?? "volume") : "none";
}

/**
 * Surveys the whole of `source`.
 *
 * @throws VOLUME, CANCELLED as reading does
 */
export async function surveyVolume(source: VoxelSource, needs: SurveyNeeds, options: SurveyOptions): Promise<Survey> {
	const { onProgress, ...base } = options;
	const voxels = sizeOf(source.shape);
	const onVoxels = (done: number) => onProgress?.(done, voxels);
	const part = await surveySlab(source, [0, source.shape[0]], needs, { ...base, onVoxels });
	const found = joinSlabs(source.shape, needs, [part]);
	if (found.survey !== undefined) return found.survey;
	const { box } = found;
	const total = voxels + voxelsOf(box);
	const onMore = (done: number) => onProgress?.(voxels + done, total);
	const figures = await measureSlab(source, box, needs, { ...base, onVoxels: onMore });
	return { version: 1, box, ...joinFigures([figures]) };
}

/** Surveys each section (z) of `source` by itself, as sectionwise models see them: one entry a section, boxes within the source. */
export async function surveySections(
	source: VoxelSource,
	needs: SurveyNeeds,
	options: SurveyOptions,
): Promise<Survey[]> {
	const [depth, height, width] = source.shape;
	const planes = Math.floor(options.bytes / (bytesPerVoxel(source) * height * width));
	if (planes < 1) return surveyLarge(source, needs, options);
	const surveys: Survey[] = [];
	const size = zyx([brickSize(source.shape, source.chunks, planes * height * width)[0], height, width]);
	for await (const { array } of readAhead(source, bricksOf(wholeBox(source.shape), size), options)) {
		throwIfAborted(options.signal);
		for (let z = 0; z < (array.shape[1] ?? 0); z++) surveys.push(surveySection(array, z, surveys.length, needs));
		options.onProgress?.(surveys.length * height * width, depth * height * width);
	}
	return surveys;
}

/** Section `z` of a brick that is held; it is section `at` of the source. */
function surveySection(array: NdArray, z: number, at: number, needs: SurveyNeeds): Survey {
	const [channels = 0, , height = 0, width = 0] = array.shape;
	const section = measurable(cut(array, { start: [0, z, 0, 0], stop: [channels, z + 1, height, width] }));
	const box = nonzeroBox(channelsOf(section), section.shape.slice(1));
	const isWhole = sameShape(boxShape(box), [1, height, width]);
	const part = isWhole ? section : cut(section, { start: [0, ...box.start], stop: [channels, ...box.stop] });
	const measurer = measurerOf(needs, zyx(boxShape(box)));
	measurer.push([0, 0, 0], part);
	return { version: 1, box: shift(box, [at, 0, 0]), ...joinFigures([measurer.finish()]) };
}

/** Surveys the sections of a slab of `source` as `surveySections` does. @throws VOLUME, CANCELLED as reading does */
export async function surveySlabSections(
	source: VoxelSource,
	slab: Slab,
	needs: SurveyNeeds,
	options: SurveyOptions,
): Promise<Survey[]> {
	const surveys = await surveySections(planesOf(source, slab), needs, options);
	return surveys.map(({ box, ...rest }) => ({ ...rest, box: shift(box, [slab[0], 0, 0]) }));
}

/** Some planes of `source` as an image of their own. */
function planesOf(source: VoxelSource, [from, to]: Slab): VoxelSource {
	const { channels, dtype, shape, chunks } = source;
	return {
		channels,
		dtype,
		shape: [to - from, shape[1], shape[2]],
		chunks: [Math.min(chunks[0], to - from), chunks[1], chunks[2]],
		read: (box, io) => source.read(shift(box, [from, 0, 0]), io),
	};
}

/** Sections that do not fit: each as a volume of its own. */
async function surveyLarge(source: VoxelSource, needs: SurveyNeeds, options: SurveyOptions): Promise<Survey[]> {
	const surveys: Survey[] = [];
	const [depth, height, width] = source.shape;
	for (let z = 0; z < depth; z++) {
		const section = planesOf(source, [z, z + 1]);
		const { box, ...rest } = await surveyVolume(section, needs, { ...options, onProgress: () => undefined });
		surveys.push({ ...rest, box: shift(box, [z, 0, 0]) });
		options.onProgress?.((z + 1) * height * width, depth * height * width);
	}
	return surveys;
}
