/**
 * What the network sees of a volume: the cropped image, or each section of it, and where its voxels come from.
 *
 * @module
 */
import { join } from "node:path";
import { boxShape } from "../../core/box.ts";
import { NnvolError } from "../../core/errors.ts";
import { sameShape, type Zyx, zyx } from "../../core/shape.ts";
import type { ModelSpec } from "../../model/spec.ts";
import type { Settings } from "../../plan/settings.ts";
import { isUnchanged } from "../../preprocess/resample-axes.ts";
import { type ChannelScale, givenFor, scaleOf } from "../../preprocess/scale.ts";
import { isStreamable } from "../../preprocess/streamable.ts";
import { placeOf } from "../../preprocess/subject.ts";
import type { Survey } from "../../preprocess/survey.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import type { IoOptions } from "../../volume/volume.ts";
import type { SurveyShare } from "./slab-records.ts";
import { stagedSource } from "./staged-input.ts";
import type { VolumePart } from "./sweep.ts";

/** A volume's parts and their voxels. */
export type VolumeParts = {
	readonly source: VoxelSource;
	/** Folder of the resampled image, where it was resampled. */
	readonly staged?: string;
	readonly parts: (from: number, to: number) => Iterable<VolumePart>;
	/** Extents at the model's spacing: of the cropped image, or of one whole section. */
	readonly network: Zyx;
	readonly scale: readonly [number, number, number];
	/** Where the cropped image begins in the transposed image. */
	readonly origin: Zyx;
};

/** What parts are made from. `source` is the transposed image. */
export type PartsTask = {
	readonly source: VoxelSource;
	readonly spacing: Zyx | undefined;
	readonly spec: ModelSpec;
	readonly settings: Settings;
	/** Folder for what is staged; it is this run's own. */
	readonly stage: string;
	readonly bytes: number;
	readonly io: IoOptions;
	readonly onProgress?: (done: number, total: number) => void;
	/** Those who stage it together with this worker. */
	readonly share?: SurveyShare;
};

/** @throws UNBUILT for models that need the whole volume; INPUT where nothing is left at the model's spacing */
export async function partsOf(task: PartsTask, surveys: readonly Survey[]): Promise<VolumeParts> {
	return task.settings.sectionwise ? sectionParts(task, surveys) : wholePart(task, surveys);
}

/** What a volume of `shape` is before it is surveyed: nothing cropped away. */
export function expectedPlace(task: Pick<PartsTask, "source" | "spacing" | "spec" | "settings">) {
	const { source, spacing, spec, settings } = task;
	const shape: Zyx = settings.sectionwise ? [1, source.shape[1], source.shape[2]] : source.shape;
	const place = placeOf(shape, spacing, spec);
	const isResampled = !isUnchanged(shape, zyx(place.shape), spec.resampling.data);
	const network = isResampled ? zyx(place.shape) : shape;
	const why = isStreamable(spec, isResampled);
	if (why !== undefined) throw notStreamed(why);
	if (isResampled && settings.sectionwise)
		throw notStreamed("each section is normalised by itself, and then resampled");
	return { network, spacing: place.spacing, isResampled };
}

function notStreamed(why: string): NnvolError {
	return new NnvolError(
		"UNBUILT",
		`this model cannot be run on a volume that is streamed: ${why}. Raise --memory (system.memory) so that the volume fits, or cut it into smaller volumes`,
	);
}

async function wholePart(task: PartsTask, [survey]: readonly Survey[]): Promise<VolumeParts> {
	if (survey === undefined) throw new RangeError("a volume without its survey");
	const { source, spec, spacing } = task;
	const crop = survey.box;
	const extents = zyx(boxShape(crop));
	const place = placeOf(extents, spacing, spec);
	const scales = scalesOf(survey, task);
	const base = { crop, spacing: place.spacing };
	if (isUnchanged(extents, zyx(place.shape), spec.resampling.data)) {
		const part = { ...base, network: extents, offset: zyx(crop.start), scales };
		return { source, parts: () => [part], network: extents, scale: [1, 1, 1], origin: zyx(crop.start) };
	}
	const network = zyx(place.shape);
	const change = { shape: extents, toShape: network, spacing: place.spacing.image, toSpacing: place.spacing.network };
	const job = { source, box: crop, scales, change, how: spec.resampling.data, survey };
	const folder = join(task.stage, "network");
	const staged = await stagedSource(folder, job, task);
	const part: VolumePart = {
		...base,
		network,
		offset: [0, 0, 0],
		scales: scales.map(() => ({ kind: "none" }) as const),
	};
	const ratio = (axis: 0 | 1 | 2) => network[axis] / extents[axis];
	const scale = [ratio(0), ratio(1), ratio(2)] as const;
	return { source: staged, staged: folder, parts: () => [part], network, scale, origin: zyx(crop.start) };
}

function sectionParts(task: PartsTask, surveys: readonly Survey[]): VolumeParts {
	const { source, spec, spacing } = task;
	const [, height, width] = source.shape;
	return {
		source,
		parts: function* (from, to) {
			for (let z = from; z < to; z++) {
				const survey = surveys[z];
				if (survey === undefined) throw new RangeError(`section ${z} without its survey`);
				const network = zyx(boxShape(survey.box));
				const place = placeOf(network, spacing, spec);
				if (!sameShape(place.shape, network))
					throw notStreamed("each section is normalised by itself, and then resampled");
				const offset = zyx(survey.box.start);
				yield { crop: survey.box, network, spacing: place.spacing, offset, scales: scalesOf(survey, task) };
			}
		},
		network: [1, height, width],
		scale: [1, 1, 1],
		origin: [0, 0, 0],
	};
}

function scalesOf({ figures }: Survey, { spec, settings }: PartsTask): ChannelScale[] {
	return spec.normalization.map((scheme, channel) =>
		scaleOf(scheme, figures[channel] ?? {}, givenFor(settings.statistics, channel)),
	);
}
