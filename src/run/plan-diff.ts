/**
 * What changed between two runs of one output, in words and by the names that configurations use.
 *
 * @module
 */
import { canonicalJson } from "../core/hash.ts";
import type { RunFacts, SavedFacts } from "./block-facts.ts";

type Plain = Readonly<Record<string, unknown>>;
type Facts = RunFacts | SavedFacts;

/** What a plan's hash is made of, of this version or another. */
export type Choices = {
	readonly model: unknown;
	readonly settings: unknown;
	readonly further?: readonly { readonly model: unknown; readonly settings: unknown }[] | undefined;
};

/** Keys of a configuration that settings come from. */
const SETTING_KEYS: Readonly<Record<string, string>> = {
	patch: "inference.sliding_window.window_size",
	step: "inference.sliding_window.overlap",
	blending: "inference.sliding_window.blending",
	views: "inference.test_time_augmentation.flip_axes",
	ensemble: "inference.test_time_augmentation.ensemble_mode or average",
	activations: "inference.test_time_augmentation.act",
	sectionwise: "inference.statistics (of each section)",
	statistics: "inference.statistics",
	output: "what is written (select_channel, postprocessing)",
	axes: "data.axes",
	dataset: "data.dataset",
	spacing: "data.spacing",
	mask: "inference.test_time_augmentation.mask",
	regions: "inference.roi or volume_mode.chunks",
	within: "inference.mask",
	skipBelow: "inference.skip_below",
	outputs: "inference.data.outputs",
	pyramid: "inference.data.pyramid",
};

const MODEL_KEYS: Readonly<Record<string, string>> = {
	dataset: "model's data set",
	configuration: "model's configuration",
	trainer: "model's trainer",
};

/** Longest value that is shown. */
const LONGEST = 80;

/** One line for each thing that changed from `before` to `after`: "inference.sliding_window.overlap: 0.5, was 0.25". */
export function planDiff(before: Facts, after: Facts): string[] {
	const lines = [...choicesDiff(before, after), ...inputDiff(before, after), ...layoutDiff(before, after)];
	if (lines.length === 0 && before.nnvol !== after.nnvol)
		return [changed("version of nnvol", before.nnvol, after.nnvol)];
	return lines.length === 0 ? ["nothing that is known; records of another version"] : lines;
}

/** One line for each thing that changed of models and settings. */
export function choicesDiff(before: Choices, after: Choices): string[] {
	return [
		...modelDiff(plainOf(before.model), plainOf(after.model)),
		...settingsDiff(plainOf(before.settings), plainOf(after.settings)),
		...furtherDiff(before, after),
	];
}

function modelDiff(before: Plain, after: Plain): string[] {
	const named = Object.entries(MODEL_KEYS).flatMap(([key, name]) => valueDiff(name, before[key], after[key]));
	const files =
		before["spec"] === after["spec"] || named.length > 0 ? [] : ["model: its plans.json or dataset.json changed"];
	return [...named, ...files, ...checkpointDiff(before["checkpoints"], after["checkpoints"])];
}

function checkpointDiff(before: unknown, after: unknown): string[] {
	const [old, now] = [checksumsOf(before), checksumsOf(after)];
	const folds = valueDiff("folds", [...old.keys()].join(", "), [...now.keys()].join(", "));
	const others = [...now].filter(([fold, sha256]) => old.has(fold) && old.get(fold) !== sha256);
	return [...folds, ...others.map(([fold]) => `checkpoint of fold ${fold}: another file`)];
}

/** SHA-256 by fold. */
function checksumsOf(checkpoints: unknown): Map<string, unknown> {
	const list: readonly unknown[] = Array.isArray(checkpoints) ? checkpoints : [];
	return new Map(list.map(plainOf).map(({ fold, sha256 }) => [String(fold), sha256]));
}

function settingsDiff(before: Plain, after: Plain): string[] {
	const names = [...new Set([...Object.keys(SETTING_KEYS), ...Object.keys(before), ...Object.keys(after)])];
	return names.flatMap((name) => {
		const key = SETTING_KEYS[name] ?? name;
		if (name === "step") return valueDiff(key, overlapOf(before[name]), overlapOf(after[name]));
		return valueDiff(key, before[name], after[name]);
	});
}

function overlapOf(step: unknown): unknown {
	return typeof step === "number" ? Number((1 - step).toFixed(12)) : step;
}

function furtherDiff(before: Choices, after: Choices): string[] {
	const [old, now] = [before.further ?? [], after.further ?? []];
	if (old.length !== now.length) return [changed("models averaged", old.length + 1, now.length + 1)];
	return now.flatMap((member, n) => {
		const lines = [
			...modelDiff(plainOf(old[n]?.model), plainOf(member.model)),
			...settingsDiff(plainOf(old[n]?.settings), plainOf(member.settings)),
		];
		return lines.map((line) => `model ${n + 2}: ${line}`);
	});
}

function inputDiff(before: Facts, after: Facts): string[] {
	const [old, now] = [before.inputs, after.inputs];
	if (old.length !== now.length) return [changed("number of input files", old.length, now.length)];
	return now.flatMap((input, n) => {
		const was = old[n];
		if (was === undefined || canonicalJson(was) === canonicalJson(input)) return [];
		if (was.name !== input.name) return [changed("input", was.name, input.name)];
		const how = was.bytes === input.bytes ? "its time" : `size ${was.bytes} -> ${input.bytes}`;
		return [`input ${input.name}: changed since (${how})`];
	});
}

function layoutDiff(before: Facts, after: Facts): string[] {
	const old = new Map(before.products.map((product) => [product.name, product]));
	const names = valueDiff(
		"volumes written",
		[...old.keys()].join(", "),
		after.products.map(({ name }) => name).join(", "),
	);
	const each = after.products.flatMap((product) => {
		const was = old.get(product.name);
		if (was === undefined) return [];
		return (["format", "dtype", "shape", "layout"] as const).flatMap((key) =>
			valueDiff(`${key} of ${product.name}`, was[key], product[key]),
		);
	});
	return [...names, ...each, ...gridDiff(before, after)];
}

function gridDiff(before: Facts, after: Facts): string[] {
	return [
		...valueDiff("shape of the volume", before.grid.shape, after.grid.shape),
		...valueDiff("write blocks", before.grid.block, after.grid.block),
		...valueDiff("blocks that are to be done", before.wanted, after.wanted),
	];
}

function valueDiff(name: string, before: unknown, after: unknown): string[] {
	return canonicalJson(before ?? null) === canonicalJson(after ?? null) ? [] : [changed(name, before, after)];
}

function changed(name: string, before: unknown, after: unknown): string {
	return `${name}: ${shown(after)}, was ${shown(before)}`;
}

function shown(value: unknown): string {
	if (value === undefined || value === null || value === "") return "not set";
	const text = typeof value === "string" ? value : JSON.stringify(value);
	return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}

function plainOf(value: unknown): Plain {
	return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
