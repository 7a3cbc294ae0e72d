/**
 * What a study is of: two searches with the same head go on with each other's trials, any other is refused.
 *
 * @module
 */
import { z } from "zod";
import { canonicalJson } from "../core/hash.ts";

const inputSchema = z.strictObject({ name: z.string(), bytes: z.number(), modified: z.number() });

/** The first line of a study. */
export const studyHeadSchema = z.strictObject({
	kind: z.literal("study"),
	version: z.literal(1),
	/** Each parameter of the space, by key. */
	space: z.record(z.string(), z.unknown()),
	sampler: z.record(z.string(), z.unknown()),
	seed: z.int(),
	objective: z.strictObject({ metric: z.string(), direction: z.literal(["maximize", "minimize"]) }),
	/** Post-processing as configured: what the default is, and what stays where nothing is searched. */
	base: z.unknown(),
	/** What true labels mean: foreground, ignored, neighbours of components. */
	labels: z.record(z.string(), z.unknown()),
	/** Identity of the predictions: hash of model and settings. */
	predictions: z.string(),
	/** Labels and inputs of each case. */
	cases: z.record(z.string(), z.array(inputSchema)),
});

/** What a study is of. */
export type StudyHead = Readonly<Omit<z.output<typeof studyHeadSchema>, "kind">>;

/** Longest value that is shown. */
const LONGEST = 100;

/** One line for each thing in which `now` differs from the study `before`. */
export function headDiff(before: StudyHead, now: StudyHead): string[] {
	return [
		...mapDiff("space: ", before.space, now.space),
		...mapDiff("sampler ", before.sampler, now.sampler),
		...valueDiff("seed", before.seed, now.seed),
		...valueDiff("objective", before.objective, now.objective),
		...valueDiff("post-processing as configured", before.base, now.base),
		...mapDiff("labels ", before.labels, now.labels),
		...(before.predictions === now.predictions ? [] : ["predictions: by another model or other settings"]),
		...caseDiff(before.cases, now.cases),
	];
}

type Entries = Readonly<Record<string, unknown>>;

function mapDiff(what: string, before: Entries, now: Entries): string[] {
	const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
	return keys.flatMap((key) => valueDiff(`${what}${key}`, before[key], now[key]));
}

function caseDiff(before: StudyHead["cases"], now: StudyHead["cases"]): string[] {
	const ids = [...new Set([...Object.keys(before), ...Object.keys(now)])];
	return ids.flatMap((id) => {
		const [was, is] = [before[id], now[id]];
		if (was === undefined) return [`case ${id}: not in the study`];
		if (is === undefined) return [`case ${id}: in the study, not in this run`];
		return canonicalJson(was) === canonicalJson(is) ? [] : [`case ${id}: its image or label changed since`];
	});
}

function valueDiff(name: string, before: unknown, now: unknown): string[] {
	if (canonicalJson(before ?? null) === canonicalJson(now ?? null)) return [];
	return [`${name}: ${shown(now)}, was ${shown(before)}`];
}

function shown(value: unknown): string {
	if (value === undefined || value === null) return "not set";
	const text = typeof value === "string" ? value : canonicalJson(value);
	return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}
