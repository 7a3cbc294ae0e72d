/**
 * The self-test against predictions that nnU-Net made: predicts the same images and counts equal labels.
 *
 * @module
 */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { errorText, NnvolError } from "../../core/errors.ts";
import type { LoadedModel } from "../../model/load.ts";
import type { ModelReference } from "../../model/reference.ts";
import { type Agreement, compareLabelFiles, diceOf, sumAgreements } from "../../nnunet/agreement.ts";
import { groupCases } from "../../nnunet/cases.ts";
import { findInputs } from "../../nnunet/inputs.ts";
import { formatOfName, stripEnding } from "../../volume/formats.ts";
import { runPredict } from "../commands/predict.ts";
import type { PredictFlags } from "../predict-flags.ts";
import { labelTable, modelText, percentText } from "./text.ts";

/** Options of the comparison; those of `predict` should be those that nnU-Net was called with. */
export type ReferenceFlags = Pick<
	PredictFlags,
	| "folds"
	| "tta"
	| "stepSize"
	| "device"
	| "threads"
	| "batchSize"
	| "plans"
	| "dataset"
	| "checkpointName"
	| "previousStage"
	| "json"
> & { readonly input: string; readonly reference: string };

/** One case: its agreement, or why there is none. */
type Compared = { readonly id: string } & ({ readonly agreement: Agreement } | { readonly error: string });

/** Predicts, compares, prints; gives the exit code: 0 where each case agrees in at least `tolerance` of its labels. */
export async function compareWithReference(
	named: ModelReference,
	model: LoadedModel,
	flags: ReferenceFlags,
	tolerance: number,
): Promise<number> {
	const references = await labelFiles(flags.reference);
	const { paths } = await findInputs(flags.input, model.spec.fileEnding);
	const cases = groupCases(paths, model.spec.channels.length).filter(({ id }) => references.has(id));
	if (cases.length === 0) throw noneInCommon(flags, paths.length, references);
	const folder = await mkdtemp(join(tmpdir(), "nnvol-selftest-"));
	try {
		const list = join(folder, "inputs.txt");
		await writeFile(list, cases.flatMap(({ files }) => files.map((file) => `${resolve(file)}\n`)).join(""));
		const output = join(folder, "predicted");
		const code = await runPredict(named, list, output, { ...flags, isTemporary: true });
		if (code === 130) return code;
		const predicted = await labelFiles(output);
		const compared: Compared[] = [];
		for (const { id } of cases) compared.push(await compare(id, predicted.get(id), references.get(id)));
		return tell(compared, model, references.size, flags, tolerance);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

async function compare(id: string, ours: string | undefined, reference: string | undefined): Promise<Compared> {
	if (ours === undefined || reference === undefined) return { id, error: "it was not predicted, see above" };
	try {
		return { id, agreement: await compareLabelFiles(ours, reference) };
	} catch (error) {
		return { id, error: errorText(error) };
	}
}

/** Label files of a folder by their case. @throws INPUT where the folder cannot be read */
async function labelFiles(folder: string): Promise<ReadonlyMap<string, string>> {
	const names = await readdir(folder).catch((cause) => {
		throw new NnvolError("INPUT", `folder ${folder} cannot be read; check the path`, {
			cause,
			fields: { path: folder },
		});
	});
	const images = names.filter((name) => !name.startsWith(".") && formatOfName(name) !== undefined);
	return new Map(images.map((name) => [stripEnding(name), join(folder, name)]));
}

function noneInCommon(flags: ReferenceFlags, inputs: number, references: ReadonlyMap<string, string>): NnvolError {
	const some = [...references.keys()].slice(0, 3).join(", ");
	return new NnvolError(
		"INPUT",
		`none of the ${inputs} images of ${flags.input} has a prediction in ${flags.reference}, which holds ${some === "" ? "no images" : some}; for ID_0000.png a file ID.png is expected`,
	);
}

function tell(
	compared: readonly Compared[],
	model: LoadedModel,
	references: number,
	flags: ReferenceFlags,
	tolerance: number,
): number {
	const agreements = compared.flatMap((one) => ("agreement" in one ? [{ id: one.id, ...one.agreement }] : []));
	const total = sumAgreements(agreements);
	const below = compared.filter((one) => "error" in one || one.agreement.equal < tolerance * one.agreement.voxels);
	const passed = below.length === 0;
	if (flags.json === true) process.stdout.write(`${JSON.stringify(resultOf(compared, total, passed, tolerance))}\n`);
	else {
		const left = references - compared.length;
		const rows = [
			...modelText(model),
			["cases", `${compared.length}${left > 0 ? ` (${left} references without an image)` : ""}`] as const,
		];
		process.stdout.write(`${rows.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join("")}\n`);
		if (agreements.length > 0) process.stdout.write(`${labelTable(total, model.spec.labels)}\n`);
		process.stdout.write(caseLines(compared, tolerance));
		process.stdout.write(verdict(below.length, compared.length, tolerance));
	}
	return passed ? 0 : 1;
}

function resultOf(compared: readonly Compared[], total: Agreement, passed: boolean, tolerance: number): unknown {
	return {
		kind: "selftest",
		passed,
		compared: true,
		tolerance,
		voxels: total.voxels,
		equal: total.equal,
		labels: [...total.labels].map(([value, counts]) => ({ value, ...counts, dice: diceOf(counts) })),
		cases: compared.map((one) =>
			"error" in one ? one : { id: one.id, voxels: one.agreement.voxels, equal: one.agreement.equal },
		),
	};
}

/** All cases below the tolerance; of the others the one that agrees least. */
function caseLines(compared: readonly Compared[], tolerance: number): string {
	const part = (one: Compared) => ("error" in one ? -1 : one.agreement.equal / one.agreement.voxels);
	const sorted = [...compared].sort((a, b) => part(a) - part(b));
	const shown = sorted.filter((one, n) => n === 0 || part(one) < tolerance);
	const lines = shown.map((one) => {
		if ("error" in one) return `case ${one.id}: ${one.error}\n`;
		const { voxels, equal } = one.agreement;
		const differ = voxels - equal;
		return `case ${one.id}: ${percentText(equal / voxels)} equal, ${differ.toLocaleString("en")} of ${voxels.toLocaleString("en")} voxels differ\n`;
	});
	return `${shown.length === 1 && compared.length > 1 ? "least: " : ""}${lines.join("")}`;
}

function verdict(below: number, count: number, tolerance: number): string {
	const wanted = `${(100 * tolerance).toFixed(1)} % of its labels`;
	if (below === 0)
		return `PASSED: ${count === 1 ? "the case agrees" : `each of ${count} cases agrees`} with the reference in at least ${wanted}\n`;
	return `FAILED: ${below} of ${count} cases agree with the reference in less than ${wanted}. Was it predicted with the same folds, mirroring (--no-tta), step size and checkpoint?\n`;
}
