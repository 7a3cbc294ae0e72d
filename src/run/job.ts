/**
 * A run as a file: the plan, where its models lie and how it is carried out, so that any worker on any machine does its share.
 *
 * JSON that round-trips. Relative paths in it are relative to `cwd`.
 *
 * @module
 */
import { dirname } from "node:path";
import { z } from "zod";
import { NnvolError } from "../core/errors.ts";
import { hashOf } from "../core/hash.ts";
import type { ModelFiles } from "../model/locate.ts";
import type { Plan } from "../plan/plan.ts";
import { absolutePath, baseOf, parentOf } from "../volume/stores/location.ts";
import { isRemote } from "../volume/stores/open-store.ts";
import type { RunOptions } from "./run-options.ts";
import { openState } from "./state-store.ts";

/** What of a run's options every worker takes over. */
export type JobOptions = Omit<
	RunOptions,
	"overwrite" | "share" | "worker" | "claims" | "attributes" | "further" | "onBegin" | "signal" | "onEvent"
>;

/** A run, for workers. */
export type Job = {
	readonly version: 1;
	/** Version of nnvol that planned it. */
	readonly nnvol: string;
	/** When it was planned, ISO 8601: what failed since then is not tried again by another worker. */
	readonly created: string;
	readonly cwd: string;
	readonly plan: Plan;
	/** Files of the plan's own model, then of those it is averaged with. */
	readonly models: readonly ModelFiles[];
	readonly device: string;
	/** Threads of one worker; null: as many as it may use. */
	readonly threads: number | null;
	readonly options: JobOptions;
	/** Files for `.nnvol/`, and for beside the outputs, by name. */
	readonly provenance: Readonly<Record<string, string>>;
	readonly beside: Readonly<Record<string, string>>;
};

/** Writes a job, durably. @throws VOLUME where the place cannot be written */
export async function writeJob(path: string, job: Job): Promise<void> {
	const [folder, name] = placeOf(path);
	await (await openState(folder)).write(name, `${JSON.stringify(job, null, "\t")}\n`);
}

/** Reads a job. @throws CONFIG where there is none, or it is damaged or of another version */
export async function readJob(path: string): Promise<Job> {
	const [folder, name] = placeOf(path);
	const text = await (await openState(folder)).read(name).catch((cause) => {
		throw new NnvolError("CONFIG", `${path}: the plan cannot be read; check the path`, { cause });
	});
	if (text === undefined) {
		throw new NnvolError("CONFIG", `there is no plan ${path}; nnvol plan ... --save ${baseOf(path)} writes one`);
	}
	return parseJob(path, text);
}

function placeOf(path: string): readonly [string, string] {
	return [isRemote(path) ? parentOf(path) : dirname(absolutePath(path)), baseOf(path)];
}

const job = z.looseObject({
	version: z.literal(1),
	nnvol: z.string(),
	created: z.iso.datetime(),
	cwd: z.string(),
	models: z.array(z.looseObject({ plans: z.string(), dataset: z.string(), checkpoints: z.array(z.unknown()).min(1) })),
	device: z.string(),
	threads: z.int().min(1).nullable(),
	options: z.looseObject({ tries: z.int(), batchSize: z.int().min(1), casesHeld: z.int().min(1) }),
	provenance: z.record(z.string(), z.string()),
	beside: z.record(z.string(), z.string()),
	plan: z.looseObject({ version: z.literal(1), hash: z.string(), folder: z.string(), cases: z.array(z.unknown()) }),
});

function parseJob(path: string, text: string): Job {
	const wrong = (why: string) =>
		new NnvolError(
			"CONFIG",
			`${path} is no plan of this version of nnvol (${why}); make it again: nnvol plan ... --save`,
			{
				fields: { path },
			},
		);
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw wrong("it is no JSON");
	}
	const result = job.safeParse(value);
	if (!result.success) throw wrong(z.prettifyError(result.error).replaceAll("\n", " "));
	if (!isUnchanged(value)) throw wrong("it was edited: its hash is another");
	return value;
}

/** What nnvol wrote is what it says: the hash covers model and settings, the shape was checked. */
function isUnchanged(value: unknown): value is Job {
	const { plan } = z.object({ plan: z.record(z.string(), z.unknown()) }).parse(value);
	const { version, model, settings, further } = plan;
	return hashOf({ version, model, settings, ...(further === undefined ? {} : { further }) }) === plan["hash"];
}
