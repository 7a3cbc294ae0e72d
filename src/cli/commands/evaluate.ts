/**
 * `nnvol evaluate GT PRED`: scores of predicted labels, written as nnU-Net's summary.json.
 *
 * @module
 */
import { join } from "node:path";
import { NnvolError } from "../../core/errors.ts";
import { evaluateFolder } from "../../nnunet/evaluate.ts";
import { datasetOf, filesIn } from "../../nnunet/prediction-folder.ts";
import { pythonJson } from "../../nnunet/python-json.ts";
import { type LabelOrRegion, labelKey, type ScoredLabels, scoredLabels } from "../../nnunet/scored-labels.ts";
import { type Summary, summarise, summaryValue } from "../../nnunet/summary.ts";
import { writeWhole } from "../../nnunet/write-whole.ts";
import { stripEnding } from "../../volume/formats.ts";
import { interruptible } from "../interrupt.ts";

/** Options of `evaluate`. */
export type EvaluateFlags = {
	/** The file to write; by default summary.json in the folder of predictions (nnU-Net's `-o`). */
	readonly output?: string;
	/** dataset.json; by default that of the folder of predictions (nnU-Net's `-djfile`). Not used with `labels`. */
	readonly dataset?: string;
	/** plans.json; by default that of the folder of predictions, and none is needed (nnU-Net's `-pfile`). */
	readonly plans?: string;
	/** Score these labels, in this order, instead of the data set's (`nnUNetv2_evaluate_simple -l`). */
	readonly labels?: readonly number[];
	/** With `labels`: voxels of this reference label are not counted (`-il`). */
	readonly ignore?: number;
	/** Score what is there, though references have no prediction (nnU-Net's `--chill`). */
	readonly chill?: boolean;
	readonly quiet?: boolean;
};

/** Scores the files of the folder `predictions` against those of the same name in `reference`; gives the exit code. */
export async function runEvaluate(reference: string, predictions: string, flags: EvaluateFlags): Promise<number> {
	const output = flags.output ?? join(predictions, "summary.json");
	if (!output.endsWith(".json")) throw new NnvolError("CONFIG", `${output}: expected a file name ending in .json`);
	const { fileEnding, scored, reader } = await whatIsScored(reference, predictions, flags);
	const shown = flags.quiet !== true && process.stderr.isTTY === true;
	const tell = (done: number, total: number) => {
		if (shown) process.stderr.write(`\r\u001b[K${done < total ? `${done}/${total} files` : ""}`);
	};
	const job = {
		reference,
		predictions,
		fileEnding,
		scored,
		chill: flags.chill === true,
		...(reader === undefined ? {} : { reader }),
	};
	const cases = await interruptible((signal) => evaluateFolder(job, tell, signal));
	const summary = summarise(cases, scored.labels);
	await writeWhole(output, pythonJson(summaryValue(summary)));
	if (flags.quiet !== true) process.stdout.write(summaryText(summary, output));
	return 0;
}

type Scoring = { readonly fileEnding: string; readonly scored: ScoredLabels; readonly reader?: string };

async function whatIsScored(reference: string, predictions: string, flags: EvaluateFlags): Promise<Scoring> {
	const { labels, ignore } = flags;
	if (labels !== undefined) {
		const scored = { labels, ...(ignore === undefined ? {} : { ignore }) };
		return { fileEnding: await endingIn(reference), scored };
	}
	if (ignore !== undefined) throw new NnvolError("CONFIG", "--ignore goes with --labels; dataset.json names its own");
	const dataset = await datasetOf(predictions, flags);
	const reader = dataset.overwrite_image_reader_writer;
	return {
		fileEnding: dataset.file_ending,
		scored: scoredLabels(dataset),
		...(reader === undefined || reader === null ? {} : { reader }),
	};
}

/** The ending of the first file, as nnU-Net takes it where no dataset.json says it. */
async function endingIn(folder: string): Promise<string> {
	const [first] = await filesIn(folder, "");
	if (first === undefined) throw new NnvolError("INPUT", `${folder} has no files; name the folder of true labels`);
	return first.slice(stripEnding(first).length);
}

/** Mean Dice and IoU of each label, for people. */
export function summaryText({ cases, labels, means, foreground }: Summary, path: string): string {
	const rows: [LabelOrRegion | "foreground", { readonly Dice: number; readonly IoU: number }][] = [];
	for (const [n, label] of labels.entries()) {
		const scores = means[n];
		if (scores !== undefined) rows.push([label, scores]);
	}
	rows.push(["foreground", foreground]);
	const names = rows.map(([label]) => (label === "foreground" ? label : labelKey(label)));
	const width = Math.max("label".length, ...names.map((name) => name.length));
	const lines = rows.map(
		([, { Dice, IoU }], n) => `${(names[n] ?? "").padEnd(width)}  ${Dice.toFixed(5)}  ${IoU.toFixed(5)}`,
	);
	const heading = `${"label".padEnd(width)}  Dice     IoU`;
	return `${[heading, ...lines].join("\n")}\n${cases.length} cases; ${path}\n`;
}
