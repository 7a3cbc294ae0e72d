/**
 * How the self-test is shown on a terminal.
 *
 * @module
 */
import type { LoadedModel } from "../../model/load.ts";
import type { LabelScheme } from "../../model/spec.ts";
import { type Agreement, diceOf } from "../../nnunet/agreement.ts";

/** Lines that say which model it is. */
export function modelText({ spec, folds }: LoadedModel): (readonly [string, string])[] {
	const names = folds.map(({ name }) => name);
	return [
		["model", `${spec.datasetName}, ${spec.configuration}, ${spec.trainer}`],
		[names.length === 1 ? "fold" : "folds", names.join(", ")],
	];
}

/** `0.123 s`. */
export function seconds(value: number): string {
	return `${value.toFixed(value < 10 ? 3 : 1)} s`;
}

/** `99.987 %`, never rounded up to 100. */
export function percentText(part: number): string {
	return `${part === 1 ? "100" : (Math.floor(part * 1e5) / 1e3).toFixed(3)} %`;
}

/** One row a label: voxels in the reference, in ours, in both, Dice. */
export function labelTable(agreement: Agreement, scheme: LabelScheme): string {
	const names = namesOf(scheme);
	const rows = [...agreement.labels].map(([value, counts]) => [
		`${value} ${names.get(value) ?? ""}`.trim(),
		counts.reference.toLocaleString("en"),
		counts.ours.toLocaleString("en"),
		counts.equal.toLocaleString("en"),
		diceText(diceOf(counts)),
	]);
	const table = [["label", "reference", "ours", "equal", "Dice"], ...rows];
	const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
	return table
		.map((row) =>
			row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join("  "),
		)
		.map((line) => `${line}\n`)
		.join("");
}

/** The names that the data set gives its label values. */
export function namesOf(scheme: LabelScheme): ReadonlyMap<number, string> {
	if (scheme.kind === "labels") return new Map(scheme.labels.map(({ name, values }) => [values[0] ?? 0, name]));
	const regions = scheme.regions.map(({ name }, n) => [scheme.classOrder[n] ?? 0, name] as const);
	return new Map([[0, "background"], ...regions]);
}

/** Five digits, never rounded up to 1. */
function diceText(dice: number): string {
	return (Math.floor(dice * 1e5) / 1e5).toFixed(5);
}
