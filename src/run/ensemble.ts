/**
 * One case through several models: probabilities are averaged in the image's space, as nnU-Net's ensembles are.
 *
 * Models may differ in dimensions, spacing, axes and mirroring; their labels must be the same. Held at a time: the mean of
 * probabilities and those of one model, float32, one a class and voxel.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { NnvolError } from "../core/errors.ts";
import { canonicalJson } from "../core/hash.ts";
import { outputArray } from "../export/canvas.ts";
import { labelsOf } from "../export/labels.ts";
import { type LabelArray, labelArray } from "../image/labels.ts";
import type { LabelScheme, ModelSpec } from "../model/spec.ts";
import type { Output } from "../plan/settings.ts";
import type { Image } from "../preprocess/image.ts";
import { orient } from "../preprocess/subject.ts";
import { type CaseOptions, type Member, predictInto } from "./case.ts";
import { type CaseArrays, castLabels } from "./case-output.ts";
import { addInto, divide } from "./mean.ts";
import { ProbabilityCanvas } from "./probability-canvas.ts";
import { stageOf } from "./stage.ts";
import { Stopwatch } from "./timing.ts";

/** A model of an ensemble, with the previous stage's labels where it is a cascade's second stage. */
export type EnsembleMember = Member & { readonly previous?: NdArray<"int16"> };

/** Predicts `image` with every member and averages. @throws INPUT, RUNTIME, as `predictImage` */
export async function predictEnsemble(
	image: Image,
	members: readonly EnsembleMember[],
	options: CaseOptions,
): Promise<CaseArrays> {
	requireBuilt(members);
	const watch = options.watch ?? new Stopwatch();
	let mean: NdArray<"float32"> | undefined;
	for (const member of members) {
		const found = await probabilitiesOfMember(image, member, { ...options, watch });
		if (mean === undefined) mean = found;
		else addInto(mean.data, found.data);
	}
	const [first] = members;
	if (mean === undefined || first === undefined) throw new RangeError("an ensemble without models");
	divide(mean.data, members.length);
	const { output } = first.settings;
	if (output.kind !== "labels") throw new RangeError("an ensemble that writes channels");
	const whole = mean;
	return watch.measureNow("export", () => finish(whole, first.spec.labels, output, image.rank));
}

/** Before anything is predicted. @throws UNBUILT */
function requireBuilt(members: readonly EnsembleMember[]): void {
	if (members.some(({ settings }) => settings.output.kind !== "labels"))
		throw new NnvolError("UNBUILT", "ensembles of models write labels; channels are not built");
	if (members.some(({ settings }) => settings.mask !== undefined))
		throw new NnvolError("UNBUILT", "ensembles of models with a mask are not built");
}

/** @throws MODEL where the models do not read images alike, or do not give the same labels */
export function requireOneTask(specs: readonly ModelSpec[]): void {
	const [first, ...others] = specs;
	if (first === undefined) return;
	const aspects = {
		labels: ({ labels }: ModelSpec) => labels,
		"number of channels": ({ channels }: ModelSpec) => channels.length,
		"reader of images": ({ reader }: ModelSpec) => reader,
	};
	for (const other of others) {
		for (const [what, of] of Object.entries(aspects)) {
			if (canonicalJson(of(other)) === canonicalJson(of(first))) continue;
			throw new NnvolError(
				"MODEL",
				`the models of an ensemble must have the same ${what}: ${nameOf(first)} and ${nameOf(other)} differ (see nnvol inspect)`,
			);
		}
	}
}

function nameOf(spec: ModelSpec): string {
	return `${spec.datasetName || "a model"} ${spec.configuration}`;
}

async function probabilitiesOfMember(
	image: Image,
	member: EnsembleMember,
	options: CaseOptions,
): Promise<NdArray<"float32">> {
	const oriented = orient(image, member.spec);
	const output = new ProbabilityCanvas(member.spec, stageOf(member.settings), oriented.shape);
	const { previous } = member;
	await predictInto(output, oriented, member, previous === undefined ? options : { ...options, previous });
	return output.finish();
}

function finish(
	mean: NdArray<"float32">,
	scheme: LabelScheme,
	output: Extract<Output, { kind: "labels" }>,
	rank: 2 | 3,
): CaseArrays {
	const labels: LabelArray = labelsOf(mean.data, scheme, "activated");
	const shape = [1, ...mean.shape.slice(1)];
	const written = outputArray(castLabels(labelArray(labels, shape), output.dtype), rank, false);
	return output.probabilities ? { ...written, probabilities: mean } : written;
}
