/**
 * From `tune.space` and `tune.parameter_space` to the parameters of a search.
 *
 * Keys are dotted; `binary.`, `decoding.` and `postprocessing.` stand for the section of that name below `inference`.
 *
 * @module
 */
import { z } from "zod";
import { NnvolError } from "../core/errors.ts";
import { levelAt, levelCount, type Numeric, type Parameter } from "./parameter.ts";
import type { Space } from "./space.ts";

/** Where all that can be searched lies. */
export const ROOT = "inference.postprocessing.";

/** Most choices of one parameter, and most levels of one on steps. */
const MOST_LEVELS = 100_000;

const bounds = z.array(z.number()).min(2).max(3);
const listed = z.strictObject({ values: z.array(z.unknown()).min(1) });
const typed = z.looseObject({
	type: z.literal(["float", "int", "categorical"]),
	range: z.array(z.unknown()).optional(),
	choices: z.array(z.unknown()).optional(),
	step: z.number().positive().nullish(),
	log: z.boolean().nullish(),
});

const EXPECTED =
	"expected [low, high, step], {values: [...]}, or {type: float, int or categorical, range: [low, high], step: ..., log: true or false}";

/** The parameters of `tune.space`, by key. @throws CONFIG naming the key, what was expected and what was found */
export function parseSpace(space: Readonly<Record<string, unknown>>): Space {
	const parameters = flatten(space, "").map(([key, spec]) => parseParameter(fullKey(key), spec));
	const keys = parameters.map(({ key }) => key);
	const twice = keys.find((key, n) => keys.indexOf(key) !== n);
	if (twice !== undefined) throw new NnvolError("CONFIG", `tune.space names ${twice} twice; keep one`);
	return parameters;
}

/** One parameter from its specification. @throws CONFIG */
export function parseParameter(key: string, spec: unknown): Parameter {
	const pair = bounds.safeParse(spec);
	if (pair.success) return ofBounds(key, pair.data);
	const list = listed.safeParse(spec);
	if (list.success) return parseChoices(key, list.data.values);
	const full = typed.safeParse(spec);
	if (full.success) return ofType(key, full.data);
	throw wrong(key, `${EXPECTED}, found ${JSON.stringify(spec)}`);
}

/** The key in full: with `inference.postprocessing.` before it. @throws CONFIG for a key of another section */
function fullKey(key: string): string {
	if (key.startsWith(ROOT)) return key;
	if (/^(binary|decoding)\./.test(key)) return `${ROOT}${key}`;
	if (key.startsWith("postprocessing.")) return `inference.${key}`;
	throw new NnvolError(
		"CONFIG",
		`tune.space: ${key} cannot be searched; only keys of inference.postprocessing can, such as binary.threshold or decoding.0.kwargs.min_size: predictions are made once`,
	);
}

/** A key as people write it: without `inference.postprocessing.` before it. */
export function shortKey(key: string): string {
	return key.startsWith(ROOT) ? key.slice(ROOT.length) : key;
}

/** Maps that are no specifications are sections: `{binary: {threshold: [...]}}` is `binary.threshold`. */
function flatten(node: Readonly<Record<string, unknown>>, prefix: string): (readonly [string, unknown])[] {
	return Object.entries(node).flatMap(([name, value]) => {
		const key = `${prefix}${name}`;
		const section = z.record(z.string(), z.unknown()).safeParse(value);
		const isSection = section.success && !["values", "type", "range", "choices"].some((word) => word in section.data);
		return isSection ? flatten(section.data, `${key}.`) : [[key, value] as const];
	});
}

/** Whole numbers on a whole step are whole parameters; two numbers without a step are real ones. */
function ofBounds(key: string, [low = 0, high = 0, step]: readonly number[]): Parameter {
	const isWhole = step !== undefined && [low, high, step].every(Number.isInteger);
	const kind = isWhole ? "int" : "float";
	return numberOf({ kind, key, low, high, log: false, ...(step === undefined ? {} : { step }) });
}

function ofType(key: string, { type, range, choices, step, log }: z.output<typeof typed>): Parameter {
	if (type === "categorical") {
		const values = choices ?? range ?? [];
		if (values.length === 0) throw wrong(key, "expected choices: [...] for type categorical, found none");
		return parseChoices(key, values);
	}
	const pair = z.tuple([z.number(), z.number()]).safeParse(range);
	if (!pair.success) throw wrong(key, `expected range: [low, high] for type ${type}, found ${JSON.stringify(range)}`);
	const [low, high] = pair.data;
	const given = step ?? (type === "int" ? 1 : undefined);
	return numberOf({ kind: type, key, low, high, log: log ?? false, ...(given === undefined ? {} : { step: given }) });
}

function numberOf(parameter: Numeric): Numeric {
	const { key, kind, low, high, step, log } = parameter;
	if (low > high) throw wrong(key, `expected the lower bound first, found [${low}, ${high}]`);
	if (step !== undefined && !(step > 0)) throw wrong(key, `expected a step above 0, found ${step}`);
	if (kind === "int" && ![low, high, step ?? 1].every(Number.isInteger)) {
		throw wrong(key, `expected whole bounds and step for type int, found [${low}, ${high}], step ${step}`);
	}
	if (log && low <= 0) throw wrong(key, `expected bounds above 0 with log, found [${low}, ${high}]`);
	if (step !== undefined && levelCount(parameter) > MOST_LEVELS) {
		throw wrong(key, `expected at most ${MOST_LEVELS} steps, found ${levelCount(parameter)}; take a larger step`);
	}
	return step === undefined ? parameter : { ...parameter, high: Number(levelAt(parameter, levelCount(parameter) - 1)) };
}

function parseChoices(key: string, choices: readonly unknown[]): Parameter {
	const texts = choices.map((choice) => JSON.stringify(choice));
	const twice = texts.find((text, n) => texts.indexOf(text) !== n);
	if (twice !== undefined) throw wrong(key, `the value ${twice} is there twice; keep one`);
	return { kind: "choice", key, choices };
}

function wrong(key: string, text: string): NnvolError {
	return new NnvolError("CONFIG", `tune.space: ${key}: ${text}`);
}
