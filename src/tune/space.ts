/**
 * The space of a search: its parameters, and the points in it.
 *
 * A point has one value a parameter, by key. Points of a finite space are numbered, the last parameter running fastest.
 *
 * @module
 */
import { canonicalJson } from "../core/hash.ts";
import { levelAt, levelCount, type Parameter, snap } from "./parameter.ts";

/** One value a key. */
export type Point = Readonly<Record<string, unknown>>;

/** What is searched. */
export type Space = readonly Parameter[];

/** Number of points; Infinity where a parameter has no steps. */
export function pointCount(space: Space): number {
	return space.reduce((count, parameter) => count * levelCount(parameter), 1);
}

/** The point at `index` of a finite space. */
export function pointAt(space: Space, index: number): Point {
	const entries: [string, unknown][] = [];
	let rest = index;
	for (const parameter of space.toReversed()) {
		const count = levelCount(parameter);
		entries.push([parameter.key, levelAt(parameter, rest % count)]);
		rest = Math.floor(rest / count);
	}
	return Object.fromEntries(entries.reverse());
}

/** A point drawn evenly (along logarithms where a parameter says so); `random` gives numbers in [0, 1). */
export function drawPoint(space: Space, random: () => number): Point {
	return Object.fromEntries(space.map((parameter) => [parameter.key, drawValue(parameter, random)]));
}

function drawValue(parameter: Parameter, random: () => number): unknown {
	const at = random();
	if (parameter.kind === "choice") return parameter.choices[Math.floor(at * parameter.choices.length)];
	const { low, high, step, log } = parameter;
	if (log) return snap(parameter, Math.exp(Math.log(low) + at * (Math.log(high) - Math.log(low))));
	if (step !== undefined) return levelAt(parameter, Math.floor(at * levelCount(parameter)));
	return low + at * (high - low);
}

/** One text for equal points. */
export function pointKey(point: Point): string {
	return canonicalJson(point);
}
