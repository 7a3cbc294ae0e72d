/**
 * Section `inference.volume_mode`: many volumes, one by one, shared between processes.
 *
 * @module
 */
import { z } from "zod";
import { likelyName, meantText } from "../likely.ts";
import { field } from "./field.ts";
import { count, extents, paths, places, text } from "./values.ts";

/** What an output's name may be made of. */
const PLACEHOLDERS = ["stem", "suffix", "parent", "index"] as const;

const outputName = text.superRefine((name, context) => {
	const message = wrongName(name);
	if (message !== undefined) context.addIssue({ code: "custom", message, params: { own: true } });
});

function wrongName(name: string): string | undefined {
	const known = PLACEHOLDERS.map((p) => `{${p}}`).join(", ");
	const rest = name.replace(/\{(\w+)\}/g, (whole, key: string) => (PLACEHOLDERS.some((p) => p === key) ? "" : whole));
	const unknown = /\{([^{}]*)\}/.exec(rest)?.[1];
	if (unknown !== undefined)
		return `unknown placeholder '{${unknown}}'${meantText(likelyName(unknown, PLACEHOLDERS))}; known are ${known}`;
	if (/[{}]/.test(rest)) return `a brace without its partner; placeholders are ${known}`;
	if (/^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)/.test(name))
		return "the name must stay inside inference.data.output_path";
	return /[/\\]$/.test(name) ? "the name ends in a folder" : undefined;
}

const chunk = z.strictObject({
	start: places,
	size: extents,
	step: extents.optional(),
	count: extents.optional(),
});

/** Many volumes, one by one, shared between processes. */
export const volumeModeSchema = z
	.strictObject({
		enabled: field(z.boolean(), false, {
			text: "Volume by volume; `--mode infer-volume` implies it.",
			expects: "true or false",
		}),
		file_list: field(text.nullable(), null, {
			text: "A text file of input paths, one a line; relative paths are relative to it. Either this or `file_pattern`.",
			expects: "the path of a text file, or null",
			shown: "none",
			isText: true,
			example: "volumes.txt",
		}),
		file_pattern: field(paths, null, {
			text: "A glob of input files, or a list of globs. Either this or `file_list`; no match is an error.",
			expects: "a glob such as data/*.h5, a list of globs, or null",
			shown: "none",
			isText: true,
			example: "volumes/*.h5",
		}),
		start_index: field(count, 0, {
			text: "First entry of the list that this process takes, counted from 0.",
			expects: "a whole number of 0 or more",
		}),
		step: field(z.int().min(1), 1, {
			text: "Take every step-th entry from `start_index`, so that several processes share a list.",
			expects: "a whole number of 1 or more",
		}),
		stop_on_error: field(z.boolean(), false, {
			text: "End the run at the first volume that fails, in place of going on with the next.",
			expects: "true or false",
		}),
		output_suffix: field(text.regex(/^[^/\\]+$/), "prediction", {
			text: "What `{suffix}` stands for in the names of outputs.",
			expects: "text without slashes",
			isText: true,
		}),
		output_name: field(outputName, "{stem}_{suffix}", {
			text: "Name of an output without its ending. `{stem}` is the input's name without ending, `{suffix}` the suffix, `{parent}` the input's folder, `{index}` its position in the list. Two inputs that would write one file are an error before the run.",
			expects: "a name with {stem}, {suffix}, {parent}, {index}",
			isText: true,
		}),
		checkpoint_every: field(z.int().min(1), 10, {
			text: "Keep the progress every so many files.",
			expects: "a whole number of 1 or more",
		}),
		accept_existing: field(z.boolean(), false, {
			text: "Take outputs of unknown origin for done.",
			expects: "true or false",
		}),
		retries: field(count, 3, {
			text: "Tries on transient errors, such as those of a network file system.",
			expects: "a whole number of 0 or more",
		}),
		chunks: field(z.array(chunk).nullable(), null, {
			text: "Boxes of voxels to be done, each `{start, size, step, count}` in z, y, x: `count` boxes of `size` along each axis (one by default), `step` apart (their size by default). Elsewhere the output is background; what is done is as in a run over the whole.",
			expects:
				"a list of {start: [z, y, x], size: [z, y, x], step: [z, y, x], count: [z, y, x]} with starts of 0 or more and the others of 1 or more, or null",
			shown: "none",
			changesResult: true,
			example: "[{start: [0, 0, 0], size: [64, 512, 512], count: [1, 4, 4]}]",
		}),
		stream: field(z.union([z.literal("auto"), z.boolean()]), "auto", {
			text: "Whether a volume is read, predicted and written block by block (true) or held whole in memory (false); `auto` by its size. The result is the same.",
			expects: "auto, true or false",
		}),
	})
	.prefault({})
	.describe("Many volumes, one by one, shared between processes.");
