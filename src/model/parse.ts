/**
 * plans.json, dataset.json and a checkpoint's facts to one `ModelSpec`.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { parseArchitecture } from "./architecture.ts";
import { channelNames, type Dataset, foregroundValues, labelScheme } from "./dataset.ts";
import type { CheckpointFacts } from "./facts.ts";
import { baseName } from "./json.ts";
import { parseNormalization } from "./normalization.ts";
import { type Configuration, configurationOf, type Plans } from "./plans.ts";
import { isPrimusTrainer, parsePrimus } from "./primus.ts";
import { DEFAULT_LABEL_RESAMPLING, parseLabelResampling, parseResampling } from "./resampling.ts";
import type { LabelScheme, ModelSpec } from "./spec.ts";

/** nnU-Net's classes that read images. */
const READERS = [
	"NaturalImage2DIO",
	"Tiff3DIO",
	"SimpleITKIO",
	"SimpleITKIOWithReorient",
	"NibabelIO",
	"NibabelIOWithReorient",
];

/**
 * Everything about a model but its weights.
 * @throws MODEL where an entry is wrong or a name unknown, naming it; UNBUILT for known features that are not built
 */
export function parseModel(plans: Plans, dataset: Dataset, facts: CheckpointFacts): ModelSpec {
	const { trainer, configuration: name } = facts;
	const configuration = configurationOf(plans, name);
	const at = `${plans.path}, configuration ${name}`;
	const channels = channelNames(dataset);
	assertLabelManager(plans);
	const labels = labelScheme(dataset);
	const previousStage = configuration.previous_stage ?? undefined;
	const extra = previousStage === undefined ? 0 : foregroundValues(dataset).length;
	const ends = {
		inputChannels: channels.length + extra,
		heads: headsOf(labels),
		trainer,
		tracksNorms: facts.tracksNorms ?? false,
	};
	const architecture = isPrimusTrainer(trainer)
		? parsePrimus(configuration.patch_size, ends, at)
		: parseArchitecture(configuration, ends, at);
	const { dimensions } = architecture;
	assertConfiguration(configuration, dimensions, at);
	assertMirrorAxes(facts.mirrorAxes, dimensions);
	const medianShape = plans.original_median_shape_after_transp;
	return {
		architecture,
		configuration: name,
		trainer,
		datasetName: plans.dataset_name || (dataset.name ?? ""),
		channels,
		labels,
		patch: configuration.patch_size,
		spacing: configuration.spacing,
		normalization: parseNormalization(plans, configuration, channels.length),
		...transposes(plans),
		mirrorAxes: facts.mirrorAxes,
		reader: reader(plans, dataset),
		fileEnding: dataset.file_ending,
		...(medianShape ? { medianShape } : {}),
		resampling: resampling(configuration, at),
		...(previousStage === undefined ? {} : { previousStage, previousLabels: foregroundValues(dataset) }),
	};
}

/** Output channels of the network. */
function headsOf(labels: LabelScheme): number {
	return labels.kind === "labels" ? labels.labels.length : labels.regions.length;
}

function assertConfiguration(configuration: Configuration, dimensions: number, at: string): void {
	if (configuration.spacing.length !== dimensions) {
		throw new NnvolError(
			"MODEL",
			`${at}: spacing [${configuration.spacing.join(", ")}] must have ${dimensions} entries`,
		);
	}
	if (baseName(configuration.preprocessor_name) !== "DefaultPreprocessor") {
		throw new NnvolError(
			"MODEL",
			`${at}: unknown preprocessor "${configuration.preprocessor_name}"; supported is DefaultPreprocessor`,
		);
	}
}

function assertLabelManager({ label_manager: manager, path }: Plans): void {
	if (manager === undefined || manager === null || baseName(manager) === "LabelManager") return;
	throw new NnvolError("MODEL", `${path}: unknown label_manager "${manager}"; supported is LabelManager`);
}

function assertMirrorAxes(axes: readonly number[], dimensions: number): void {
	const bad = axes.find((axis) => axis < 0 || axis >= dimensions);
	if (bad === undefined) return;
	throw new NnvolError(
		"MODEL",
		`the checkpoint allows mirroring axis ${bad}, but its patch has only the axes 0 to ${dimensions - 1}`,
	);
}

function transposes(plans: Plans): Pick<ModelSpec, "transposeForward" | "transposeBackward"> {
	const { transpose_forward: forward, transpose_backward: backward, path } = plans;
	const inverse =
		forward.length === 3 && backward.length === 3 && [0, 1, 2].every((axis) => forward[backward[axis] ?? 3] === axis);
	if (inverse) return { transposeForward: forward, transposeBackward: backward };
	throw new NnvolError(
		"MODEL",
		`${path}: transpose_forward [${forward.join(", ")}] and transpose_backward [${backward.join(", ")}] must be permutations of 0, 1, 2 that undo each other`,
	);
}

/** The plans' class, as nnU-Net predicts; the data set's word was heard when they were made. */
function reader(plans: Plans, dataset: Dataset): string {
	const name = plans.image_reader_writer ?? dataset.overwrite_image_reader_writer;
	if (name !== undefined && name !== null && name !== "None") return knownReader(baseName(name), plans.path);
	throw new NnvolError("MODEL", `${plans.path}: "image_reader_writer" is missing`);
}

/** A class of one's own may read anything in any way. */
function knownReader(name: string, path: string): string {
	if (READERS.includes(name)) return name;
	throw new NnvolError(
		"MODEL",
		`${path}: unknown class "${name}" as image_reader_writer; supported are ${READERS.join(", ")}`,
	);
}

function resampling(c: Configuration, at: string): ModelSpec["resampling"] {
	return {
		data: parseResampling(c.resampling_fn_data, c.resampling_fn_data_kwargs, `${at}, resampling_fn_data`),
		probabilities: parseResampling(
			c.resampling_fn_probabilities,
			c.resampling_fn_probabilities_kwargs,
			`${at}, resampling_fn_probabilities`,
		),
		// Only a cascade's second stage resamples labels: elsewhere whatever stands there is never called.
		segmentation: c.previous_stage
			? parseLabelResampling(c.resampling_fn_seg, c.resampling_fn_seg_kwargs, `${at}, resampling_fn_seg`)
			: DEFAULT_LABEL_RESAMPLING,
	};
}
