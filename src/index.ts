/**
 * The library: what the command is made of, for programs.
 *
 * A model is found, read and checked; an engine loads it on a device when it is first needed; an image is predicted in
 * memory, or a plan of many files is carried out with records, so that it can be taken up again.
 *
 * ```ts
 * const model = await loadModel(await findModel("model/"));
 * const settings = modelSettings(model.spec);
 * const engine = makeEngine(model, { device: "auto", threads: 4, patch: settings.patch });
 * try {
 * 	const image = await readImage(["slice.png"], model.spec);
 * 	const { array } = await predictImage(image, model.spec, settings, await engine.network(), { batchSize: 1 });
 * } finally {
 * 	await engine.close();
 * }
 * ```
 *
 * Arrays are C-ordered with axes z, y, x, a channel axis first. Every error thrown on purpose is an `NnvolError`.
 *
 * @module
 */
export { type ConfigSource, loadConfig, type ResolvedConfig } from "./config/load.ts";
export type { Config } from "./config/schema.ts";
export { hasDType, type NdArray, ndarray, zeros } from "./core/array.ts";
export { type Box, wholeBox } from "./core/box.ts";
export type { DType } from "./core/dtype.ts";
export { type ErrorCode, errorText, isNnvolError, NnvolError } from "./core/errors.ts";
export type { OnEvent, RunEvent } from "./core/events.ts";
export type { Affine, Geometry } from "./core/geometry.ts";
export { type Decoded, type DecodeInput, decodeArray } from "./decode/decode-array.ts";
export { type SpaceReader, spaceReader } from "./decode/objects/label-volume.ts";
export { type ObjectRow, type ObjectTable, objectRow } from "./decode/objects/object-table.ts";
export { type SurveyedVolumes, type SurveyOptions, surveyObjects } from "./decode/objects/survey.ts";
export { type MeshesOptions, writeMeshes } from "./decode/objects/write-meshes.ts";
export { writeObjectTable } from "./decode/objects/write-table.ts";
export { type DecodeStep, type Decoding, parseDecoding } from "./decode/step.ts";
export { exportOnnx } from "./graph/export-file.ts";
export { type Dataset, readDataset } from "./model/dataset.ts";
export { type LoadedModel, loadModel, type ModelFold } from "./model/load.ts";
export { type FindOptions, findModel, type ModelFiles } from "./model/locate.ts";
export type { ChosenModel, ModelReference } from "./model/reference.ts";
export type { ModelLookup } from "./model/registry.ts";
export type { Architecture, ModelSpec } from "./model/spec.ts";
export type { CaseOutcomes, OnCase } from "./nnunet/each-case.ts";
export { type EnsembleJob, ensembleFolders } from "./nnunet/ensemble.ts";
export { type CaseScores, type EvaluationJob, evaluateFolder } from "./nnunet/evaluate.ts";
export type { Inputs } from "./nnunet/glob.ts";
export { findInputs } from "./nnunet/inputs.ts";
export { type PostprocessingJob, postprocessFolder } from "./nnunet/postprocessing.ts";
export { type PostprocessingStep, readPostprocessing } from "./nnunet/postprocessing-steps.ts";
export { type SampleReport, type SampleRequest, sampleRegions } from "./nnunet/sample/sample.ts";
export { type ScoredLabels, scoredLabels } from "./nnunet/scored-labels.ts";
export { type Summary, summarise } from "./nnunet/summary.ts";
export { type ConfiguredSettings, configSettings } from "./plan/config-settings.ts";
export { modelSettings } from "./plan/model-settings.ts";
export { makePlan, type Plan, type PlannedCase } from "./plan/plan.ts";
export { type OutputChoice, predictCases } from "./plan/predict-cases.ts";
export type { Output, Settings } from "./plan/settings.ts";
export { type Image, imageOfArray, readImage } from "./preprocess/image.ts";
export type { Placement } from "./preprocess/placement.ts";
export { type CaseOptions, predictImage } from "./run/case.ts";
export type { CaseArrays } from "./run/case-output.ts";
export { type EngineOptions, makeEngine } from "./run/engine.ts";
export { type EnsembleMember, predictEnsemble } from "./run/ensemble.ts";
export type { Engine } from "./run/planned-case.ts";
export type { CaseResult, RunReport } from "./run/report.ts";
export { runPlan } from "./run/run.ts";
export type { RunOptions } from "./run/run-options.ts";
export type { CaseScore } from "./score/case-scores.ts";
export type { Compare, Comparison } from "./score/compare.ts";
export { LabelCounts } from "./score/label-counts.ts";
export { type Overlap, overlapOf } from "./score/overlap.ts";
export {
	type OnScoring,
	type ScoredCase,
	type ScoredPair,
	type ScoreOptions,
	type ScoringResult,
	scoreCases,
} from "./score/score-cases.ts";
export { type ScoreReport, scoreReport } from "./score/score-report.ts";
export { formatByName, formatOfName, openVolume } from "./volume/formats.ts";
export { publish, temporaryBeside } from "./volume/publish.ts";
export type { FormatName, VolumeInfo, VolumeReader, VolumeSpec, VolumeWriter } from "./volume/volume.ts";
