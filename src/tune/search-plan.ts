/**
 * What a configuration says of a search: post-processing to begin with, space, objective, sampler, budget.
 *
 * @module
 */
import { z } from "zod";
import type { Config } from "../config/schema.ts";
import { NnvolError } from "../core/errors.ts";
import { parseDecoding } from "../decode/step.ts";
import { basePoint, candidateOf, type Postprocessing, searched } from "./candidate.ts";
import { connectomicsSpace } from "./connectomics-space.ts";
import { makesObjects } from "./evaluate.ts";
import { type Objective, objectiveOf } from "./objective.ts";
import { levelAt, levelCount } from "./parameter.ts";
import { parseSpace } from "./parse-space.ts";
import { gridSampler, randomSampler, type Sampler } from "./sampler.ts";
import { type Point, pointCount, type Space } from "./space.ts";
import { type TpeOptions, tpeSampler } from "./tpe.ts";

/** A sampler by its name and options, as a study keeps it. */
export type SamplerChoice =
	| { readonly name: "Grid" }
	| { readonly name: "Random" }
	| ({ readonly name: "TPE" } & TpeOptions);

/** What is searched, how, and from where. */
export type SearchPlan = {
	/** Post-processing that the search begins with and stays with where it searches nothing. */
	readonly base: Postprocessing;
	/** The values of `base` for the keys of the space. */
	readonly point: Point;
	readonly space: Space;
	readonly objective: Objective;
	readonly sampler: SamplerChoice;
	readonly seed: number;
	/** Most trials; undefined: as many as there are points. */
	readonly trials?: number;
	/** Milliseconds after which no trial is begun. */
	readonly time?: number;
	readonly warnings: readonly string[];
	readonly notes: readonly string[];
};

/** Trials where nothing is said. */
const TRIALS = 100;

const counted = z.int().min(1);

/**
 * The search of `config`; `budget` wins over its keys.
 *
 * @throws CONFIG where there is nothing to search, or bounds or names are not known; UNBUILT for CmaEs and several objectives
 */
export function searchPlan(
	config: Config,
	budget: { readonly trials?: number; readonly time?: number } = {},
): SearchPlan {
	const { tune, system } = config;
	const { base, space } = spaceOf(config);
	requireApplicable(base, space);
	const { objective, warning } = objectiveOf(tune, makesObjects(base));
	const { sampler, seed, notes } = samplerOf(tune.sampler, system.seed);
	if (sampler.name === "Grid") requireFinite(space);
	const trials = budget.trials ?? tune.n_trials ?? (sampler.name === "Grid" ? undefined : TRIALS);
	const time = budget.time ?? (tune.timeout === null ? undefined : tune.timeout * 1000);
	const pruner =
		tune.pruner === null ? [] : ["tune.pruner has no effect: a trial has no steps that it could be cut off after"];
	return {
		base,
		point: basePoint(base, space),
		space,
		objective,
		sampler,
		seed,
		...(trials === undefined ? {} : { trials }),
		...(time === undefined ? {} : { time }),
		warnings: warning === undefined ? [] : [warning],
		notes: [...notes, ...pruner],
	};
}

/** Makes the sampler of a plan. */
export function makeSampler({ sampler, space, seed }: SearchPlan): Sampler {
	switch (sampler.name) {
		case "Grid":
			return gridSampler(space);
		case "Random":
			return randomSampler(space, seed);
		case "TPE":
			return tpeSampler(space, seed, sampler);
	}
}

/** True for a trial whose point does not depend on the scores of those before it: of TPE one that is drawn evenly. */
export function isFree({ sampler }: Pick<SearchPlan, "sampler">, trial: number): boolean {
	return sampler.name !== "TPE" || trial < sampler.startup;
}

function spaceOf({ tune, inference }: Config): { readonly base: Postprocessing; readonly space: Space } {
	const given = tune.parameter_space === null ? undefined : connectomicsSpace(tune.parameter_space);
	const own = parseSpace(tune.space);
	const space = [...(given?.space ?? []), ...own];
	if (space.length === 0) {
		throw new NnvolError(
			"CONFIG",
			"nothing to search: name parameters in tune.space, such as tune.space={binary.threshold: [0.3, 0.7, 0.05]}",
		);
	}
	const { postprocessing } = inference;
	const steps = given === undefined ? postprocessing.decoding : given.steps;
	return { base: searched(candidateOf({ ...postprocessing, decoding: steps }, {}), space), space };
}

/** Steps that are not built and bounds that the configuration would refuse are told before anything is predicted. */
function requireApplicable(base: Postprocessing, space: Space): void {
	parseDecoding(base.decoding);
	for (const parameter of space) {
		const last = levelCount(parameter) - 1;
		const ends =
			parameter.kind === "choice"
				? parameter.choices
				: [parameter.low, Number.isFinite(last) ? levelAt(parameter, last) : parameter.high];
		for (const value of ends) candidateOf(base, { [parameter.key]: value });
	}
}

function requireFinite(space: Space): void {
	if (Number.isFinite(pointCount(space))) return;
	const without = space.filter((one) => !Number.isFinite(levelCount(one))).map(({ key }) => key);
	throw new NnvolError("CONFIG", `the sampler Grid needs a step for each number; give one to ${without.join(", ")}`);
}

function samplerOf({ name, kwargs }: Config["tune"]["sampler"], seed: number) {
	const { n_startup_trials: startup, n_ei_candidates: candidates, seed: own, ...rest } = kwargs;
	const ignored = Object.keys(rest);
	const common = {
		seed: own === undefined || own === null ? seed : wholeOf("seed", own),
		notes:
			ignored.length === 0
				? []
				: [`tune.sampler.kwargs: ${ignored.join(", ")} of no effect; parameters are drawn one by one`],
	};
	if (name === "CmaEs") {
		throw new NnvolError("UNBUILT", "tune.sampler CmaEs is not built; TPE, Random and Grid are");
	}
	if (name !== "TPE") return { ...common, sampler: { name } };
	const sampler = {
		name,
		startup: startup === undefined ? 10 : wholeOf("n_startup_trials", startup),
		candidates: candidates === undefined ? 24 : wholeOf("n_ei_candidates", candidates),
	};
	return { ...common, sampler };
}

function wholeOf(name: string, value: unknown): number {
	const parsed = (name === "seed" ? z.int().min(0) : counted).safeParse(value);
	if (parsed.success) return parsed.data;
	throw new NnvolError(
		"CONFIG",
		`tune.sampler.kwargs.${name}: expected a whole number of ${name === "seed" ? 0 : 1} or more, found ${JSON.stringify(value)}`,
	);
}
