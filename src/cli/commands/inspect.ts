/**
 * `nnvol inspect MODEL [--json]`.
 *
 * @module
 */
import { assertNever } from "../../core/errors.ts";
import { describeModel, type ModelDescription } from "../../model/describe.ts";
import { loadModel } from "../../model/load.ts";
import { findModel } from "../../model/locate.ts";
import type { ModelReference } from "../../model/reference.ts";
import type { Architecture, LabelScheme, Normalization } from "../../model/spec.ts";

/** Prints what the model is. */
export async function runInspect(reference: ModelReference, flags: { readonly json?: boolean }): Promise<number> {
	const description = await describeModel(await loadModel(await findModel(reference)));
	process.stdout.write(flags.json === true ? `${JSON.stringify(description, null, 2)}\n` : inspectText(description));
	return 0;
}

/** The description as aligned lines. */
export function inspectText(model: ModelDescription): string {
	const { architecture: net } = model;
	const rows: [string, string][] = [
		["data set", `${model.datasetName} (${model.fileEnding}, ${model.reader})`],
		["configuration", `${model.configuration}, trained by ${model.trainer}`],
		["network", `${model.network}, ${net.dimensions}D, ${networkText(net)}`],
		["parameters", `${millions(model.parameters.total)}, ${millions(model.parameters.trainable)} of them trainable`],
		["patch", model.patch.join(" x ")],
		["spacing", model.spacing.join(" x ")],
		["channels", model.channels.map((name, n) => `${name} (${normalizationText(model.normalization[n])})`).join(", ")],
		["labels", labelsText(model.labels)],
		["mirroring", model.mirrorAxes.length === 0 ? "none" : `axes ${model.mirrorAxes.join(", ")} of the patch`],
		...model.folds.map(({ name, path, sha256 }): [string, string] => [
			`fold ${name}`,
			`${path}\n${" ".repeat(16)}SHA-256 ${sha256}`,
		]),
	];
	if (model.previousStage !== undefined) rows.push(["previous stage", model.previousStage]);
	return rows.map(([name, value]) => `${name.padEnd(16)}${name.length > 15 ? " " : ""}${value}\n`).join("");
}

function networkText(net: Architecture): string {
	if (net.kind === "primus")
		return `${net.depth} blocks of ${net.width} features, ${net.attentionHeads} attention heads`;
	return `${net.features.length} stages of ${net.features.join(", ")} features, ${net.norm.kind} norm`;
}

function millions(count: number): string {
	return count < 1e6 ? count.toLocaleString("en") : `${(count / 1e6).toFixed(2)} M (${count.toLocaleString("en")})`;
}

function normalizationText(scheme: Normalization | undefined): string {
	if (scheme === undefined) return "not normalised";
	switch (scheme.kind) {
		case "zscore":
			return scheme.useMask ? "z-score within the mask" : "z-score";
		case "ct":
			return `CT: clipped to ${scheme.lower} .. ${scheme.upper}, mean ${scheme.mean}, deviation ${scheme.std}`;
		case "none":
			return "not normalised";
		case "rescale01":
			return "rescaled to 0 .. 1";
		case "rgb01":
			return "divided by 255";
		default:
			return assertNever(scheme);
	}
}

function labelsText(labels: LabelScheme): string {
	const entries = labels.kind === "labels" ? labels.labels : labels.regions;
	const text = entries
		.map(({ name, values }) => `${name} ${values.length === 1 ? values[0] : `(${values.join(", ")})`}`)
		.join(", ");
	return `${labels.kind === "regions" ? "regions: " : ""}${text}${labels.ignore === undefined ? "" : `; ignored ${labels.ignore}`}`;
}
