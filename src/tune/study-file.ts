/**
 * The study on disk: JSON lines, only ever appended to. The first tells what is searched, each other one a finished trial,
 * or that a process has begun one.
 *
 * Law: what was recorded stays recorded. A line is written by one call and flushed before its trial counts as done; a process
 * that dies within a line leaves a torn one, which nobody reads, and the next line starts anew. Several processes may append
 * to one study: of two that begin the same trial the first line has it.
 *
 * @module
 */
import { randomInt } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../core/atomic-file.ts";
import { NnvolError } from "../core/errors.ts";
import { makeFolder } from "../core/folder.ts";
import { canonicalJson } from "../core/hash.ts";
import { systemCode } from "../core/system-fault.ts";
import { headDiff, type StudyHead, studyHeadSchema } from "./study-head.ts";

const point = z.record(z.string(), z.unknown());
const scores = z.record(z.string(), z.number().nullable());

const trialSchema = z.strictObject({
	kind: z.literal("trial"),
	trial: z.int().min(0),
	/** True for the configuration as it stands, which every search begins with. */
	isDefault: z.boolean(),
	point,
	/** The mean over the cases; null where no case gave one. */
	score: z.number().nullable(),
	/** Every score of every case; null stands for NaN. */
	cases: z.record(z.string(), scores),
	error: z.string().optional(),
	seconds: z.number(),
});

const claimSchema = z.strictObject({
	kind: z.literal("begun"),
	trial: z.int().min(0),
	point,
	host: z.string(),
	process: z.int(),
	/** Tells processes apart that had the same number one after the other. */
	token: z.int(),
	/** Milliseconds since 1970. */
	at: z.number(),
});

/** A finished trial. */
export type TrialRecord = Readonly<z.output<typeof trialSchema>>;

/** A trial that some process has begun. */
export type Claim = Readonly<z.output<typeof claimSchema>>;

/** What a study holds. */
export type StudyLog = { readonly trials: readonly TrialRecord[]; readonly claims: readonly Claim[] };

/** Milliseconds after which a claim is taken for that of a dead process: numbers of processes are used again. */
const LONGEST_TRIAL = { here: 3_600_000, elsewhere: 600_000 };

/** This process, as claims name it. */
const SELF = { host: hostname(), process: process.pid, token: randomInt(2 ** 47) };

/** A study that is open for appending. It holds nothing open between calls. */
export class StudyFile {
	readonly path: string;

	private constructor(path: string) {
		this.path = path;
	}

	/**
	 * Opens the study at `path`, made where there is none.
	 *
	 * @throws CONFIG where the study there is of another search: what differs is told; RUN where it cannot be written
	 */
	static async open(path: string, head: StudyHead): Promise<StudyFile> {
		await makeFolder(dirname(path));
		const text = await readStudy(path);
		if (text === undefined) await writeAtomically(path, `${canonicalJson({ kind: "study", ...head })}\n`);
		else requireSame(path, text, head);
		return new StudyFile(path);
	}

	/** All that is recorded. @throws RUN */
	async read(): Promise<StudyLog> {
		return parseLog((await readStudy(this.path)) ?? "");
	}

	/** Records a finished trial, durably. @throws RUN */
	async finish(record: Omit<TrialRecord, "kind">): Promise<void> {
		await this.#append({ kind: "trial", ...record });
	}

	/** Begins a trial; false where another process that is alive has it. @throws RUN */
	async claim(trial: number, point: Readonly<Record<string, unknown>>): Promise<boolean> {
		await this.#append({ kind: "begun", trial, point, ...SELF, at: Date.now() });
		const { trials, claims } = await this.read();
		if (trials.some((record) => record.trial === trial)) return false;
		const first = claims.find((one) => one.trial === trial && isAlive(one));
		return first?.token === SELF.token;
	}

	/** One call appends the line; a torn line before it is closed by the newline in front. */
	async #append(record: unknown): Promise<void> {
		try {
			const file = await open(this.path, "a+");
			try {
				const { size } = await file.stat();
				const last = new Uint8Array(1);
				if (size > 0) await file.read(last, 0, 1, size - 1);
				const isTorn = size > 0 && last[0] !== 0x0a;
				await file.appendFile(`${isTorn ? "\n" : ""}${canonicalJson(record)}\n`);
				await file.sync();
			} finally {
				await file.close();
			}
		} catch (cause) {
			throw new NnvolError("RUN", `the study ${this.path} cannot be written; check permissions and room on the disk`, {
				cause,
				fields: { path: this.path },
			});
		}
	}
}

/** Claims of living processes whose trials are not finished. */
export function openClaims({ trials, claims }: StudyLog): readonly Claim[] {
	const done = new Set(trials.map(({ trial }) => trial));
	return claims.filter((claim) => !done.has(claim.trial) && isAlive(claim) && claim.token !== SELF.token);
}

/** Whether the process of a claim may be at work still; of another machine's nothing is known but the time. */
function isAlive(claim: Claim): boolean {
	if (claim.token === SELF.token) return true;
	const age = Date.now() - claim.at;
	if (claim.host !== SELF.host) return age < LONGEST_TRIAL.elsewhere;
	if (claim.process === SELF.process || age > LONGEST_TRIAL.here) return false;
	try {
		process.kill(claim.process, 0);
		return true;
	} catch (error) {
		return systemCode(error) === "EPERM";
	}
}

/** The records in a study's text; lines that are none (torn ones) are passed over. */
function parseLog(text: string): StudyLog {
	const trials = new Map<number, TrialRecord>();
	const claims: Claim[] = [];
	for (const line of text.split("\n").slice(1)) {
		const value = jsonOf(line);
		const trial = trialSchema.safeParse(value);
		// two processes may have finished one trial where a claim was not seen: the first counts
		if (trial.success && !trials.has(trial.data.trial)) trials.set(trial.data.trial, trial.data);
		const claim = claimSchema.safeParse(value);
		if (claim.success) claims.push(claim.data);
	}
	return { trials: [...trials.values()].sort((a, b) => a.trial - b.trial), claims };
}

function requireSame(path: string, text: string, head: StudyHead): void {
	const found = studyHeadSchema.safeParse(jsonOf(text.split("\n", 1)[0] ?? ""));
	if (!found.success) {
		throw new NnvolError("CONFIG", `${path} is no study that this version reads; move it away, or use --overwrite`, {
			fields: { path },
		});
	}
	const diff = headDiff(found.data, head);
	if (diff.length === 0) return;
	throw new NnvolError(
		"CONFIG",
		`the study ${path} is of another search:\n  ${diff.join("\n  ")}\nchoose another output folder, or use --overwrite to begin anew`,
		{ fields: { path, diff } },
	);
}

function jsonOf(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

async function readStudy(path: string): Promise<string | undefined> {
	try {
		return await readFile(path, "utf8");
	} catch (cause) {
		if (systemCode(cause) === "ENOENT") return undefined;
		throw new NnvolError("RUN", `the study ${path} cannot be read; check its permissions`, { cause, fields: { path } });
	}
}
