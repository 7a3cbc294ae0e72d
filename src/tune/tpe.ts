/**
 * The tree-structured Parzen estimator: draws where good trials are dense and bad ones are not.
 *
 * Finished trials are split at a quantile into good and bad; of each set a density is made for every parameter by itself;
 * of some points drawn from the good one's, the one is taken at which good over bad is highest, which is where the
 * expected improvement is (Bergstra, Bardenet, Bengio, Kegl, "Algorithms for hyper-parameter optimization", NIPS 2011).
 * Before there are enough trials, points are drawn evenly.
 *
 * @module
 */
import { type Estimator, estimate } from "./parzen.ts";
import { randomStream } from "./random.ts";
import { drawUntried, type Sampler, type Tried } from "./sampler.ts";
import { type Point, pointKey, type Space } from "./space.ts";

/** How it is set up; names are Optuna's in the configuration. */
export type TpeOptions = {
	/** Trials drawn evenly before the densities are used. */
	readonly startup: number;
	/** Points drawn from the good density at a time. */
	readonly candidates: number;
};

/** Share of the finished trials that counts as good, and most of them. */
const GOOD_SHARE = 0.15;
const MOST_GOOD = 25;

/** Rounds of drawing before a point is drawn evenly: those drawn were all tried. */
const ROUNDS = 4;

/** Makes the sampler. */
export function tpeSampler(space: Space, seed: number, { startup, candidates }: TpeOptions): Sampler {
	return ({ trial, tried, taken }) => {
		const random = randomStream(seed, `trial ${trial}`);
		if (tried.length < startup) return drawUntried(space, random, taken);
		const axes = axesOf(space, tried);
		for (let round = 0; round < ROUNDS; round++) {
			const best = bestOf(draws(axes, candidates, random), taken);
			if (best !== undefined) return best;
		}
		return drawUntried(space, random, taken);
	};
}

/** A parameter with the densities of good and bad trials. */
type Axis = { readonly key: string; readonly good: Estimator; readonly bad: Estimator };
type Scored = { readonly value: unknown; readonly gain: number };
type Candidate = { readonly point: Point; readonly gain: number };

function axesOf(space: Space, tried: readonly Tried[]): readonly Axis[] {
	const order = [...tried.entries()].sort(([a, x], [b, y]) => lossOf(x) - lossOf(y) || a - b).map(([, one]) => one);
	const count = Math.max(1, Math.min(MOST_GOOD, Math.ceil(GOOD_SHARE * order.length)));
	const valuesOf = (set: readonly Tried[], key: string) =>
		set.map(({ point }) => point[key]).filter((v) => v !== undefined);
	return space.map((parameter) => ({
		key: parameter.key,
		good: estimate(parameter, valuesOf(order.slice(0, count), parameter.key)),
		bad: estimate(parameter, valuesOf(order.slice(count), parameter.key)),
	}));
}

/** Trials without a score are the worst; a finite number, so that differences of losses stay numbers. */
function lossOf({ loss }: Tried): number {
	return loss ?? Number.MAX_VALUE;
}

/** The best value of each parameter by itself, and as many points mixed from values drawn. */
function draws(axes: readonly Axis[], count: number, random: () => number): readonly Candidate[] {
	const drawn = axes.map(({ key, good, bad }) => {
		const values = Array.from({ length: count }, (): Scored => {
			const value = good.draw(random);
			return { value, gain: good.logDensity(value) - bad.logDensity(value) };
		});
		return { key, values, best: values.reduce((a, b) => (b.gain > a.gain ? b : a)) };
	});
	const mixed = Array.from({ length: count }, (_, n) =>
		candidateOf(drawn.map(({ key, values, best }) => [key, values[n] ?? best] as const)),
	);
	return [candidateOf(drawn.map(({ key, best }) => [key, best] as const)), ...mixed];
}

function candidateOf(entries: readonly (readonly [string, Scored])[]): Candidate {
	return {
		point: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
		gain: entries.reduce((sum, [, { gain }]) => sum + gain, 0),
	};
}

function bestOf(candidates: readonly Candidate[], taken: ReadonlySet<string>): Point | undefined {
	const free = candidates.filter(({ point }) => !taken.has(pointKey(point)));
	return free.length === 0 ? undefined : free.reduce((a, b) => (b.gain > a.gain ? b : a)).point;
}
