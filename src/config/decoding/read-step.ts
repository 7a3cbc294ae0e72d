/**
 * One step as it was written to a step by its own name with all its kwargs.
 *
 * @module
 */
import { z } from "zod";
import { fieldMeta } from "../schema/field.ts";
import { CATALOGUE, type DecodeStep, LATER_STEPS, STEP_NAMES, stepSchema } from "./catalogue.ts";
import { type DecodingProblem, insteadText, type Path, recordOf, shortText, strangers } from "./problem.ts";
import type { StepSpec } from "./spec.ts";

/** A step that was read, one that is not built, or what is wrong with it. */
export type ReadStep =
	| { readonly kind: "step"; readonly step: DecodeStep }
	| { readonly kind: "later"; readonly text: string }
	| { readonly kind: "wrong"; readonly problems: readonly DecodingProblem[] };

/** Reads a step of `name` with `kwargs`; `label` is what the step is called in messages. */
export function readStep(name: unknown, kwargs: unknown, path: Path, label: string): ReadStep {
	if (typeof name !== "string" || name === "") return wrong(path, `${label} has no name; known are ${namesText()}`);
	const own = STEP_NAMES.get(name);
	const spec = CATALOGUE.get(own ?? "");
	if (own === undefined || spec === undefined) {
		const later = LATER_STEPS.get(name);
		if (later !== undefined) return { kind: "later", text: `${name} (${later})` };
		const known = [...STEP_NAMES.keys()];
		const instead = insteadText(name, known);
		return wrong(
			path,
			`${label}: unknown step '${name}'${instead.startsWith("; known") ? `; known are ${namesText()}` : instead}`,
		);
	}
	const given = recordOf(kwargs ?? {});
	const shown = `${label} (${name})`;
	if (given === undefined)
		return wrong(path, `${shown}: kwargs: expected names and values, found ${shortText(kwargs)}`);
	const { values, problems } = readKwargs(given, spec, [...path, "kwargs"], shown);
	if (problems.length > 0) return { kind: "wrong", problems };
	return { kind: "step", step: stepSchema.parse({ name: own, kwargs: values }) };
}

function wrong(path: Path, text: string): ReadStep {
	return { kind: "wrong", problems: [{ path, text }] };
}

function namesText(): string {
	return [...CATALOGUE.keys()].join(", ");
}

/** Kwargs by their own names. */
function readKwargs(given: Readonly<Record<string, unknown>>, spec: StepSpec, path: Path, label: string) {
	const names = kwargNames(spec);
	const inert = spec.inert ?? {};
	const values: Record<string, unknown> = {};
	const problems = strangers(given, [...names.keys(), ...Object.keys(inert)], path, label);
	for (const [name, value] of Object.entries(given)) {
		const own = names.get(name);
		const place = [...path, name];
		if (own === undefined) {
			problems.push(...inertProblems(name, value, spec, place, label));
			continue;
		}
		if (Object.hasOwn(values, own))
			problems.push({ path: place, text: `${label}: ${name} and ${own} are the same; keep one` });
		const schema = spec.kwargs.shape[own];
		if (schema === undefined) continue;
		if (z.safeParse(schema, value).success) values[own] = value;
		else
			problems.push({
				path: place,
				text: `${label}: ${name}: expected ${fieldMeta(schema)?.expects}, found ${shortText(value)}`,
			});
	}
	return { values, problems };
}

/** Every name of every kwarg, to its own. */
function kwargNames({ kwargs }: StepSpec): ReadonlyMap<string, string> {
	return new Map(
		Object.entries(kwargs.shape).flatMap(([own, schema]) =>
			[own, ...(fieldMeta(schema)?.aka ?? [])].map((name) => [name, own] as const),
		),
	);
}

function inertProblems(name: string, value: unknown, spec: StepSpec, path: Path, label: string): DecodingProblem[] {
	const inert = spec.inert?.[name];
	if (inert === undefined || z.safeParse(inert.allowed, value).success) return [];
	return [{ path, text: `${label}: ${name}=${shortText(value)} is not built: ${inert.text}` }];
}
