/**
 * Post-processing applied to a folder of labels, as `nnUNetv2_apply_postprocessing` does.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NnvolError, throwIfAborted } from "../core/errors.ts";
import { makeFolder } from "../core/folder.ts";
import { keepLargest } from "../image/keep-largest.ts";
import { fileError } from "../volume/fault.ts";
import { type CaseOutcomes, eachCase, type OnCase } from "./each-case.ts";
import { type LabelImage, readLabels, writeLabels } from "./label-file.ts";
import type { PostprocessingStep } from "./postprocessing-steps.ts";
import { filesIn } from "./prediction-folder.ts";
import { writeWhole } from "./write-whole.ts";

/** What is done to a folder. */
export type PostprocessingJob = {
	readonly input: string;
	readonly output: string;
	readonly steps: readonly PostprocessingStep[];
	/** dataset.json's `file_ending`. */
	readonly fileEnding: string;
	/** nnU-Net's reader and writer class, where it is known. */
	readonly reader?: string;
	/** True: where there are no steps files are copied byte by byte, as nnU-Net does after finding none. */
	readonly copies?: boolean;
};

/** Applies the steps in order; the image given is changed. */
export function applySteps(image: LabelImage, steps: readonly PostprocessingStep[]): LabelImage {
	const isHigh = steps.some(({ background }) => background > 255) && image.labels instanceof Uint8Array;
	const labels = isHigh ? Uint16Array.from(image.labels) : image.labels;
	for (const { labels: wanted, background } of steps) keepLargest(labels, image.shape, wanted, background);
	return { ...image, labels };
}

/** Writes every label file of the input folder, with the steps applied, under its name to the output folder. @throws INPUT where there is none */
export async function postprocessFolder(
	job: PostprocessingJob,
	onCase: OnCase,
	signal?: AbortSignal,
): Promise<CaseOutcomes> {
	const names = await filesIn(job.input, job.fileEnding);
	if (names.length === 0) {
		throw new NnvolError("INPUT", `${job.input} has no files ending in ${job.fileEnding}; name the folder of labels`, {
			fields: { path: job.input },
		});
	}
	await makeFolder(job.output).catch((cause) => {
		throw fileError(job.output, "write", cause);
	});
	const options = signal === undefined ? {} : { signal };
	const isCopy = job.copies === true && job.steps.length === 0;
	return eachCase(names, onCase, async (name) => {
		throwIfAborted(signal);
		if (isCopy) return writeWhole(join(job.output, name), await readFile(join(job.input, name)));
		const image = await readLabels(join(job.input, name), job.reader, options);
		await writeLabels(join(job.output, name), applySteps(image, job.steps), job.reader, options);
	});
}
