/**
 * The labels or regions of a data set that are scored, as nnU-Net's label manager lists them.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import type { Dataset } from "../model/dataset.ts";

/** A label, or the labels of a region. */
export type LabelOrRegion = number | readonly number[];

/** What is scored, in order, and the label whose voxels are left out. */
export type ScoredLabels = { readonly labels: readonly LabelOrRegion[]; readonly ignore?: number };

/** The foreground: labels by value, or regions in the order of dataset.json. @throws MODEL where the background is not 0 */
export function scoredLabels(dataset: Dataset): ScoredLabels {
	const { background } = dataset.labels;
	if (background !== 0) {
		throw new NnvolError(
			"MODEL",
			`${dataset.path}: "labels" must have "background": 0, found ${JSON.stringify(background)}`,
		);
	}
	const entries = Object.entries(dataset.labels)
		.filter(([name]) => name !== "ignore")
		.map(([, value]) => value);
	const labels = entries.some((value) => Array.isArray(value) && value.length > 1) ? entries : distinct(entries.flat());
	const ignore = dataset.labels["ignore"];
	if (Array.isArray(ignore)) throw new NnvolError("MODEL", `${dataset.path}: the label "ignore" must be a number`);
	return {
		labels: labels.filter((value) => valuesOf(value).some((n) => n !== 0)),
		...(ignore === undefined ? {} : { ignore }),
	};
}

/** The foreground labels by value, also where regions are scored. */
export function foregroundLabels(dataset: Dataset): number[] {
	const values = Object.entries(dataset.labels).flatMap(([name, value]) => (name === "ignore" ? [] : value));
	return distinct(values).filter((value) => value !== 0);
}

/** The labels of a label or region. */
export function valuesOf(label: LabelOrRegion): readonly number[] {
	return typeof label === "number" ? [label] : label;
}

/** How nnU-Net writes it as a key: `3`, `(1, 2)`, `(1,)`. */
export function labelKey(label: LabelOrRegion): string {
	if (typeof label === "number") return String(label);
	return label.length === 1 ? `(${label[0]},)` : `(${label.join(", ")})`;
}

function distinct(values: readonly number[]): number[] {
	return [...new Set(values)].sort((a, b) => a - b);
}
