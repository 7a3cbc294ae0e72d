/**
 * One parameter of a search: a key of the configuration, and the values it may take.
 *
 * Numbers lie between two bounds, both included, on steps counted from the lower one where a step is given; `log` spreads
 * draws evenly over orders of magnitude. Choices are any values of JSON, in an order that means nothing.
 *
 * @module
 */
import { canonicalJson } from "../core/hash.ts";

/** A parameter of numbers. Whole numbers have a step, 1 where none is given; with a step `high` is the last value on one. */
export type Numeric = {
	readonly kind: "float" | "int";
	/** Dotted key of the configuration. */
	readonly key: string;
	readonly low: number;
	readonly high: number;
	readonly step?: number;
	readonly log: boolean;
};

/** A parameter of named or listed values. */
export type Choice = { readonly kind: "choice"; readonly key: string; readonly choices: readonly unknown[] };

/** What is searched along one axis. */
export type Parameter = Numeric | Choice;

/** Decimals that values on steps are rounded to: 0.3 + 2 * 0.05 is 0.4. */
const DECIMALS = 10;

/** Number of values that `parameter` can take; Infinity for numbers without steps. */
export function levelCount(parameter: Parameter): number {
	if (parameter.kind === "choice") return parameter.choices.length;
	const { low, high, step } = parameter;
	return step === undefined ? Number.POSITIVE_INFINITY : Math.floor((high - low) / step + 1e-9) + 1;
}

/** The value at `index` of a parameter with finitely many. */
export function levelAt(parameter: Parameter, index: number): unknown {
	if (parameter.kind === "choice") return parameter.choices[index];
	return round(parameter.low + index * (parameter.step ?? 0));
}

/** The position of `value` among the choices; undefined where it is none. */
export function choiceOf({ choices }: Choice, value: unknown): number | undefined {
	const at = choices.findIndex((choice) => canonicalJson(choice) === canonicalJson(value));
	return at < 0 ? undefined : at;
}

/** `value` on the parameter's steps and within its bounds. */
export function snap({ low, high, step }: Numeric, value: number): number {
	if (step === undefined) return Math.min(high, Math.max(low, value));
	const last = Math.floor((high - low) / step + 1e-9);
	return round(low + Math.min(last, Math.max(0, Math.round((value - low) / step))) * step);
}

function round(value: number): number {
	return Number(value.toFixed(DECIMALS));
}
