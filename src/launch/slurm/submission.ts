/**
 * A submission as a folder: the plan, the scripts as they were submitted, and which jobs of SLURM's they became.
 *
 * `submission.json` says which jobs there are, never what is done: that, the records beside the outputs decide.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../../core/atomic-file.ts";
import { NnvolError } from "../../core/errors.ts";
import { readTextFile } from "../../core/text-file.ts";
import type { JobKind } from "./directives.ts";

/** A job of SLURM's. */
export type SubmittedJob = {
	readonly kind: JobKind;
	readonly id: string;
	/** Of arrays: indices as SLURM has them, and the share of index 0. */
	readonly array?: string;
	readonly first?: number;
	/** The command line that submitted it. */
	readonly command: string;
	/** ISO 8601. */
	readonly submitted: string;
};

/** A submission. */
export type Submission = {
	readonly version: 1;
	readonly id: string;
	readonly mode: string;
	/** Folder of the outputs. */
	readonly output: string;
	readonly cwd: string;
	/** Shares that the work is cut into. */
	readonly shards: number;
	readonly max_parallel: number | null;
	/** Folder of the logs. */
	readonly logs: string;
	/** All jobs that there were, in the order of their submission. */
	readonly jobs: readonly SubmittedJob[];
};

/** A submission and the folder it lies in. */
export type PlacedSubmission = Submission & { readonly folder: string };

const FILE = "submission.json";

const schema = z.object({
	version: z.literal(1),
	id: z.string(),
	mode: z.string(),
	output: z.string(),
	cwd: z.string(),
	shards: z.int().min(1),
	max_parallel: z.int().min(1).nullable(),
	logs: z.string(),
	jobs: z.array(
		z.object({
			kind: z.literal(["plan", "array", "finish"]),
			id: z.string().regex(/^\d+$/),
			array: z
				.string()
				.regex(/^\d+(-\d+)?(,\d+(-\d+)?)*$/)
				.optional(),
			first: z.int().min(0).optional(),
			command: z.string(),
			submitted: z.string(),
		}),
	),
});

/** Path of the plan in a submission's folder. */
export function jobPath(folder: string): string {
	return join(folder, "job.json");
}

/** Path of a job's script in a submission's folder. */
export function scriptPath(folder: string, kind: JobKind): string {
	return join(folder, `${kind}.sh`);
}

/** Writes `submission.json`, durably. */
export async function writeSubmission({ folder, ...submission }: PlacedSubmission): Promise<void> {
	await writeAtomically(join(folder, FILE), `${JSON.stringify(submission, null, "\t")}\n`);
}

/**
 * The submission that `path` means: its own folder, or the last one of a folder of submissions or of an output folder.
 *
 * @throws INPUT where there is none; CONFIG where its file is damaged
 */
export async function findSubmission(path: string): Promise<PlacedSubmission> {
	const whole = resolve(path);
	for (const place of [whole, join(whole, ".nnvol", "slurm")]) {
		if (await isFile(join(place, FILE))) return readSubmission(place);
		const last = (await submissionsIn(place)).at(-1);
		if (last !== undefined) return readSubmission(last);
	}
	if (await isFile(join(dirname(whole), FILE))) return readSubmission(dirname(whole));
	throw new NnvolError(
		"INPUT",
		`${path}: nothing was submitted from here (no ${FILE} in it, nor in its .nnvol/slurm); name an output folder, or the folder that 'nnvol slurm submit' told`,
		{ fields: { path } },
	);
}

/** Folders of submissions in a folder, the oldest first: their names are times. */
export async function submissionsIn(folder: string): Promise<readonly string[]> {
	const names = await readdir(folder).catch(() => []);
	const found: string[] = [];
	for (const name of names.sort()) if (await isFile(join(folder, name, FILE))) found.push(join(folder, name));
	return found;
}

/** Reads the submission in a folder of its own. @throws CONFIG where it is damaged */
export async function readSubmission(folder: string): Promise<PlacedSubmission> {
	const path = join(folder, FILE);
	try {
		const { jobs, ...rest } = schema.parse(JSON.parse(await readTextFile(path)));
		return { ...rest, folder, jobs: jobs.map(withoutGaps) };
	} catch (cause) {
		throw new NnvolError("CONFIG", `${path} cannot be read; submit again: what is done is kept`, {
			cause,
			fields: { path },
		});
	}
}

function withoutGaps({ array, first, ...job }: z.infer<typeof schema>["jobs"][number]): SubmittedJob {
	return { ...job, ...(array === undefined ? {} : { array }), ...(first === undefined ? {} : { first }) };
}

async function isFile(path: string): Promise<boolean> {
	return stat(path).then(
		(found) => found.isFile(),
		() => false,
	);
}

/** A name for a submission: the time, in UTC. */
export function submissionId(now = new Date()): string {
	return now
		.toISOString()
		.replace(/\.\d+Z$/, "")
		.replace(/[-:]/g, "")
		.replace("T", "-");
}
