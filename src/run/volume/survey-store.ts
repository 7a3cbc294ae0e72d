/**
 * Surveys of volumes, kept under `.nnvol/surveys/` so that a volume is measured once.
 *
 * A survey is found again by what it depends on: the input's identity, how it is read, and what was asked.
 *
 * @module
 */
import { hashOf } from "../../core/hash.ts";
import type { Zyx } from "../../core/shape.ts";
import type { ModelSpec } from "../../model/spec.ts";
import type { Settings } from "../../plan/settings.ts";
import { type Survey, type SurveyOptions, surveyNeeds, surveySections, surveyVolume } from "../../preprocess/survey.ts";
import { packSurveys, unpackSurveys } from "../../preprocess/survey-json.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import { joinPath } from "../../volume/stores/open-store.ts";
import type { InputIdentity } from "../input-identity.ts";
import { openState, stateFolder } from "../state-store.ts";

/** What is surveyed. */
export type SurveyTask = {
	readonly source: VoxelSource;
	readonly spec: ModelSpec;
	readonly settings: Settings;
	/** z, y, x of the transposed image. */
	readonly spacing: Zyx | undefined;
	readonly inputs: readonly InputIdentity[];
	readonly outputFolder: string;
};

/** Where the surveys of a task lie, and what they hold. */
async function placeOf({ source, spec, settings, spacing, inputs, outputFolder }: SurveyTask) {
	const needs = surveyNeeds(spec, settings.statistics, spacing);
	const { axes, dataset, sectionwise } = settings;
	const read = { axes, dataset, sectionwise, forward: spec.transposeForward, reader: spec.reader };
	const state = await openState(joinPath(stateFolder(outputFolder), "surveys"));
	const key = `${hashOf({ version: 1, inputs, read, needs }).slice(0, 32)}.json`;
	return { needs, state, key, count: sectionwise ? source.shape[0] : 1 };
}

/** Surveys that an earlier run kept; undefined where the volume is still to be measured. */
export async function knownSurveys(task: SurveyTask): Promise<readonly Survey[] | undefined> {
	const { state, key, count } = await placeOf(task);
	return parseAll((await state.read(key)) ?? "", count);
}

/** One survey, or one a section where sections are predicted by themselves. @throws VOLUME, CANCELLED */
export async function surveysOf(task: SurveyTask, options: SurveyOptions): Promise<readonly Survey[]> {
	const { needs, state, key, count } = await placeOf(task);
	const known = parseAll((await state.read(key)) ?? "", count);
	if (known !== undefined) return known;
	const found = task.settings.sectionwise
		? await surveySections(task.source, needs, options)
		: [await surveyVolume(task.source, needs, options)];
	await state.write(key, `${JSON.stringify(packSurveys(found))}\n`);
	return found;
}

/** The surveys in a text; undefined where they are not `count` whole ones. */
function parseAll(text: string, count: number): readonly Survey[] | undefined {
	try {
		const surveys = unpackSurveys(JSON.parse(text));
		return surveys?.length === count ? surveys : undefined;
	} catch {
		return undefined;
	}
}
