/**
 * `nnvol tune-test`: what a search found, on held-out cases, beside the configuration as it stands.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { loadConfig } from "../../config/load.ts";
import { writeAtomically } from "../../core/atomic-file.ts";
import { type Postprocessing, searched } from "../../tune/candidate.ts";
import { makesObjects } from "../../tune/evaluate.ts";
import { objectiveOf } from "../../tune/objective.ts";
import { parseSpace } from "../../tune/parse-space.ts";
import { openScorePool } from "../../tune/score-pool.ts";
import { searchPlan } from "../../tune/search-plan.ts";
import { scorePostprocessing, studyFiles } from "../../tune/tune.ts";
import { sourceOf } from "../flags.ts";
import { interruptible } from "../interrupt.ts";
import { testText, tuneText } from "../tune-text.ts";
import { labelledSet, type TuneFlags, tuned, tuneFolder, workersIn } from "./tune.ts";

/** Scores on `data.test`, after a search where there are no parameters yet; gives the exit code. */
export async function runTuneTest(overrides: readonly string[], flags: TuneFlags): Promise<number> {
	const { params: given, ...others } = flags;
	const { config } = await loadConfig({ overrides, ...sourceOf(others) });
	const folder = tuneFolder(config);
	const params = given ?? studyFiles(folder).best;
	if (given === undefined && (await stat(params).catch(() => undefined)) === undefined) {
		const found = await tuned(overrides, others);
		if (typeof found === "number") return found;
		if (flags.json !== true) process.stdout.write(tuneText(found.result, found.plan));
	}
	const best = await laidOver(config.inference.postprocessing, params);
	const standing = standingOf(config, best.binary.enabled);
	const { objective } = objectiveOf(config.tune, makesObjects(best));
	const set = await labelledSet({ name: "test", config, base: best, overrides, flags: others });
	if (typeof set === "number") return set;
	const report = await interruptible(async (signal) => {
		const pool = openScorePool(workersIn(flags));
		try {
			const scoring = { ...set, objective, signal, pool };
			return {
				objective,
				params,
				standing: { postprocessing: standing, ...(await scorePostprocessing(standing, scoring)) },
				best: { postprocessing: best, ...(await scorePostprocessing(best, scoring)) },
			};
		} finally {
			await pool.close();
		}
	});
	const path = join(folder, "test.json");
	const text = `${JSON.stringify({ version: 1, ...report }, null, "\t")}\n`;
	await writeAtomically(path, text);
	process.stdout.write(
		flags.json === true ? `${JSON.stringify({ kind: "tune-test", ...report })}\n` : testText(report, path),
	);
	return 0;
}

/**
 * Post-processing with the keys that `params` sets. They win over the command line: overrides are what the search began with.
 *
 * @throws CONFIG
 */
async function laidOver(standing: Postprocessing, params: string): Promise<Postprocessing> {
	const { config, origins } = await loadConfig({ params });
	const { binary, decoding } = config.inference.postprocessing;
	const isSet = (key: string) => origins.get(`inference.postprocessing.${key}`) !== "default";
	const set = Object.entries(binary).filter(([key]) => isSet(`binary.${key}`));
	return {
		...standing,
		binary: { ...standing.binary, ...Object.fromEntries(set) },
		decoding: isSet("decoding") ? decoding : standing.decoding,
	};
}

/** The configuration as it stands, with what was searched turned on: what the search began with. */
function standingOf(config: Parameters<typeof searchPlan>[0], isBinary: boolean) {
	const { postprocessing } = config.inference;
	const isSearched = config.tune.parameter_space !== null || parseSpace(config.tune.space).length > 0;
	if (isSearched) return searchPlan(config).base;
	return isBinary
		? { ...postprocessing, binary: { ...postprocessing.binary, enabled: true } }
		: searched(postprocessing, []);
}
