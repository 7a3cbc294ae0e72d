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
import { slabsOf } from "../../preprocess/survey-slab.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import { joinPath } from "../../volume/stores/open-store.ts";
import { within } from "../claims/within.ts";
import type { InputIdentity } from "../input-identity.ts";
import { openState, stateFolder } from "../state-store.ts";
import { shareSections, shareVolume } from "./shared-survey.ts";
import { parsed, type SurveyShare } from "./slab-records.ts";

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
	const key = hashOf({ version: 1, inputs, read, needs }).slice(0, 32);
	const count = sectionwise ? source.shape[0] : 1;
	return {
		needs,
		state,
		key,
		known: async () => parseAll((await state.read(`${key}.json`)) ?? "", count),
		keep: (found: readonly Survey[]) => state.write(`${key}.json`, `${JSON.stringify(packSurveys(found))}\n`),
	};
}

/** Surveys that an earlier run kept; undefined where the volume is still to be measured. */
export async function knownSurveys(task: SurveyTask): Promise<readonly Survey[] | undefined> {
	const { known } = await placeOf(task);
	return known();
}

/**
 * One survey, or one a section where sections are predicted by themselves: measured here, or with the others of `share`. They are kept.
 *
 * @throws VOLUME, CANCELLED; RUN where workers die over the same part again and again
 */
export async function surveysOf(
	task: SurveyTask,
	options: SurveyOptions,
	share?: SurveyShare,
): Promise<readonly Survey[]> {
	const { needs, state, key, known, keep } = await placeOf(task);
	const { source, settings } = task;
	const alone = async () => {
		const before = await known();
		if (before !== undefined) return before;
		const found = settings.sectionwise
			? await surveySections(source, needs, options)
			: [await surveyVolume(source, needs, options)];
		await keep(found);
		return found;
	};
	if (share === undefined) return alone();
	const slabs = slabsOf(source, share.voxels);
	if (slabs.length < 2) return within(share.claims, "measure", alone, options.signal);
	const shared = { source, slabs, needs, state, folder: key, known, keep, share, options };
	return settings.sectionwise ? shareSections(shared) : shareVolume(shared);
}

/** The surveys in a text; undefined where they are not `count` whole ones. */
function parseAll(text: string, count: number): readonly Survey[] | undefined {
	const surveys = unpackSurveys(parsed(text));
	return surveys?.length === count ? surveys : undefined;
}
