/**
 * Parzen estimators of one parameter: a density made of what was tried, to draw from and to compare.
 *
 * Numbers: a mixture, in equal parts, of normal distributions cut off at the bounds, one at each observation and one over the whole range;
 * the deviation of each is the larger distance to its neighbours, within limits. On steps a value has the mass of its step.
 * Choices: counts, and one more for each. Both as in Bergstra, Bardenet, Bengio, Kegl, "Algorithms for hyper-parameter
 * optimization" (NIPS 2011), section 4.
 *
 * @module
 */
import { type Choice, choiceOf, levelAt, type Numeric, type Parameter, snap } from "./parameter.ts";
import { normalDraw } from "./random.ts";

/** A density over the values of one parameter. */
export type Estimator = {
	/** A value drawn from it; `random` gives numbers in [0, 1). */
	draw(random: () => number): unknown;
	/** Logarithm of the density, or of the mass, at `value`. */
	logDensity(value: unknown): number;
};

/** Narrowest deviation as a part of the range is one over this, or over the number of observations where these are fewer. */
const NARROWEST = 100;

/** Draws outside of the bounds before one is set on them. */
const REDRAWS = 100;

/** Least density, so that logarithms stay finite. */
const LEAST = 1e-300;

/** The density of what was observed of `parameter`; values that are none of its own are left out. */
export function estimate(parameter: Parameter, observed: readonly unknown[]): Estimator {
	return parameter.kind === "choice" ? estimateChoice(parameter, observed) : estimateNumbers(parameter, observed);
}

function estimateChoice(parameter: Choice, observed: readonly unknown[]): Estimator {
	const weights = parameter.choices.map(() => 1);
	for (const value of observed) {
		const at = choiceOf(parameter, value);
		if (at !== undefined) weights[at] = (weights[at] ?? 0) + 1;
	}
	const total = weights.reduce((sum, weight) => sum + weight, 0);
	return {
		draw: (random) => levelAt(parameter, pick(weights, total, random())),
		logDensity: (value) => Math.log((weights[choiceOf(parameter, value) ?? -1] ?? LEAST) / total),
	};
}

/** The place in `weights` where their running sum passes `at` (in [0, 1)) of the total. */
function pick(weights: readonly number[], total: number, at: number): number {
	let rest = at * total;
	const found = weights.findIndex((weight) => {
		rest -= weight;
		return rest < 0;
	});
	return found < 0 ? weights.length - 1 : found;
}

/** One part of a mixture. */
type Bump = { readonly mean: number; readonly deviation: number; readonly inside: number };

function estimateNumbers(parameter: Numeric, observed: readonly unknown[]): Estimator {
	const { low, high, step, log } = parameter;
	const toLine = log ? Math.log : (value: number) => value;
	// a step reaches half a step beyond the bounds, so that the outermost values have as much room as the others
	const half = step === undefined ? 0 : step / 2;
	const bounds = { low: toLine(log ? Math.max(low - half, low / 2) : low - half), high: toLine(high + half) };
	const values = observed.filter((value) => typeof value === "number").filter((value) => value >= low && value <= high);
	const bumps = bumpsOf(values.map(toLine), bounds);
	return {
		draw: (random) => {
			const bump = bumps[Math.floor(random() * bumps.length)] ?? { mean: bounds.low, deviation: 0 };
			const drawn = drawWithin(bump, bounds, random);
			return snap(parameter, log ? Math.exp(drawn) : drawn);
		},
		logDensity: (value) => {
			if (typeof value !== "number") return Math.log(LEAST);
			const span = step === undefined ? undefined : stepSpan(parameter, value, toLine, bounds);
			const sum = bumps.reduce(
				(all, bump) => all + (span === undefined ? height(bump, toLine(value)) : mass(bump, span)),
				0,
			);
			return Math.log(Math.max(LEAST, sum / bumps.length));
		},
	};
}

type Span = { readonly low: number; readonly high: number };

function stepSpan({ step = 0, log }: Numeric, value: number, toLine: (value: number) => number, bounds: Span): Span {
	const lowest = log ? Math.max(value - step / 2, value / 2) : value - step / 2;
	return { low: Math.max(bounds.low, toLine(lowest)), high: Math.min(bounds.high, toLine(value + step / 2)) };
}

function bumpsOf(observed: readonly number[], bounds: Span): Bump[] {
	const range = bounds.high - bounds.low || 1;
	const middle = (bounds.low + bounds.high) / 2;
	const means = [...observed].sort((a, b) => a - b);
	const narrowest = range / Math.min(NARROWEST, means.length + 1);
	const bumps = means.map((mean, n) => {
		const left = mean - (means[n - 1] ?? bounds.low);
		const right = (means[n + 1] ?? bounds.high) - mean;
		return bump(mean, Math.min(range, Math.max(narrowest, left, right)), bounds);
	});
	return [...bumps, bump(middle, range, bounds)];
}

function bump(mean: number, deviation: number, bounds: Span): Bump {
	const inside = below((bounds.high - mean) / deviation) - below((bounds.low - mean) / deviation);
	return { mean, deviation, inside: Math.max(inside, LEAST) };
}

function drawWithin({ mean, deviation }: Pick<Bump, "mean" | "deviation">, bounds: Span, random: () => number): number {
	for (let n = 0; n < REDRAWS; n++) {
		const value = mean + deviation * normalDraw(random);
		if (value >= bounds.low && value <= bounds.high) return value;
	}
	return Math.min(bounds.high, Math.max(bounds.low, mean));
}

function height({ mean, deviation, inside }: Bump, at: number): number {
	const z = (at - mean) / deviation;
	return Math.exp(-0.5 * z * z) / (deviation * Math.sqrt(2 * Math.PI) * inside);
}

function mass({ mean, deviation, inside }: Bump, span: Span): number {
	return Math.max(0, below((span.high - mean) / deviation) - below((span.low - mean) / deviation)) / inside;
}

/** How much of a standard normal distribution lies below `z` (Abramowitz and Stegun, 7.1.26; within 1e-7). */
function below(z: number): number {
	const x = Math.abs(z) / Math.SQRT2;
	const t = 1 / (1 + 0.3275911 * x);
	const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
	const erf = 1 - series * Math.exp(-x * x);
	return z < 0 ? (1 - erf) / 2 : (1 + erf) / 2;
}
