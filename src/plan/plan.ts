/**
 * A run as data: which cases, from which files, to which outputs, with which model and settings.
 *
 * Pure. A plan round-trips through JSON; its `hash` covers model and settings (never the list of cases, nor how the
 * work is done), so that an output made otherwise is not taken for done.
 *
 * @module
 */
import { isAbsolute } from "node:path";
import { NnvolError } from "../core/errors.ts";
import { hashOf } from "../core/hash.ts";
import type { CaseFiles } from "../nnunet/cases.ts";
import { absolutePath, baseOf, joinPath, parentOf } from "../volume/stores/location.ts";
import type { FormatName } from "../volume/volume.ts";
import { requireMembers } from "./products.ts";
import { requireLocalFor, requireWritableUrls } from "./remote-outputs.ts";
import type { Settings } from "./settings.ts";

/** What identifies a model: equal identities give equal networks and preprocessing. */
export type ModelIdentity = {
	readonly dataset: string;
	readonly configuration: string;
	readonly trainer: string;
	/** SHA-256 of the parsed specification. */
	readonly spec: string;
	readonly checkpoints: readonly { readonly fold: string; readonly sha256: string }[];
};

/** A case and where its output goes. */
export type PlannedCase = CaseFiles & {
	readonly index: number;
	readonly output: string;
	readonly format: FormatName;
	/** Segmentation of a cascade's previous stage for each model of the plan; null for models that need none. */
	readonly previous?: readonly (string | null)[];
};

/** A model that a plan averages its own with. */
export type PlanMember = { readonly model: ModelIdentity; readonly settings: Settings };

/** One run. */
export type Plan = {
	readonly version: 1;
	readonly hash: string;
	readonly model: ModelIdentity;
	readonly settings: Settings;
	/** Further models of an ensemble, whose probabilities are averaged with those of `model`. */
	readonly further?: readonly PlanMember[];
	/** Folder of the outputs; records lie in its `.nnvol`. */
	readonly folder: string;
	readonly cases: readonly PlannedCase[];
};

/** Makes the plan of `cases`, refusing two cases with one output and outputs that would replace inputs. @throws INPUT, CONFIG, UNBUILT */
export function makePlan(
	model: ModelIdentity,
	settings: Settings,
	folder: string,
	cases: readonly PlannedCase[],
	further: readonly PlanMember[] = [],
): Plan {
	requireClearOutputs(cases);
	if (model.checkpoints.length > 0) requireMembers(settings, model.checkpoints.length);
	if (further.length > 0) requireLocalFor("the average of several models", folder);
	const choices = { version: 1, model, settings, ...(further.length === 0 ? {} : { further }) } as const;
	return { ...choices, hash: hashOf(choices), folder, cases };
}

/** Every `step`-th of `cases` from `start` on: the share of one of several processes. @throws CONFIG */
export function shareOf<T>(cases: readonly T[], start: number, step: number): T[] {
	if (!Number.isInteger(step) || step < 1) throw new NnvolError("CONFIG", `step must be 1 or more, found ${step}`);
	if (!Number.isInteger(start) || start < 0)
		throw new NnvolError("CONFIG", `start_index must be 0 or more, found ${start}`);
	if (start >= cases.length) {
		throw new NnvolError(
			"INPUT",
			`start_index ${start} is past the end: there are ${cases.length} inputs (0 to ${cases.length - 1})`,
		);
	}
	return cases.filter((_, n) => n >= start && (n - start) % step === 0);
}

/** Fills `{stem}`, `{suffix}`, `{parent}`, `{index}` in an output name. @throws CONFIG on any other name in braces */
export function outputName(template: string, values: Readonly<Record<string, string>>): string {
	const name = template.replace(/\{([^{}]*)\}/g, (_whole, key: string) => {
		const value = Object.hasOwn(values, key) ? values[key] : undefined;
		if (value === undefined) {
			throw new NnvolError(
				"CONFIG",
				`output_name has {${key}}; expected ${Object.keys(values)
					.map((k) => `{${k}}`)
					.join(", ")}`,
			);
		}
		return value;
	});
	if (name === "" || /(^|[/\\])\.|[\\\0]/.test(name) || isAbsolute(name)) {
		throw new NnvolError(
			"CONFIG",
			`output_name ${template} gives "${name}", which is no file name inside the output folder; leave out leading dots`,
		);
	}
	return name;
}

/** Refuses two cases with one output, outputs that would replace inputs, and URLs that cannot be written: for the whole list, before it is shared out. @throws INPUT, CONFIG, UNBUILT */
export function requireClearOutputs(cases: readonly PlannedCase[]): void {
	requireDistinctOutputs(cases);
	requireOutputsApart(cases);
	requireWritableUrls(cases);
}

function requireDistinctOutputs(cases: readonly PlannedCase[]): void {
	const seen = new Map<string, PlannedCase>();
	for (const entry of cases) {
		const key = absolutePath(entry.output);
		const other = seen.get(key);
		if (other !== undefined) {
			throw new NnvolError(
				"INPUT",
				`two inputs would write ${entry.output}: ${other.files[0]} and ${entry.files[0]}; rename one or use two output folders (with a configuration: put {parent} or {index} in output_name)`,
				{ fields: { output: entry.output, inputs: [other.files[0], entry.files[0]] } },
			);
		}
		seen.set(key, entry);
	}
}

/** Outputs beside inputs would be taken for inputs the next time. */
function requireOutputsApart(cases: readonly PlannedCase[]): void {
	const outputs = new Map(cases.map((entry) => [absolutePath(entry.output), entry]));
	for (const entry of cases) {
		for (const file of entry.files) {
			if (!outputs.has(absolutePath(file))) continue;
			throw new NnvolError("INPUT", `the output ${file} is an input as well; choose another output folder`, {
				fields: { path: file },
			});
		}
	}
}

/** The folder of inputs that is the output folder too, where there is one and there are many inputs. @throws INPUT */
export function requireFoldersApart(folder: string, inputs: readonly string[]): void {
	const clash = inputs.find((path) => absolutePath(parentOf(path)) === absolutePath(folder));
	if (clash === undefined) return;
	throw new NnvolError(
		"INPUT",
		`the output folder ${folder} is the folder of the input ${baseOf(clash)}; choose another, such as ${joinPath(folder, "predicted")}`,
		{
			fields: { folder },
		},
	);
}
